"""Makes schedules.json in this folder: what the schedules of optax, Keras, torch and transformers give at each step.

    pip install torch numpy optax keras transformers
    python test/golden/schedules.py

Only who adds a golden needs Python: the JSON is committed. All in double
precision. `schedule` and `options` are ours; an option may be a schedule.
"""
import json
import math
import os
import pathlib
import warnings

os.environ["KERAS_BACKEND"] = "torch"

import jax
import keras
import optax
import torch
import transformers
from keras.optimizers.schedules import (
    CosineDecay,
    CosineDecayRestarts,
    ExponentialDecay,
    PiecewiseConstantDecay,
    PolynomialDecay,
)
from torch.optim import lr_scheduler as of_torch

jax.config.update("jax_enable_x64", True)
keras.config.set_floatx("float64")
warnings.simplefilter("ignore")

CASES = []


def case(source, values, schedule, /, **options):
    values = [float(value) for value in values]
    assert all(math.isfinite(value) for value in values), (source, schedule)
    CASES.append({"source": source, "schedule": schedule, "options": options, "values": values})


def case_of(source, function, steps, schedule, /, **options):
    case(source, [function(step) for step in range(steps)], schedule, **options)


def optax_case(name, function, steps, schedule, /, **options):
    case_of(f"optax {optax.__version__} {name}", function, steps, schedule, **options)


def keras_case(made, steps, schedule, /, **options):
    source = f"Keras {keras.__version__} {type(made).__name__}"
    case_of(source, lambda step: keras.ops.convert_to_numpy(made(float(step))), steps, schedule, **options)


def torch_case(make, initial, steps, schedule, /, library=f"torch {torch.__version__}", name=None, **options):
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=initial)
    made = make(optimizer)
    values = []
    for step in range(steps):
        values.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        if step < steps - 1:
            made.step()
    case(f"{library} {name or type(made).__name__}", values, schedule, **options)


def nested(schedule, /, **options):
    return {"schedule": schedule, "options": options}


# constant
optax_case("constant_schedule", optax.constant_schedule(0.3), 5, "constant", value=0.3)

# warmup
cosine = nested("cosine", initialValue=0.4, decaySteps=30, alpha=0.1)
optax_case("warmup_cosine_decay_schedule", optax.warmup_cosine_decay_schedule(0.02, 0.4, 10, 40, 0.04), 60,
           "warmup", warmupSteps=10, initialValue=0.02, schedule=cosine)
keras_case(CosineDecay(0.02, 30, 0.1, warmup_target=0.4, warmup_steps=10), 60,
           "warmup", warmupSteps=10, initialValue=0.02, schedule=cosine)
optax_case("warmup_constant_schedule", optax.warmup_constant_schedule(0, 0.5, 7), 20,
           "warmup", warmupSteps=7, schedule=0.5)
torch_case(lambda it: of_torch.LinearLR(it, start_factor=0.25, total_iters=8), 0.4, 20,
           "warmup", warmupSteps=8, initialValue=0.1, schedule=0.4)
torch_case(lambda it: transformers.get_cosine_schedule_with_warmup(it, 10, 50), 0.3, 51,
           "warmup", library=f"transformers {transformers.__version__}", name="get_cosine_schedule_with_warmup",
           warmupSteps=10, schedule=nested("cosine", initialValue=0.3, decaySteps=40))
torch_case(lambda it: transformers.get_linear_schedule_with_warmup(it, 10, 50), 0.3, 60,
           "warmup", library=f"transformers {transformers.__version__}", name="get_linear_schedule_with_warmup",
           warmupSteps=10, schedule=nested("polynomial", initialValue=0.3, decaySteps=40))

# cosine
optax_case("cosine_decay_schedule", optax.cosine_decay_schedule(0.5, 25, 0.125, 1.5), 40,
           "cosine", initialValue=0.5, decaySteps=25, alpha=0.125, exponent=1.5)
