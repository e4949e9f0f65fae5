"""Makes the golden trajectories in this folder from the optimizers of torch, optax, Keras and pytorch_optimizer.

    pip install torch numpy optax keras pytorch_optimizer==4.1.0 adabelief_pytorch==0.2.0
    python test/golden/generate.py [FILE]...

Only who adds a golden needs Python: the JSON is committed. The problems are
those of test/support/problems.ts, transcribed; torch differentiates them.
"""
import json
import os
import pathlib
import sys

os.environ["KERAS_BACKEND"] = "torch"

import jax
import jax.numpy as jnp
import keras
import numpy
import optax
import pytorch_optimizer
import torch
from adabelief_pytorch import AdaBelief

STEPS = 60
KEPT = [1, 2, 3, 4, 5, 7, 10, 15, 20, 30, 40, 50, 60]


def quadratic(dtype):
    reflection = torch.eye(4, dtype=dtype) - 0.5
    matrix = reflection @ torch.diag(torch.tensor([1, 10, 100, 1000], dtype=dtype)) @ reflection
    return [[1, -2, 3, -4]], 1.2e-3, lambda w: 0.5 * w @ matrix @ w - w.sum()


def rosenbrock(dtype):
    return [[-1.2], [1]], 5e-4, lambda x, y: ((1 - x) ** 2 + 100 * (y - x**2) ** 2).sum()


def logistic_regression(dtype):
    rows = torch.tensor([[((7 * i + 3 * j) % 11) / 5 - 1 for j in range(3)] for i in range(12)], dtype=dtype)
    labels = torch.tensor([[float(i * i % 3 == 0)] for i in range(12)], dtype=dtype)
    loss = torch.nn.functional.binary_cross_entropy_with_logits
    return [[[0.5], [-1.5], [1]], [-2]], 0.5, lambda kernel, bias: loss(rows @ kernel + bias, labels)


def tanh_regression(dtype):
    rows = torch.tensor([[((7 * i + 3 * j) % 11) / 5 - 1 for j in range(3)] for i in range(12)], dtype=dtype)
    targets = torch.tensor([[((5 * i + 4 * k) % 7 - 3) / 4 for k in range(2)] for i in range(12)], dtype=dtype)
    hidden = [[0.5, -1, 0.25, 1.5], [-0.75, 0.5, 1, -0.25], [1, 0.75, -1.25, 0.5]]
    output = [[1, -1.5], [-0.5, 0.75], [1.25, 0.5], [-1, -0.25]]

    def loss(hidden, bias, output):
        return ((torch.tanh(rows @ hidden + bias) @ output - targets) ** 2).sum() / 24

    return [hidden, [0.125, -0.5, 0.75, -1], output], 0.25, loss


PROBLEMS = {
    "a quadratic of condition number 1,000": quadratic,
    "Rosenbrock's function": rosenbrock,
    "a logistic regression": logistic_regression,
    "a tanh regression with two matrices": tanh_regression,
}


class Optax:
    """An optimizer of optax, over torch's weights and gradients."""

    def __init__(self, weights, transformation):
        self.weights, self.transformation = weights, transformation
        self.zero_grad = torch.optim.SGD(weights, 1).zero_grad
        self.state = self.as_optax(lambda: transformation.init(self.read(weights)))

    def step(self):
        def step():
            gradients = self.read([weight.grad for weight in self.weights])
            updates, self.state = self.transformation.update(gradients, self.state, self.read(self.weights))
            return optax.apply_updates(self.read(self.weights), updates)

        for weight, moved in zip(self.weights, self.as_optax(step)):
            weight.data = torch.tensor(numpy.array(moved), dtype=weight.dtype)

    def as_optax(self, run):
        with jax.enable_x64(self.weights[0].dtype is torch.float64):
            return run()

    @staticmethod
    def read(tensors):
        return [jnp.asarray(tensor.detach().numpy()) for tensor in tensors]


def by_optax(make):
    def run(weights, lr):
        return Optax(weights, make(lr))

    return by(f"optax {optax.__version__}", run)


def by(source, make):
    def run(weights, lr):
        return make(weights, lr)

    run.source = source
    return run


class Ranger(torch.optim.RAdam):
    """torch's RAdam with Lookahead's sync after every k of its steps; the problems' vectors are not centralized."""

    def __init__(self, weights, lr, k=6, alpha=0.5, **options):
        super().__init__(weights, lr, betas=(0.95, 0.999), eps=1e-5, decoupled_weight_decay=True, **options)
        self.weights, self.k, self.alpha, self.steps = weights, k, alpha, 0
        self.slow = [weight.detach().clone() for weight in weights]

    def step(self):
        super().step()
        self.steps += 1
        if self.steps % self.k == 0:
            for weight, slow in zip(self.weights, self.slow):
                slow += self.alpha * (weight.detach() - slow)
                weight.data = slow.clone()


