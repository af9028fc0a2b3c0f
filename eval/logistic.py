"""Logistic regression by Newton's method: small tables, few weights."""

from __future__ import annotations

import numpy as np

_STEPS = 50  # it stands still long before
_BIAS_RIDGE = 1e-9  # nearly none: only so that the system can be solved


def logistic(table: np.ndarray, truth: np.ndarray, worth: np.ndarray, ridge: float) -> np.ndarray:
    """Weights (features + 1,), the bias last, that minimise the loss of `truth` (n,), 1 or 0, each row weighing `worth` (n,), plus `ridge` on the weights squared, halved."""
    table = np.column_stack([table, np.ones(len(table))]).astype(np.float64)
    held = np.append(np.full(table.shape[1] - 1, ridge), _BIAS_RIDGE)
    weight = np.zeros(table.shape[1])
    for _ in range(_STEPS):
        guess = 1 / (1 + np.exp(-np.clip(table @ weight, -30, 30)))
        slope = table.T @ (worth * (guess - truth)) + held * weight
        curve = (table * (worth * guess * (1 - guess))[:, None]).T @ table + np.diag(held)
        weight = weight - np.linalg.solve(curve, slope)
    return weight
