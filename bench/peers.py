"""Takes Adam's steps in torch and optax, one thread each, when asked to.

Each line that is read is a request as JSON: {"peer", "shapes", "steps"}; each line that is written is the answer,
{"milliseconds"}. The first line that is written names the peers that this Python has: {"peers": {name: version}}.
A request {"forget": true} frees what was made for the requests before it.
"""

import json
import os
import sys
import time

os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
os.environ["NPROC"] = "1"
os.environ["JAX_PLATFORMS"] = "cpu"

import numpy as np


def arrays(shapes, seed):
    random = np.random.default_rng(seed)
    return [random.uniform(-1, 1, shape).astype(np.float32) for shape in shapes]


def torch_peer(variant):
    import torch

    torch.set_num_threads(1)

    def make(shapes):
        weights = [torch.tensor(value, requires_grad=True) for value in arrays(shapes, 0)]
        for weight, gradient in zip(weights, arrays(shapes, 1)):
            weight.grad = torch.tensor(gradient)
        adam = torch.optim.Adam(weights, lr=0.001, **{variant: True})

        def run(steps):
            for _ in range(steps):
                adam.step()

        return run

    return make, torch.__version__


def optax_peer():
    import jax
    import optax

    adam = optax.adam(0.001)

    def step(weights, state, gradients):
        updates, state = adam.update(gradients, state, weights)
        return optax.apply_updates(weights, updates), state

    compiled = jax.jit(step, donate_argnums=(0, 1))

    def make(shapes):
        weights = [jax.numpy.asarray(value) for value in arrays(shapes, 0)]
        gradients = [jax.numpy.asarray(value) for value in arrays(shapes, 1)]
        now = [weights, adam.init(weights)]

        def run(steps):
            for _ in range(steps):
                now[:] = compiled(now[0], now[1], gradients)
            jax.block_until_ready(now)

        return run

    return make, optax.__version__


def available():
    makers = {
        "torch, fused": lambda: torch_peer("fused"),
        "torch, foreach": lambda: torch_peer("foreach"),
        "optax under jit": optax_peer,
    }
    peers = {}
    for name, maker in makers.items():
        try:
            peers[name] = maker()
        except ImportError as error:
            print(f"{name} is not there: {error}", file=sys.stderr)
    return peers


def answer(value):
    print(json.dumps(value), flush=True)


def main():
    peers = available()
    answer({"peers": {name: version for name, (_, version) in peers.items()}})
    runs = {}
    for line in sys.stdin:
        request = json.loads(line)
        if request.get("forget"):
            runs.clear()
            continue
        key = json.dumps([request["peer"], request["shapes"]])
        if key not in runs:
            make, _ = peers[request["peer"]]
            runs[key] = make(request["shapes"])
        start = time.perf_counter()
        runs[key](request["steps"])
        answer({"milliseconds": (time.perf_counter() - start) * 1000})


main()
