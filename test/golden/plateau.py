"""Makes plateau.json in this folder: the rates of Keras's and torch's ReduceLROnPlateau after each epoch of given metrics.

    pip install torch numpy keras
    python test/golden/plateau.py

Only who adds a golden needs Python: the JSON is committed. `options` are ours.
"""
import json
import math
import os
import pathlib
import types

os.environ["KERAS_BACKEND"] = "torch"

import keras
import torch

keras.config.set_floatx("float64")

FALLING = [1, 0.9, 0.9, 0.95, 0.91, 0.8999, 0.89985, 0.8, 0.81, 0.82, 0.83, 0.84, 0.85, 0.7, 0.71, 0.72, 0.73, 0.74,
           0.75, 0.76, 0.77, 0.5, 0.51, 0.52, 0.53, 0.54, 0.55, 0.56]
WITH_NAN = [1, 0.9, float("nan"), 0.8, float("nan"), float("nan"), float("inf"), 0.79, 0.9, 0.9, 0.9]
RISING = [0.1, 0.2, 0.2, 0.2, 0.19, 0.18, 0.3, 0.29, 0.28, 0.27, 0.26, 0.25, 0.24, 0.23, 0.22]
CASES = []


def keras_case(values, initial, **options):
    names = {"factor": "factor", "patience": "patience", "mode": "mode", "minDelta": "min_delta",
             "cooldown": "cooldown", "minLearningRate": "min_lr"}
    callback = keras.callbacks.ReduceLROnPlateau(
        monitor="loss", **{names[name]: value for name, value in options.items()})
    rate = keras.Variable(initial, dtype="float64")
    callback.set_model(types.SimpleNamespace(optimizer=types.SimpleNamespace(learning_rate=rate)))
    callback.on_train_begin()
    rates = []
    for epoch, value in enumerate(values):
        optimizer = callback.model.optimizer
        callback.on_epoch_end(epoch, {"loss": value})
        now = optimizer.learning_rate
        rates.append(float(keras.ops.convert_to_numpy(now)))
        optimizer.learning_rate = keras.Variable(rates[-1], dtype="float64")
    add(f"Keras {keras.__version__}", values, initial, rates, options)


def torch_case(values, initial, patience, cooldown=0, threshold_mode="rel", **options):
    """torch's patience and cooldown are ours less one."""
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=initial)
    names = {"factor": "factor", "mode": "mode", "minDelta": "threshold", "minLearningRate": "min_lr"}
    made = torch.optim.lr_scheduler.ReduceLROnPlateau(
        optimizer, patience=patience, cooldown=cooldown, threshold_mode=threshold_mode,
        **{names[name]: value for name, value in options.items()})
    rates = []
    for value in values:
        made.step(value)
        rates.append(optimizer.param_groups[0]["lr"])
    mode = {"rel": "relative", "abs": "absolute"}[threshold_mode]
    own = {"patience": patience + 1, "cooldown": cooldown + 1 if cooldown else 0, "minDeltaMode": mode}
    add(f"torch {torch.__version__}", values, initial, rates, {**options, **own})


def add(source, values, initial, rates, options):
    assert len(set(rates)) > 1
    values = [value if math.isfinite(value) else str(value) for value in values]
    CASES.append({"source": source, "metric": values, "initial": initial, "rates": rates, "options": options})


for patience in [0, 1, 2, 3]:
    for cooldown in [0, 1, 2, 3]:
        keras_case(FALLING, 0.5, factor=0.5, patience=patience, cooldown=cooldown)
        torch_case(FALLING, 0.5, factor=0.5, patience=patience, cooldown=cooldown)
keras_case(FALLING, 0.5, patience=2, minLearningRate=0.01)
keras_case(FALLING, 0.5, patience=2, minDelta=0)
keras_case(FALLING, 0.5, patience=2, minDelta=0.15, factor=0.25)
keras_case(RISING, 0.5, mode="max", patience=2, cooldown=2)
keras_case(WITH_NAN, 0.5, patience=2)
torch_case(FALLING, 0.5, patience=1, minLearningRate=0.01, minDelta=0.05)
torch_case(FALLING, 0.5, patience=1, threshold_mode="abs", minDelta=0.05, factor=0.5)
torch_case(RISING, 0.5, mode="max", patience=1, cooldown=1, minDelta=0.2)
torch_case(WITH_NAN, 0.5, patience=1)

path = pathlib.Path(__file__).parent / "plateau.json"
path.write_text(json.dumps(CASES, separators=(",", ":")).replace('},{"source"', '},\n{"source"') + "\n")
