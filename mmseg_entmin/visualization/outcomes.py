# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Where one method is right and another is not."""
import numpy as np

# In the order of the numbers in an outcome map; distinct for color-blind readers too, and in gray.
OUTCOMES = {
    'both right': (229, 229, 229),
    'fixed': (0, 114, 178),
    'broken': (230, 120, 0),
    'both wrong': (70, 70, 70)
}
FIXED, BROKEN = 1, 2
IGNORE_INDEX = 255


def outcome_map(prediction: np.ndarray, baseline: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Compares two label maps (H, W) with the true labels (H, W), in which 255 is ignored.

    Returns uint8, (H, W); 0: both are right, 1: only the prediction, 2: only the baseline, 3: neither, 255: ignored.
    """
    outcome = (baseline != truth) + 2 * (prediction != truth).astype(np.uint8)
    return np.where(truth == IGNORE_INDEX, IGNORE_INDEX, outcome).astype(np.uint8)


def share(outcome: np.ndarray, kind: int) -> float:
    """Percentage of the pixels with this outcome; ignored pixels do not count."""
    known = outcome != IGNORE_INDEX
    return 100 * float((outcome[known] == kind).mean()) if known.any() else 0.
