"""Makes the golden trajectories in this folder from torch's optimizers.

    pip install torch numpy && python test/golden/generate.py

Only who adds a golden needs Python: the JSON is committed. The problems are
those of test/support/problems.ts, transcribed; torch differentiates them.
"""
import json
import pathlib

import torch

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
    labels = torch.tensor([float(i * i % 3 == 0) for i in range(12)], dtype=dtype)
    loss = torch.nn.functional.binary_cross_entropy_with_logits
    return [[0.5, -1.5, 1], [-2]], 0.5, lambda kernel, bias: loss(rows @ kernel + bias, labels)


PROBLEMS = {
    "a quadratic of condition number 1,000": quadratic,
    "Rosenbrock's function": rosenbrock,
    "a logistic regression": logistic_regression,
}

# File, and for each optimizer of the registry what makes torch's.
GOLDENS = {
    "sgd.json": {
        "SGD": lambda weights, lr: torch.optim.SGD(weights, lr),
        "SGD with momentum": lambda weights, lr: torch.optim.SGD(weights, lr, momentum=0.9),
        "SGD with Nesterov's momentum": lambda weights, lr: torch.optim.SGD(weights, lr, momentum=0.9, nesterov=True),
    },
}


def trajectory(make, problem, dtype):
    starts, rate, loss = problem(dtype)
    weights = [torch.tensor(start, dtype=dtype, requires_grad=True) for start in starts]
    optimizer = make(weights, rate)
    kept = {}
    for step in range(1, STEPS + 1):
        optimizer.zero_grad()
        loss(*weights).backward()
        optimizer.step()
        if step in KEPT:
            digits = 17 if dtype is torch.float64 else 9
            kept[step] = [float(f"{value:.{digits}g}") for weight in weights for value in weight.tolist()]
    return kept


for file, optimizers in GOLDENS.items():
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
    text = json.dumps({"source": f"torch {torch.__version__}", "trajectories": trajectories}, separators=(",", ":"))
    pathlib.Path(__file__).with_name(file).write_text(text + "\n")
