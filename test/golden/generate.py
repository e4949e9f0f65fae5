"""Makes the golden trajectories in this folder from the optimizers of torch, optax, Keras and pytorch_optimizer.

    pip install torch numpy optax keras pytorch_optimizer==4.1.0 adabelief_pytorch==0.2.0 \
        schedulefree==1.4.1 prodigyopt==1.1.2
    pip install git+https://github.com/KellerJordan/Muon@857d1ad   # for muon.json
    python test/golden/generate.py [FILE]...

Only who adds a golden needs Python: the JSON is committed. torch differentiates
the problems.
"""
import json
import math
import os
import pathlib
import sys
from functools import partial
from unittest import mock

os.environ["KERAS_BACKEND"] = "torch"

import jax
import jax.numpy as jnp
import keras
import numpy
import optax
import optax.contrib
import pytorch_optimizer
import torch
from adabelief_pytorch import AdaBelief

from problems import PROBLEMS

STEPS = 60
KEPT = [1, 2, 3, 4, 5, 7, 10, 15, 20, 30, 40, 50, 60]


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


class Muon:
    """Matrices by one optimizer, all else by another. Those of torch want (outputs, inputs): they see the transposes."""

    def __init__(self, weights, matrices, rest, transposes=True):
        self.matrices = [weight for weight in weights if weight.ndim == 2]
        self.others = [weight for weight in weights if weight.ndim != 2]
        self.views = [torch.nn.Parameter(matrix.detach().T) for matrix in self.matrices] if transposes else self.matrices
        self.dtype, self.transposes = weights[0].dtype, transposes
        parts = [(matrices, self.views), (rest, self.others)]
        self.parts = [make(part) for make, part in parts if part]
        self.zero_grad = torch.optim.SGD(weights, 1).zero_grad

    def step(self):
        if self.transposes:
            for view, matrix in zip(self.views, self.matrices):
                view.grad = matrix.grad.T
        # Both libraries iterate in bfloat16. Its place is taken by the precision of the run: the formula is the same.
        with mock.patch.object(torch, "bfloat16", self.dtype), mock.patch.object(torch.Tensor, "bfloat16", lambda x: x):
            for part in self.parts:
                part.step()


def muon_of_its_author(weights, lr, **options):
    from muon import SingleDeviceMuonWithAuxAdam

    def group(part, use_muon, **options):
        return SingleDeviceMuonWithAuxAdam([dict(params=part, lr=lr, use_muon=use_muon, **options)])

    return Muon(weights, lambda part: group(part, True, **options), lambda part: group(part, False))


def muon_of_torch(weights, lr, **options):
    return Muon(
        weights, lambda part: torch.optim.Muon(part, lr, **options), lambda part: torch.optim.AdamW(part, lr)
    )


def muon_of_optax(weights, lr, **options):
    return Muon(
        weights,
        lambda part: Optax(part, optax.contrib.muon(lr, **options)),
        lambda part: Optax(part, optax.adamw(lr, weight_decay=0)),
        transposes=False,
    )


class ExtraGradient:
    """Korpelevich's method, and algorithm 4 of Gidel et al. (ExtraAdam) with both gradients of one batch, in numpy."""

    def __init__(self, weights, lr, adam=False, beta1=0.9, beta2=0.999, epsilon=1e-8):
        self.weights, self.lr, self.adam, self.k = weights, lr, adam, 0
        self.betas, self.epsilon = (beta1, beta2), epsilon
        self.moments = [[numpy.zeros_like(weight.detach().numpy()) for weight in weights] for _ in range(2)]
        self.zero_grad = torch.optim.SGD(weights, 1).zero_grad

    def step(self):
        start = [weight.detach().numpy().copy() for weight in self.weights]
        self.move(start)
        self.evaluate()
        self.move(start)

    def move(self, start):
        self.k += 1
        for i, weight in enumerate(self.weights):
            step = weight.grad.numpy()
            if self.adam:
                for moment, beta, power in zip(self.moments, self.betas, (1, 2)):
                    moment[i] = beta * moment[i] + (1 - beta) * step**power
                mean, square = (moment[i] / (1 - beta**self.k) for moment, beta in zip(self.moments, self.betas))
                step = mean / (numpy.sqrt(square) + self.epsilon)
            weight.data = torch.tensor(start[i] - self.lr * step, dtype=weight.dtype)


