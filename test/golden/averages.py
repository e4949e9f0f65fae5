"""Makes averages.json: averages of weights by torch, optax and Keras, torch's update_bn, the pullback of Lookahead's authors.

    pip install torch numpy optax keras
    python test/golden/averages.py

Only who changes it needs Python: the JSON is committed. The problem is the tanh regression of test/support/problems.ts.
All trajectories are those of SGD with momentum 0.9, in double precision.
"""
import json
import os
import pathlib

os.environ["KERAS_BACKEND"] = "torch"

import jax
import jax.numpy as jnp
import keras
import optax
import torch
from torch.optim.swa_utils import AveragedModel, get_ema_avg_fn

jax.config.update("jax_enable_x64", True)
keras.config.set_floatx("float64")
torch.set_default_dtype(torch.float64)

STEPS, RATE, MOMENTUM, DECAY = 60, 0.125, 0.9, 0.875
KEPT = [1, 2, 3, 4, 5, 7, 10, 15, 20, 30, 40, 50, 60]
SWA_START, SWA_EVERY = 20, 5

HIDDEN = [[0.5, -1, 0.25, 1.5], [-0.75, 0.5, 1, -0.25], [1, 0.75, -1.25, 0.5]]
OUTPUT = [[1, -1.5], [-0.5, 0.75], [1.25, 0.5], [-1, -0.25]]
STARTS = [HIDDEN, [0.125, -0.5, 0.75, -1], OUTPUT]
ROWS = torch.tensor([[((7 * i + 3 * j) % 11) / 5 - 1 for j in range(3)] for i in range(12)])
TARGETS = torch.tensor([[((5 * i + 4 * k) % 7 - 3) / 4 for k in range(2)] for i in range(12)])


def loss_of(hidden, bias, output):
    return ((torch.tanh(ROWS @ hidden + bias) @ output - TARGETS) ** 2).sum() / 24


class Model(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.weights = torch.nn.ParameterList([torch.tensor(start) for start in STARTS])

    def forward(self):
        return loss_of(*self.weights)


def flat(tensors):
    return [float(value) for tensor in tensors for value in torch.as_tensor(tensor).detach().reshape(-1)]


def follow(after_step):
    """Trains by torch's SGD; keeps what after_step(step, model, optimizer) gives."""
    model = Model()
    optimizer = torch.optim.SGD(model.parameters(), RATE, MOMENTUM)
    kept = {}
    for step in range(1, STEPS + 1):
        optimizer.zero_grad()
        model().backward()
        optimizer.step()
        values = after_step(step, model, optimizer)
        if step in KEPT:
            kept[step] = flat(values)
    return kept


def torch_ema():
    average = AveragedModel(Model(), avg_fn=get_ema_avg_fn(DECAY))

    def after_step(step, model, _):
        average.update_parameters(model)
        return average.module.parameters()

    return follow(after_step)


def torch_swa():
    average = AveragedModel(Model())

    def after_step(step, model, _):
        if step >= SWA_START and (step - SWA_START) % SWA_EVERY == 0:
            average.update_parameters(model)
        return (average.module if step >= SWA_START else model).parameters()

    return follow(after_step)


def optax_debiased():
    transformation = optax.ema(DECAY, debias=True)
    state = transformation.init([jnp.zeros(weight.shape) for weight in Model().parameters()])

    def after_step(step, model, _):
        nonlocal state
        values = [jnp.asarray(weight.detach().numpy()) for weight in model.parameters()]
        average, state = transformation.update(values, state)
        return [torch.tensor(jax.device_get(value)) for value in average]

    return follow(after_step)


def keras_ema():
    optimizer = keras.optimizers.SGD(RATE, MOMENTUM, use_ema=True, ema_momentum=DECAY, ema_overwrite_frequency=None)
    variables = [keras.Variable(start, dtype="float64") for start in STARTS]
    kept = {}
    for step in range(1, STEPS + 1):
        weights = [variable.value.detach().requires_grad_() for variable in variables]
        gradients = torch.autograd.grad(loss_of(*weights), weights)
        with torch.no_grad():
            optimizer.apply(list(gradients), variables)
        if step in KEPT:
            kept[step] = flat([average.value for average in optimizer._model_variables_moving_average])
    return kept


def lookahead(pullback, k=5, alpha=0.8):
    """lookahead_pytorch.py of michaelrzhang/lookahead, line by line, but that what it caches of the momentum is a copy."""
    cached = [torch.tensor(start) for start in STARTS]
    cached_momentum = [torch.zeros_like(value) for value in cached]

    def after_step(step, model, optimizer):
        if step % k == 0:
            for i, p in enumerate(model.parameters()):
                p.data.mul_(alpha).add_(cached[i], alpha=1.0 - alpha)
                cached[i].copy_(p.data)
                state = optimizer.state[p]
                if pullback == "pullback":
                    state["momentum_buffer"].mul_(alpha).add_(cached_momentum[i], alpha=1.0 - alpha)
                    cached_momentum[i] = state["momentum_buffer"].clone()
                elif pullback == "reset":
                    state["momentum_buffer"] = torch.zeros_like(p.data)
        return model.parameters()

    return follow(after_step)


def update_bn():
    """Statistics of two BatchNorm layers after torch's update_bn, over three batches of four rows."""
    first, second = torch.nn.Linear(3, 4), torch.nn.Linear(4, 2, bias=False)
    norms = [torch.nn.BatchNorm1d(4, eps=1e-3), torch.nn.BatchNorm1d(2, eps=1e-3)]
    with torch.no_grad():
        first.weight.copy_(torch.tensor(HIDDEN).T)
        first.bias.copy_(torch.tensor(STARTS[1]))
        second.weight.copy_(torch.tensor(OUTPUT).T)
    model = torch.nn.Sequential(first, norms[0], torch.nn.Tanh(), second, norms[1])
    torch.optim.swa_utils.update_bn(list(ROWS.split(4)), model)
    return [{"mean": flat([norm.running_mean]), "variance": flat([norm.running_var])} for norm in norms]


trajectories = {
    "torch EMA": torch_ema(),
    "torch SWA": torch_swa(),
    "optax debiased EMA": optax_debiased(),
    "Keras EMA": keras_ema(),
    **{f"Lookahead, {kind}": lookahead(kind) for kind in ("none", "pullback", "reset")},
}
versions = f"torch {torch.__version__.split('+')[0]}, optax {optax.__version__}, Keras {keras.__version__}"
path = pathlib.Path(__file__).with_name("averages.json")
golden = {"source": versions, "trajectories": trajectories, "updateBatchNorm": update_bn()}
path.write_text(json.dumps(golden, separators=(",", ":")) + "\n")