class Keras:
    """An optimizer of Keras, over torch's weights and gradients; `make` is called in their precision."""

    def __init__(self, weights, make):
        keras.config.set_floatx(str(weights[0].dtype).removeprefix("torch."))
        self.weights, self.optimizer = weights, make()
        self.zero_grad = torch.optim.SGD(weights, 1).zero_grad
        self.variables = [keras.Variable(weight.detach().numpy()) for weight in weights]

    def step(self):
        self.optimizer.apply([weight.grad for weight in self.weights], self.variables)
        for weight, variable in zip(self.weights, self.variables):
            weight.data = variable.value.detach().clone()


def by_keras(make):
    def run(weights, lr):
        return Keras(weights, lambda: make(lr))

    run.source = f"Keras {keras.__version__}"
    return run


def source_of(make):
    make = make[1] if isinstance(make, tuple) else make
    return getattr(make, "source", f"torch {torch.__version__}")


EXACT = 1 - 2**-10  # A β₂ that float32 holds: Keras rounds some of its settings to it.

# File, and for each optimizer of the registry what makes its peer; with a learning rate, where the registry has one.
GOLDENS = {
    "adam.json": {
        "Adam": (2**-4, lambda weights, lr: torch.optim.Adam(weights, lr)),
        "Adam with AMSGrad and decay": (
            2**-4,
            lambda weights, lr: torch.optim.Adam(weights, lr, amsgrad=True, weight_decay=0.1, eps=1e-3),
        ),
        "Adam as optax, with AMSGrad": (2**-4, by_optax(lambda lr: optax.amsgrad(lr, eps=1e-3))),
        "Adam as Keras": (2**-4, by_keras(lambda lr: keras.optimizers.Adam(lr, 0.875, EXACT, 2**-10))),
        "Adam as Keras, with AMSGrad": (
            2**-4,
            by_keras(lambda lr: keras.optimizers.Adam(lr, 0.875, EXACT, 2**-10, amsgrad=True)),
        ),
    },
    "adamW.json": {
        "AdamW": (2**-4, lambda weights, lr: torch.optim.AdamW(weights, lr)),
        "AdamW with AMSGrad": (
            2**-4,
            lambda weights, lr: torch.optim.AdamW(weights, lr, amsgrad=True, weight_decay=0.1, eps=1e-3),
        ),
        "AdamW as optax": (2**-4, by_optax(lambda lr: optax.adamw(lr, eps=1e-3, weight_decay=0.1))),
        "AdamW as Keras": (
            2**-4,
            by_keras(lambda lr: keras.optimizers.AdamW(lr, 0.25, 0.875, EXACT, 2**-10)),
        ),
        # Keras multiplies its decay by the rate, which stays the same here: λ = 2⁻⁵ without it.
        "AdamW with independent decay": (
            2**-4,
            by_keras(lambda lr: keras.optimizers.AdamW(lr, 2**-5 / lr, 0.875, EXACT, 2**-10)),
        ),
    },
    "adamax.json": {
        "Adamax": (2**-4, lambda weights, lr: torch.optim.Adamax(weights, lr)),
        "Adamax with decay": (2**-4, lambda weights, lr: torch.optim.Adamax(weights, lr, eps=0.1, weight_decay=0.1)),
        "Adamax as Keras": (2**-4, by_keras(lambda lr: keras.optimizers.Adamax(lr, 0.875, 0.96875, 2**-4))),
    },
    "nadam.json": {
        "NAdam": (2**-4, lambda weights, lr: torch.optim.NAdam(weights, lr)),
        "NAdam with decay": (
            2**-4,
            lambda weights, lr: torch.optim.NAdam(
                weights, lr, eps=1e-3, weight_decay=0.1, momentum_decay=0.1, decoupled_weight_decay=True
            ),
        ),
        "NAdam as Keras": (2**-4, by_keras(lambda lr: keras.optimizers.Nadam(lr, 0.875, EXACT, 2**-10))),
        "NAdam as optax": (2**-4, by_optax(lambda lr: optax.nadam(lr, eps=1e-3))),
    },
    "radam.json": {
        "RAdam": lambda weights, lr: torch.optim.RAdam(weights, lr),
        "RAdam at β₂ = 0.9999, with decay": lambda weights, lr: torch.optim.RAdam(
            weights, lr, (0.9, 0.9999), 1e-3, weight_decay=0.1
        ),
        "RAdam as optax": by_optax(lambda lr: optax.radam(lr, b2=0.99, eps=0.01)),
        "RAdam with the paper's threshold": by_optax(lambda lr: optax.radam(lr, b2=0.99, threshold=4)),
        "RAdam as its authors": (
            2**-4,
            by(
                "pytorch_optimizer 4.1.0",
                lambda weights, lr: pytorch_optimizer.RAdam(weights, lr, (0.9, 0.99), 0.1, eps=0.01),
            ),
        ),
    },
    "adagrad.json": {
        "Adagrad": (0.1, torch.optim.Adagrad),
        "Adagrad with decay": (0.1, lambda weights, lr: torch.optim.Adagrad(weights, lr, weight_decay=0.1)),
        "Adagrad as optax": (0.1, by_optax(optax.adagrad)),
    },
    "adadelta.json": {
        "Adadelta": (4, torch.optim.Adadelta),
        "Adadelta with decay": (4, lambda weights, lr: torch.optim.Adadelta(weights, lr, weight_decay=0.1)),
        "Adadelta as Keras": (4, by_optax(lambda lr: optax.adadelta(lr, rho=0.95, eps=1e-7))),
    },
    "lion.json": {
        "Lion": (0.01, by_optax(lambda lr: optax.lion(lr, weight_decay=0))),
        "Lion with decay": (0.01, by_optax(lambda lr: optax.lion(lr, weight_decay=0.1))),
    },
    "adaBelief.json": {
        "AdaBelief": (0.02, by_optax(optax.adabelief)),
        "AdaBelief as its authors' code, with decay": by(
            "adabelief-pytorch 0.2.0", lambda weights, lr: AdaBelief(weights, lr, weight_decay=0.1)
        ),
    },
    "adan.json": {
        "Adan": (0.02, by("pytorch_optimizer 4.1.0", pytorch_optimizer.Adan)),
        "Adan with decay": (
            0.02,
            by("pytorch_optimizer 4.1.0", lambda weights, lr: pytorch_optimizer.Adan(weights, lr, weight_decay=0.1)),
        ),
        "Adan as optax, with decay": (0.02, by_optax(lambda lr: optax.adan(lr, weight_decay=0.1))),
    },
    "rprop.json": {
        "Rprop": (0.01, torch.optim.Rprop),
        "Rprop within narrow bounds": (
            0.01,
            lambda weights, lr: torch.optim.Rprop(weights, lr, step_sizes=(0.006, 0.03)),
        ),
    },
    "ranger.json": {
        "Ranger": Ranger,
        "Ranger with decay, k 5 and alpha 0.8": lambda weights, lr: Ranger(
            weights, lr, k=5, alpha=0.8, weight_decay=0.1
        ),
    },
    "rmsprop.json": {
        "RMSprop": (0.01, lambda weights, lr: torch.optim.RMSprop(weights, lr)),
        "RMSprop, centered, with momentum and decay": (
            0.01,
            lambda weights, lr: torch.optim.RMSprop(weights, lr, momentum=0.9, centered=True, weight_decay=0.1),
        ),
        "RMSprop as optax": (0.01, by_optax(optax.rmsprop)),
        "RMSprop as optax, centered, with momentum": (
            0.01,
            by_optax(lambda lr: optax.rmsprop(lr, centered=True, momentum=0.9)),
        ),
    },
    "sgd.json": {
        "SGD": lambda weights, lr: torch.optim.SGD(weights, lr),
        "SGD with momentum": lambda weights, lr: torch.optim.SGD(weights, lr, momentum=0.9),
        "SGD with Nesterov's momentum": lambda weights, lr: torch.optim.SGD(weights, lr, momentum=0.9, nesterov=True),
    },
}


