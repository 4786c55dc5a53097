# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Options for unlabeled images, and images to predict, of another source than the masks: another microscope, camera or
place. docs/results.md compares them."""
from collections.abc import Sequence

from mmseg_entmin.walk import dicts, plain, type_name

from .unlabeled_dataset import needs_annotations

# Of the model: the test uses the batch-norm statistics of the labeled images, half of which have the colors of the
# images that are predicted. Those of the unlabeled images, which the supervised loss does not see, lost on cells.
MODEL = dict(running_statistics='labeled')
# Of the labeled pipeline: half of the images are learned in the colors of an unlabeled one.
COLORS = dict(type='ColorTransfer', prob=0.5)


def in_other_colors(labeled: dict, model: dict) -> dict:
    """The labeled dataset, wrapped or not, with `COLORS` behind the loading of its images and masks.

    It stays as it is if it transfers colors already, or if the model takes images without three channels.
    """
    labeled = plain(labeled)
    mean = (model.get('data_preprocessor') or {}).get('mean') or (0, 0, 0)
    if len(mean) == 3:
        for dataset in dicts(labeled):
            if isinstance(dataset.get('pipeline'), (list, tuple)):
                dataset['pipeline'] = with_colors(dataset['pipeline'])
    return labeled


def with_colors(pipeline: Sequence[dict]) -> Sequence[dict]:
    """A pipeline with `COLORS` behind the loading of masks; without such a step it stays as it is."""
    loads = [place for place, step in enumerate(pipeline) if needs_annotations(step)]
    if not loads or any(type_name(step) == COLORS['type'] for step in dicts(pipeline)):
        return pipeline
    return [*pipeline[:loads[0] + 1], dict(COLORS), *pipeline[loads[0] + 1:]]