class AtPoint:
    """An optimizer of torch that evaluates its gradients itself, elsewhere than at the weights."""

    def __init__(self, optimizer):
        self.optimizer, self.zero_grad = optimizer, optimizer.zero_grad

    def step(self):
        self.optimizer.step(self.evaluate)


def by_schedule_free(name, **options):
    def run(weights, lr):
        import schedulefree

        return AtPoint(getattr(schedulefree, name)(weights, lr, **options))

    return by("schedulefree 1.4.1", run)


def by_prodigy(**options):
    def run(weights, lr):
        import prodigyopt

        return prodigyopt.Prodigy(weights, lr, **options)

    return by("prodigyopt 1.1.2", run)


def by_ademamix(**options):
    return by("pytorch_optimizer 4.1.0", lambda weights, lr: pytorch_optimizer.AdEMAMix(weights, lr, **options))


def slow_beta(done, start=0.9, end=0.99):
    def half_life(beta):
        return math.log(0.5) / math.log(beta)

    return 0.5 ** (1 / ((1 - done) * half_life(start) + done * half_life(end)))


class LBFGS(torch.optim.LBFGS):
    """torch's, with the defaults of ours."""

    def __init__(self, weights, lr, history_size=10, line_search_fn="strong_wolfe", **options):
        super().__init__(weights, lr, history_size=history_size, line_search_fn=line_search_fn, **options)

    def step(self):
        super().step(self.evaluate)


def source_of(make):
    make = make[1] if isinstance(make, tuple) else make
    return getattr(make, "source", f"torch {torch.__version__}")


class BoundedLamb(pytorch_optimizer.Lamb):
    clamp = 2


