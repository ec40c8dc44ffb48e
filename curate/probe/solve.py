"""weighed features and classes -> the weights of a regularised multinomial logistic regression, and a temperature"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize, minimize_scalar
from scipy.special import logsumexp

STEPS = 1_000
TEMPERATURES = (0.05, 20.0)


@dataclass(frozen=True, eq=False, kw_only=True)
class Linear:
    weights: np.ndarray  # float64 (classes, width)
    bias: np.ndarray  # float64 (classes,)


def solve(
    z: np.ndarray, truth: np.ndarray, weights: np.ndarray, classes: int, penalty: float, *, start: Linear | None = None,
    tolerance: float = 1e-5,
) -> Linear:  # fmt: skip
    """The minimum of sum(w_i * -log p_i) + penalty / 2 * |weights|^2 by L-BFGS; the bias is free, and made to sum to 0.
    `z` float (n, width), `truth` int (n,) below `classes`, `weights` float (n,) that sum to 1. `tolerance` is of the gradient."""
    n, width = z.shape
    rows = np.arange(n)

    def loss(flat: np.ndarray) -> tuple[float, np.ndarray]:
        matrix = flat.reshape(classes, width + 1)
        logits = (z @ matrix[:, :-1].T.astype(z.dtype)).astype(np.float64) + matrix[:, -1]
        whole = logsumexp(logits, axis=1)
        wrong = np.exp(logits - whole[:, None])
        wrong[rows, truth] -= 1
        wrong *= weights[:, None]
        slope = np.empty_like(matrix)
        slope[:, :-1] = wrong.T.astype(z.dtype) @ z + penalty * matrix[:, :-1]
        slope[:, -1] = wrong.sum(axis=0)
        value = weights @ (whole - logits[rows, truth]) + penalty / 2 * (matrix[:, :-1] ** 2).sum()
        return float(value), slope.ravel()

    begin = np.zeros((classes, width + 1)) if start is None else np.column_stack([start.weights, start.bias])
    options = {"maxiter": STEPS, "maxfun": 2 * STEPS, "gtol": tolerance, "ftol": tolerance * 1e-5, "maxcor": 20}
    found = minimize(loss, begin.ravel(), jac=True, method="L-BFGS-B", options=options).x.reshape(classes, width + 1)
    return Linear(weights=found[:, :-1], bias=found[:, -1] - found[:, -1].mean())


def nll(logits: np.ndarray, truth: np.ndarray, temperature: float = 1.0) -> np.ndarray:
    """-log of the probability of the truth: (n,). A logit of -inf is a class that cannot be."""
    scaled = logits / temperature
    return np.asarray(logsumexp(scaled, axis=1) - scaled[np.arange(len(scaled)), truth])


def temperature_of(logits: np.ndarray, truth: np.ndarray, weights: np.ndarray) -> float:
    """What logits that were not learnt from are best divided by (Guo et al. 2017, section 4.2): the least weighed NLL, within
    TEMPERATURES, to 6 digits. The NLL has one minimum in 1/temperature."""

    def loss(log_temperature: float) -> float:
        return float(weights @ nll(logits, truth, float(np.exp(log_temperature))))

    low, high = np.log(TEMPERATURES)
    found = minimize_scalar(loss, bounds=(low, high), method="bounded", options={"xatol": 1e-7})
    return float(f"{np.exp(found.x):.6g}")
