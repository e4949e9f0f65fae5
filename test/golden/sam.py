"""Makes sam.json, the golden trajectories of SAM and ASAM, beside it.

    pip install torch numpy jax optax pytorch_optimizer==4.1.0
    # asam.py of github.com/SamsungLabs/ASAM at dc9b513 in the folder where this runs
    python test/golden/sam.py

Peers that should be the same are run as well, and must be: to 1e-8, or pytorch_optimizer, whose norm is in float32, to 1e-6.
"""
import json
import pathlib
import sys

import jax
import jax.numpy as jnp
import numpy
import optax
import optax.contrib
import pytorch_optimizer
import torch

from problems import PROBLEMS

sys.path.append(".")
import asam

STEPS = 60
KEPT = [1, 2, 3, 4, 5, 7, 10, 15, 20, 30, 40, 50, 60]
RHO, ADAM_RATE = 0.05, 2**-4
CHOSEN = ["a quadratic of condition number 1,000", "Rosenbrock's function", "a logistic regression"]
NAMES = {CHOSEN[0]: ["w.weight"], CHOSEN[1]: ["x.weight", "y.weight"], CHOSEN[2]: ["kernel.weight", "bias"]}


class Problem:
    def __init__(self, name, dtype):
        starts, self.rate, self.loss = PROBLEMS[name](dtype)
        self.names = NAMES[name]
        self.weights = [torch.nn.Parameter(torch.tensor(start, dtype=dtype)) for start in starts]

    def evaluate(self):
        for weight in self.weights:
            weight.grad = None
        value = self.loss(*self.weights)
        value.backward()
        return value

    def named_parameters(self):
        return zip(self.names, self.weights)


def by_optax(make):
    """optax.contrib.sam with its gradients from torch."""

    def steps(problem):
        read = lambda tensors: [jnp.asarray(tensor.detach().numpy()) for tensor in tensors]

        def write(arrays):
            for weight, array in zip(problem.weights, arrays):
                weight.data = torch.tensor(numpy.array(array), dtype=weight.dtype)

        def gradients(at):
            write(at)
            problem.evaluate()
            return read(weight.grad for weight in problem.weights)

        climb = optax.chain(optax.contrib.normalize(), optax.sgd(RHO))
        sam = optax.contrib.sam(make(problem.rate), climb, opaque_mode=True)
        weights = read(problem.weights)
        state = sam.init(weights)
        while True:
            updates, state = sam.update(gradients(weights), state, weights, grad_fn=lambda at, _: gradients(at))
            weights = optax.apply_updates(weights, updates)
            write(weights)
            yield

    return steps


def by_pytorch_optimizer(base, adaptive=False, **options):
    def steps(problem):
        all_options = {"lr": problem.rate, "adaptive": adaptive, **options}
        sam = pytorch_optimizer.SAM(problem.weights, base, rho=RHO, perturb_eps=0, **all_options)
        while True:
            problem.evaluate()
            sam.step(problem.evaluate)
            yield

    steps.tolerance = 1e-6
    return steps


def by_samsung(algorithm, base, **options):
    def steps(problem):
        optimizer = base(problem.weights, **{"lr": problem.rate, **options})
        minimizer = algorithm(optimizer, problem, rho=RHO)
        while True:
            problem.evaluate()
            minimizer.ascent_step()
            problem.evaluate()
            minimizer.descent_step()
            yield

    return steps


def davda54(base, adaptive=False, **options):
    """The formula of github.com/davda54/sam at 03c7768, without its ε."""

    def steps(problem):
        optimizer = base(problem.weights, **{"lr": problem.rate, **options})
        while True:
            problem.evaluate()
            start = [weight.detach().clone() for weight in problem.weights]
            sizes = [value.abs() if adaptive else torch.ones_like(value) for value in start]
            norm = torch.stack([(size * weight.grad).norm() for size, weight in zip(sizes, problem.weights)]).norm()
            for size, weight in zip(sizes, problem.weights):
                weight.data = weight.data + size**2 * weight.grad * (RHO / norm)
            problem.evaluate()
            for weight, value in zip(problem.weights, start):
                weight.data = value
            optimizer.step()
            yield

    return steps


SGD, ADAM = torch.optim.SGD, torch.optim.Adam
MOMENTUM = {"momentum": 0.9}
# The first one's numbers are kept, the others must agree.
RUNS = {
    "SAM around SGD": [
        by_optax(lambda lr: optax.sgd(lr)),
        by_pytorch_optimizer(SGD),
        by_samsung(asam.SAM, SGD),
        davda54(SGD),
    ],
    "SAM around SGD with momentum": [
        by_optax(lambda lr: optax.sgd(lr, momentum=0.9)),
        by_pytorch_optimizer(SGD, **MOMENTUM),
        by_samsung(asam.SAM, SGD, **MOMENTUM),
        davda54(SGD, **MOMENTUM),
    ],
    "SAM around Adam": [
        by_optax(lambda lr: optax.adam(ADAM_RATE)),
        by_pytorch_optimizer(ADAM, lr=ADAM_RATE),
        by_samsung(asam.SAM, ADAM, lr=ADAM_RATE),
        davda54(ADAM, lr=ADAM_RATE),
    ],
    "ASAM around SGD": [by_samsung(asam.ASAM, SGD)],
    "ASAM around SGD with momentum": [by_samsung(asam.ASAM, SGD, **MOMENTUM)],
    "ASAM around Adam": [by_samsung(asam.ASAM, ADAM, lr=ADAM_RATE)],
    "ASAM without η, of biases too, around SGD": [
        davda54(SGD, adaptive=True),
        by_pytorch_optimizer(SGD, adaptive=True),
    ],
}


def trajectory(run, name, dtype):
    problem = Problem(name, dtype)
    with jax.enable_x64(dtype is torch.float64):
        steps, kept = run(problem), {}
        for step in range(1, STEPS + 1):
            next(steps)
            if step in KEPT:
                digits = 17 if dtype is torch.float64 else 9
                kept[step] = [
                    float(f"{value:.{digits}g}") for weight in problem.weights for value in weight.flatten().tolist()
                ]
    return kept


def difference(one, other):
    return max(abs(a - b) / max(1, abs(b)) for step in one for a, b in zip(one[step], other[step]))


trajectories = {}
for run, [kept, *others] in RUNS.items():
    trajectories[run] = {}
    for name in CHOSEN:
        double = trajectory(kept, name, torch.float64)
        for other in others:
            gap = difference(trajectory(other, name, torch.float64), double)
            if gap > getattr(other, "tolerance", 1e-8):
                raise SystemExit(f"peers disagree by {gap}: {run} on {name}")
        trajectories[run][name] = {"float64": double, "float32": trajectory(kept, name, torch.float32)}

source = f"optax {optax.__version__} (SAM), SamsungLabs/ASAM dc9b513 (ASAM) and davda54/sam's formula (ASAM without η)"
text = json.dumps({"source": source, "trajectories": trajectories}, separators=(",", ":"))
pathlib.Path(__file__).with_name("sam.json").write_text(text + "\n")