keras_case(CosineDecay(0.5, 25, 0.125), 40, "cosine", initialValue=0.5, decaySteps=25, alpha=0.125)
torch_case(lambda it: of_torch.CosineAnnealingLR(it, 25, 0.0625), 0.5, 26,
           "cosine", initialValue=0.5, decaySteps=25, alpha=0.125)

# cosineRestarts
keras_case(CosineDecayRestarts(0.5, 10, 2.0, 0.75, 0.125), 90,
           "cosineRestarts", initialValue=0.5, firstDecaySteps=10, tMult=2, mMult=0.75, alpha=0.125)
keras_case(CosineDecayRestarts(0.5, 8, 1.0, 0.5), 40,
           "cosineRestarts", initialValue=0.5, firstDecaySteps=8, tMult=1, mMult=0.5)
torch_case(lambda it: of_torch.CosineAnnealingWarmRestarts(it, 7, 3, 0.05), 0.5, 300,
           "cosineRestarts", initialValue=0.5, firstDecaySteps=7, tMult=3, alpha=0.1)
torch_case(lambda it: of_torch.CosineAnnealingWarmRestarts(it, 9), 0.5, 40,
           "cosineRestarts", initialValue=0.5, firstDecaySteps=9, tMult=1)
periods = [dict(init_value=0.5, peak_value=0.5, warmup_steps=0, decay_steps=10 * 2**i, end_value=0.05) for i in range(3)]
optax_case("sgdr_schedule", optax.sgdr_schedule(periods), 70,
           "cosineRestarts", initialValue=0.5, firstDecaySteps=10, tMult=2, alpha=0.1)

# oneCycle
for strategy in ["cos", "linear"]:
    for three in [False, True]:
        torch_case(lambda it: of_torch.OneCycleLR(it, 0.8, 50, anneal_strategy=strategy, three_phase=three), 1, 50,
                   "oneCycle", maxValue=0.8, totalSteps=50, annealStrategy=strategy, threePhase=three)
torch_case(lambda it: of_torch.OneCycleLR(it, 0.8, 37, pct_start=0.21, div_factor=10, final_div_factor=50), 1, 37,
           "oneCycle", maxValue=0.8, totalSteps=37, pctStart=0.21, divFactor=10, finalDivFactor=50)
torch_case(lambda it: of_torch.OneCycleLR(it, 0.8, 20, pct_start=0.0), 1, 20,
           "oneCycle", maxValue=0.8, totalSteps=20, pctStart=0)
torch_case(lambda it: of_torch.OneCycleLR(it, 0.8, 20, pct_start=1.0), 1, 20,
           "oneCycle", maxValue=0.8, totalSteps=20, pctStart=1)

# polynomial
optax_case("polynomial_schedule", optax.polynomial_schedule(0.5, 0.05, 2.5, 20), 30,
           "polynomial", initialValue=0.5, finalValue=0.05, power=2.5, decaySteps=20)
optax_case("linear_schedule", optax.linear_schedule(0.05, 0.5, 20), 30,
           "polynomial", initialValue=0.05, finalValue=0.5, decaySteps=20)
keras_case(PolynomialDecay(0.5, 20, 0.05, 2.0), 30,
           "polynomial", initialValue=0.5, finalValue=0.05, power=2, decaySteps=20)
keras_case(PolynomialDecay(0.5, 10, 0.05, 1.5, cycle=True), 45,
           "polynomial", initialValue=0.5, finalValue=0.05, power=1.5, decaySteps=10, cycle=True)
torch_case(lambda it: of_torch.PolynomialLR(it, 20, 2.0), 0.5, 30,
           "polynomial", initialValue=0.5, decaySteps=20, power=2)

# exponential
for staircase in [False, True]:
    keras_case(ExponentialDecay(0.5, 7, 0.6, staircase), 40,
               "exponential", initialValue=0.5, decaySteps=7, decayRate=0.6, staircase=staircase)
    optax_case("exponential_decay", optax.exponential_decay(0.5, 7, 0.6, staircase=staircase, end_value=0.1), 40,
               "exponential", initialValue=0.5, decaySteps=7, decayRate=0.6, staircase=staircase, finalValue=0.1)
