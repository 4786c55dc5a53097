# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Where one method is right and another is not."""
import numpy as np

# In the order of the numbers in an outcome map; told apart by colour-blind eyes too, and in grey.
OUTCOMES = {
    'both right': (229, 229, 229),
    'fixed': (0, 114, 178),
    'broken': (230, 120, 0),
    'both wrong': (70, 70, 70)
}
FIXED, BROKEN = 1, 2
VOID = 255


def outcome_map(prediction: np.ndarray, baseline: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """0: both are right, 1: only the prediction is, 2: only the baseline is, 3: neither, 255: no truth.

    Args:
        prediction: labels, (H, W).
        baseline: labels, (H, W).
        truth: labels, (H, W), 255 where there is none.

    Returns:
        uint8, (H, W).
    """
    outcome = (baseline != truth) + 2 * (prediction != truth).astype(np.uint8)
    return np.where(truth == VOID, np.uint8(VOID), outcome.astype(np.uint8))


def share(outcome: np.ndarray, kind: int) -> float:
    """Percentage of the pixels with a truth that have this outcome."""
    known = outcome != VOID
    return 100 * float((outcome[known] == kind).mean()) if known.any() else 0.