# In Adafactor optax computes β₂ₜ, and Keras means and maxima, in float32, whatever the weights are in; here in their precision.
scale_by_factored_rms = optax._src.factorized.scale_by_factored_rms
scale_by_factored_rms.__defaults__ = (*scale_by_factored_rms.__defaults__[:-1], lambda i, c: 1 - (i + 1.0) ** -c)
keras.src.backend.common.dtypes.BIT64_TO_BIT32_DTYPE.pop("float64")


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
    "adEMAMix.json": {
        "AdEMAMix": (2**-5, by_optax(optax.contrib.ademamix)),
        "AdEMAMix with warm-ups and decay": (
            2**-5,
            by_ademamix(
                betas=(0.9, 0.999, 0.99), alpha=8, t_alpha_beta3=40, weight_decay=0.1, weight_decouple=True
            ),
        ),
        # optax takes any schedules, of the completed steps; these are algorithm 1's in half-lives, which the authors' code has.
        "AdEMAMix with two different warm-ups": (
            2**-5,
            by_optax(
                lambda lr: optax.contrib.ademamix(
                    lr,
                    b3=lambda i: slow_beta(min((int(i) + 1) / 30, 1)),
                    alpha=lambda i: 5 * min((int(i) + 1) / 20, 1),
                    eps=1e-3,
                    eps_root=1e-6,
                )
            ),
        ),
        "AdEMAMix as pytorch_optimizer, with decay": (2**-5, by_ademamix(eps=1e-3, weight_decay=0.1)),
        "AdEMAMix with independent decay": (
            2**-5,
            by_ademamix(eps=1e-3, weight_decay=2**-5, weight_decouple=True, fixed_decay=True),
        ),
    },
    "lamb.json": {
        "LAMB": (2**-6, by_optax(optax.lamb)),
        "LAMB with decay": (2**-6, by_optax(lambda lr: optax.lamb(lr, weight_decay=0.1))),
        "LAMB as Keras, with decay": (
            2**-6,
            by_keras(lambda lr: keras.optimizers.Lamb(lr, 0.875, EXACT, 2**-10, weight_decay=0.25)),
        ),
        # With `adam_debias` it leaves the rate alone, which else it divides by 1 - β₁ᵗ.
        "LAMB of uncorrected moments, with bounded norms": (
            2**-6,
            by(
                "pytorch_optimizer 4.1.0",
                lambda weights, lr: BoundedLamb(weights, lr, weight_decay=0.1, eps=0, adam_debias=True),
            ),
        ),
    },
    "lars.json": {
        "LARS": (2, by_optax(optax.lars)),
        "LARS with Nesterov and decay": (
            2,
            by_optax(
                lambda lr: optax.lars(lr, weight_decay=0.1, trust_coefficient=0.002, eps=0.01, nesterov=True)
            ),
        ),
        "LARS of the norms of gradient and weight, without vectors": by(
            "pytorch_optimizer 4.1.0",
            lambda weights, lr: pytorch_optimizer.LARS(weights, lr, weight_decay=0.1, trust_coefficient=0.1),
        ),
    },
    "adafactor.json": {
        "Adafactor": (
            2**-6,
            by_optax(lambda lr: optax.adafactor(lambda i: jnp.minimum(lr, (i + 1.0) ** -0.5))),
        ),
        "Adafactor as torch, factored, with decay": (
            0.25,
            lambda weights, lr: torch.optim.Adafactor(weights, lr, eps=(0.1, 1e-3), weight_decay=0.1),
        ),
        "Adafactor as Keras, factored": (2**-6, by_keras(lambda lr: keras.optimizers.Adafactor(lr, -0.75))),
        "Adafactor as optax, factored, with momentum and decay": (
            2**-5,
            by_optax(lambda lr: optax.adafactor(lr, 2, momentum=0.9, dtype_momentum=None, weight_decay_rate=0.01)),
        ),
        "Adafactor as optax, factored, of absolute steps without clipping": (
            2**-6,
            by_optax(
                lambda lr: optax.adafactor(lr, 2, multiply_by_parameter_scale=False, clipping_threshold=None)
            ),
        ),
    },
    "rprop.json": {
        "Rprop": (0.01, torch.optim.Rprop),
        "Rprop within narrow bounds": (
            0.01,
            lambda weights, lr: torch.optim.Rprop(weights, lr, step_sizes=(0.006, 0.03)),
        ),
    },
    "scheduleFree.json": {
        "ScheduleFreeAdamW": (2**-4, by_schedule_free("AdamWScheduleFreeClosure")),
        "ScheduleFreeAdamW with decay and warm-up": (
            2**-4,
            by_schedule_free("AdamWScheduleFreeClosure", weight_decay=0.1, warmup_steps=20),
        ),
        "ScheduleFreeAdamW with weights of its own": (
            2**-4,
            by_schedule_free(
                "AdamWScheduleFreeClosure", betas=(0.95, 0.999), eps=1e-3, warmup_steps=20, r=1, weight_lr_power=1
            ),
        ),
        "ScheduleFreeAdamW as Keras weighs its average": (
            2**-4,
            by_schedule_free("AdamWScheduleFreeClosure", warmup_steps=20, weight_lr_power=0),
        ),
        "ScheduleFreeSGD": by_schedule_free("SGDScheduleFreeClosure"),
        "ScheduleFreeSGD with decay and warm-up": by_schedule_free(
            "SGDScheduleFreeClosure", weight_decay=0.1, warmup_steps=20
        ),
        "ScheduleFreeSGD with weights of its own": by_schedule_free(
            "SGDScheduleFreeClosure", momentum=0.95, warmup_steps=20, r=1, weight_lr_power=1
        ),
    },
    "prodigy.json": {
        "Prodigy": (0.125, by_prodigy()),
        "Prodigy from a larger d0": (1, by_prodigy(d0=0.001)),
        "Prodigy with decay, bias correction, a safeguard and slow growth": (
            1,
            by_prodigy(d0=0.001, weight_decay=0.1, use_bias_correction=True, safeguard_warmup=True, growth_rate=1.25),
        ),
        "Prodigy with L2 decay": (
            0.5,
            by_prodigy(beta3=0.9, d0=0.01, weight_decay=0.1, decouple=False, d_coef=0.5),
        ),
        "Prodigy as optax, with decay": (
            0.5,
            by_optax(lambda lr: optax.contrib.prodigy(lr, estim_lr0=0.01, estim_lr_coef=0.5, weight_decay=0.1)),
        ),
        "Prodigy without momentum": (0.5, by_prodigy(betas=(0, 0.999), d0=0.01)),
    },
    "lbfgs.json": {
        "LBFGS": (1, LBFGS),
        "LBFGS of one iteration": (1, lambda weights, lr: LBFGS(weights, lr, max_iter=1, max_eval=25)),
        "LBFGS of four iterations and three pairs": (
            1,
            lambda weights, lr: LBFGS(weights, lr, max_iter=4, history_size=3),
        ),
        "LBFGS without a line search": (1, lambda weights, lr: LBFGS(weights, lr, max_iter=1, line_search_fn=None)),
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
    "muon.json": {
        "Muon": (2**-5, by("KellerJordan/Muon 857d1ad", muon_of_its_author)),
        "Muon as torch, with decay": (2**-5, partial(muon_of_torch, adjust_lr_fn="match_rms_adamw")),
        "Muon as torch, without Nesterov": (
            2**-5,
            partial(muon_of_torch, nesterov=False, weight_decay=0, adjust_lr_fn="spectral_unclamped"),
        ),
        "Muon as optax": (
            2**-5,
            by(f"optax {optax.__version__}", partial(muon_of_optax, weight_decay=0.1)),
        ),
    },
    "optimisticAdam.json": {
        "OptimisticAdam": (2**-5, by_optax(optax.optimistic_adam_v2)),
        "OptimisticAdam of much optimism": (
            2**-5,
            by_optax(lambda lr: optax.optimistic_adam(lr, 4 * lr, eps=1e-3, eps_root=1e-6)),
        ),
        "OptimisticAdam without Nesterov": (2**-5, by_optax(lambda lr: optax.optimistic_adam_v2(lr, nesterov=False))),
    },
    "extraGradient.json": {
        "ExtraGradient": by("a transcription of the paper to numpy", ExtraGradient),
        "ExtraGradient as ExtraAdam": (
            2**-5,
            by("a transcription of the paper to numpy", partial(ExtraGradient, adam=True, epsilon=1e-3)),
        ),
    },
    "sgd.json": {
        "SGD": lambda weights, lr: torch.optim.SGD(weights, lr),
        "SGD with momentum": lambda weights, lr: torch.optim.SGD(weights, lr, momentum=0.9),
        "SGD with Nesterov's momentum": lambda weights, lr: torch.optim.SGD(weights, lr, momentum=0.9, nesterov=True),
        "SGD with L2 decay and Nesterov's momentum": lambda weights, lr: torch.optim.SGD(
            weights, lr, momentum=0.9, nesterov=True, weight_decay=0.1
        ),
        "SGD as Keras, with Nesterov's momentum": by_keras(
            lambda lr: keras.optimizers.SGD(lr, momentum=0.875, nesterov=True)
        ),
        # Read by test/optimizers/sgd.test.ts: the rate is halved after every 10 steps.
        "SGD as Keras, with momentum and a rate that changes": (
            2**-11,
            by_keras(
                lambda lr: keras.optimizers.SGD(
                    keras.optimizers.schedules.ExponentialDecay(lr, 10, 0.5, staircase=True), momentum=0.875
                )
            ),
        ),
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

    def evaluate():
        optimizer.zero_grad()
        value = loss(*weights)
        value.backward()
        return value

    optimizer.evaluate = evaluate  # For what takes several gradients in a step.
    for step in range(1, STEPS + 1):
        evaluate()
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