optax_case("exponential_decay", optax.exponential_decay(0.5, 7, 1.5, end_value=2), 40,
           "exponential", initialValue=0.5, decaySteps=7, decayRate=1.5, finalValue=2)
torch_case(lambda it: of_torch.ExponentialLR(it, 0.9), 0.5, 40, "exponential", initialValue=0.5, decayRate=0.9)
torch_case(lambda it: of_torch.StepLR(it, 6, 0.25), 0.5, 40,
           "exponential", initialValue=0.5, decayRate=0.25, decaySteps=6, staircase=True)

# piecewiseConstant: Keras keeps a value for one step more
optax_case("piecewise_constant_schedule", optax.piecewise_constant_schedule(0.5, {5: 0.5, 12: 0.2}), 20,
           "piecewiseConstant", boundaries=[5, 12], values=[0.5, 0.25, 0.05])
torch_case(lambda it: of_torch.MultiStepLR(it, [5, 12], 0.1), 0.5, 20,
           "piecewiseConstant", boundaries=[5, 12], values=[0.5, 0.05, 0.005])
keras_case(PiecewiseConstantDecay([4, 11], [0.5, 0.25, 0.05]), 20,
           "piecewiseConstant", boundaries=[5, 12], values=[0.5, 0.25, 0.05])

# inverseSquareRoot
torch_case(lambda it: transformers.get_inverse_sqrt_schedule(it, 12), 0.3, 100,
           "inverseSquareRoot", library=f"transformers {transformers.__version__}", name="get_inverse_sqrt_schedule",
           peakValue=0.3, warmupSteps=12)
case("Vaswani et al., eq. 3", [512**-0.5 * min(n**-0.5, n * 40**-1.5) for n in range(1, 101)],
     "inverseSquareRoot", peakValue=(512 * 40) ** -0.5, warmupSteps=40, countFrom=1)
case("Raffel et al., section 3.1.2", [1 / math.sqrt(max(n, 40)) for n in range(100)],
     "inverseSquareRoot", peakValue=40**-0.5, warmupSteps=40, warmup="constant")
case("fairseq inverse_sqrt, by its formula",
     [0.01 + n * (0.3 - 0.01) / 12 if n < 12 else 0.3 * 12**0.5 * n**-0.5 for n in range(50)],
     "inverseSquareRoot", peakValue=0.3, warmupSteps=12, initialValue=0.01)

# sequence
optax_case("join_schedules",
           optax.join_schedules([optax.linear_schedule(0.1, 0.5, 4), optax.constant_schedule(0.5),
                                 optax.cosine_decay_schedule(0.5, 10)], [6, 11]), 30,
           "sequence", boundaries=[6, 11],
           schedules=[nested("polynomial", initialValue=0.1, finalValue=0.5, decaySteps=4), 0.5,
                      nested("cosine", initialValue=0.5, decaySteps=10)])
torch_case(lambda it: of_torch.SequentialLR(it, [of_torch.LinearLR(it, 0.5, total_iters=5),
                                                 of_torch.ExponentialLR(it, 0.9)], [8]), 0.4, 25,
           "sequence", boundaries=[8],
           schedules=[nested("polynomial", initialValue=0.2, finalValue=0.4, decaySteps=5),
                      nested("exponential", initialValue=0.4, decayRate=0.9)])

# product
torch_case(lambda it: of_torch.ChainedScheduler([of_torch.LinearLR(it, 0.5, total_iters=5),
                                                 of_torch.ExponentialLR(it, 0.9)]), 0.4, 25,
           "product",
           schedules=[nested("polynomial", initialValue=0.5, finalValue=1, decaySteps=5),
                      nested("exponential", initialValue=0.4, decayRate=0.9)])

path = pathlib.Path(__file__).parent / "schedules.json"
path.write_text(json.dumps(CASES, separators=(",", ":")).replace('},{"source"', '},\n{"source"') + "\n")
