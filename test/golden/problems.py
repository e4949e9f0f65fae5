"""The problems of test/support/problems.ts, transcribed: starts, learning rate, loss."""
import torch


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