def trajectory(make, problem, dtype):
    torch.set_default_dtype(dtype)  # What NAdam keeps its product in.
    starts, rate, loss = problem(dtype)
    if isinstance(make, tuple):
        rate, make = make
    weights = [torch.tensor(start, dtype=dtype, requires_grad=True) for start in starts]
    optimizer = make(weights, rate)
    kept = {}
    for step in range(1, STEPS + 1):
        optimizer.zero_grad()
        loss(*weights).backward()
        optimizer.step()
        if step in KEPT:
            digits = 17 if dtype is torch.float64 else 9
            kept[step] = [float(f"{value:.{digits}g}") for weight in weights for value in weight.flatten().tolist()]
    return kept


for file, optimizers in GOLDENS.items():
    if sys.argv[1:] and file not in sys.argv[1:]:
        continue
    trajectories = {
        name: {
            problem: {
                "float64": trajectory(make, PROBLEMS[problem], torch.float64),
                "float32": trajectory(make, PROBLEMS[problem], torch.float32),
            }
            for problem in PROBLEMS
        }
        for name, make in optimizers.items()
    }
    source = ", ".join(sorted({source_of(make) for make in optimizers.values()}))
    text = json.dumps({"source": source, "trajectories": trajectories}, separators=(",", ":"))
    pathlib.Path(__file__).with_name(file).write_text(text + "\n")
