"""Makes gradients.json: what torch, optax, Keras and pytorch_optimizer make of given gradients, in double precision where they have it.

    pip install torch numpy optax keras pytorch_optimizer==4.1.0
    curl -O https://raw.githubusercontent.com/kyleliang919/C-Optim/ccadd18/c_adamw.py   # C-AdamW, by its authors
    python test/golden/gradients.py c_adamw.py

Only who adds a golden needs Python: the JSON is committed.
"""
import importlib.util
import json
import math
import os
import pathlib
import sys
import types

os.environ["KERAS_BACKEND"] = "torch"

import jax
import jax.numpy as jnp
import keras
import numpy
import optax
import pytorch_optimizer
import torch
from pytorch_optimizer.optimizer.agc import agc
from pytorch_optimizer.optimizer.gradient_centralization import centralize_gradient

jax.config.update("jax_enable_x64", True)


def numbers(shape, seed, scale=1.0):
    """Numbers of both signs that float32 holds exactly."""
    count = math.prod(shape)
    return numpy.array([((37 * i + 11 * seed) % 101 - 50) / 64 * scale for i in range(count)]).reshape(shape)


def flat(arrays):
    return [[float(x) for x in numpy.asarray(array).ravel()] for array in arrays]


def torch_clip(gradients, clip):
    weights = [torch.zeros(g.shape, dtype=torch.float64, requires_grad=True) for g in gradients]
    for weight, gradient in zip(weights, gradients):
        weight.grad = torch.tensor(gradient)
    clip(weights)
    return flat([weight.grad.numpy() for weight in weights])


def keras_clip(gradients, **options):
    optimizer = keras.optimizers.SGD(**options)
    clipped = optimizer._clip_gradients([torch.tensor(g, dtype=torch.float32) for g in gradients])
    return flat([g.numpy() for g in clipped])


def optax_of(transformation, gradients, weights):
    state = transformation.init([jnp.array(w) for w in weights])
    updates, _ = transformation.update([jnp.array(g) for g in gradients], state, [jnp.array(w) for w in weights])
    return flat(updates)


def in_torch_layout(function, weight, gradient, order):
    """Of (out, in, …), with the result in tfjs's order of axes; `order` has, for each axis of torch, which it is of tfjs."""
    moved = [torch.tensor(numpy.ascontiguousarray(a.transpose(order))) for a in (weight, gradient)]
    return flat([function(*moved).numpy().transpose(numpy.argsort(order))])[0]


def clipped():
    gradients = [numbers([3, 4], 1), numbers([4], 2), numbers([], 3)]
    norm = math.sqrt(sum(float((g**2).sum()) for g in gradients))
    nn = torch.nn.utils
    return {
        "gradients": flat(gradients),
        "shapes": [list(g.shape) for g in gradients],
        "norm": norm,
        "global": [
            {"clipNorm": c, "epsilon": epsilon, "source": source, "gradients": made}
            for c in (0.25, 1.0, 4.0)
            for epsilon, source, made in (
                (1e-6, "torch", torch_clip(gradients, lambda w: nn.clip_grad_norm_(w, c))),
                (0, "optax", optax_of(optax.clip_by_global_norm(c), gradients, gradients)),
                (0, "Keras", keras_clip(gradients, global_clipnorm=c)),
            )
        ],
        "norms": [
            {"clipNorm": c, "source": "Keras", "gradients": keras_clip(gradients, clipnorm=c)}
            for c in (0.25, 0.75, 4.0)
        ],
        "values": [
            {"clipValue": c, "source": source, "gradients": made}
            for c in (0.125, 0.5, 1.0)
            for source, made in (
                ("torch", torch_clip(gradients, lambda w: nn.clip_grad_value_(w, c))),
                ("Keras", keras_clip(gradients, clipvalue=c)),
            )
        ],
    }


def by_units():
    """Per weight, of a kind named as tfjs's layers have it."""
    kinds = {
        "dense": ([5, 4], (1, 0)),
        "conv2d": ([3, 2, 3, 4], (3, 2, 0, 1)),
        "bias": ([6], (0,)),
        "depthwise": ([3, 3, 4, 1], (2, 3, 0, 1)),
        "embedding": ([6, 3], (0, 1)),
        "lstm": ([2, 8], (1, 0)),
    }
    made = {}
    for seed, (kind, (shape, order)) in enumerate(kinds.items()):
        # Units of different sizes, so that some are clipped.
        weight = numbers(shape, seed + 5)
        gradient = numbers(shape, seed + 11, 0.5) * numpy.linspace(0.01, 1, math.prod(shape)).reshape(shape)
        gradient = gradient.astype(numpy.float32).astype(numpy.float64)
        entry = {"shape": shape, "weight": flat([weight])[0], "gradient": flat([gradient])[0]}
        for clipping in (0.05, 0.2):
            po = in_torch_layout(lambda w, g: agc(w, g, 1e-3, clipping), weight, gradient, order)
            entry.setdefault("adaptive", []).append({"clipping": clipping, "source": "pytorch_optimizer", "gradient": po})
            if kind in ("dense", "conv2d", "bias", "lstm"):
                result = optax_of(optax.adaptive_grad_clip(clipping, 1e-3), [gradient], [weight])[0]
                entry["adaptive"].append({"clipping": clipping, "source": "optax", "gradient": result})

        def centralized(_, g):
            centralize_gradient(g)
            return g

        entry["centralized"] = in_torch_layout(centralized, weight, gradient, order)
        made[kind] = entry
    return made


def cautious(path):
    """C-AdamW on gradients that do not depend on the weights, and turn now and then."""
    versions = types.ModuleType("transformers.utils.versions")
    versions.require_version = lambda *_: None
    for name in ("transformers", "transformers.utils"):
        sys.modules[name] = types.ModuleType(name)
    sys.modules["transformers.utils.versions"] = versions
    spec = importlib.util.spec_from_file_location("c_adamw", path)
    authors = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(authors)

    start = numbers([2, 3], 4)
    gradients = [numbers([2, 3], 7 * t * t + 3 * t) for t in range(30)]
    runs = []
    for decay in (0.0, 0.125):
        weight = torch.tensor(start, requires_grad=True)
        optimizer = authors.AdamW([weight], lr=0.0625, betas=(0.875, 0.96875), eps=1e-8, weight_decay=decay, no_deprecation_warning=True)
        weights = []
        for gradient in gradients:
            weight.grad = torch.tensor(gradient)
            optimizer.step()
            weights.append(flat([weight.detach().numpy()])[0])
        runs.append({"weightDecay": decay, "weights": weights})
    return {"shape": [2, 3], "start": flat([start])[0], "gradients": flat(gradients), "runs": runs}


source = (
    f"torch {torch.__version__}, optax {optax.__version__}, Keras {keras.__version__}, "
    f"pytorch_optimizer {pytorch_optimizer.__version__ if hasattr(pytorch_optimizer, '__version__') else '4.1.0'}, "
    "kyleliang919/C-Optim ccadd18"
)
made = {"source": source, "clipped": clipped(), "units": by_units(), "cautious": cautious(sys.argv[1])}
path = pathlib.Path(__file__).with_name("gradients.json")
path.write_text(json.dumps(made, separators=(",", ":")) + "\n")
