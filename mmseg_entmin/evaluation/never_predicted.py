# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Names the classes that the masks show and the network never predicts."""
import logging
import re
from collections.abc import Sequence

from mmengine.logging import print_log
from torch import Tensor

REMEDY = ('weigh it up (class_weight, ClassDiceLoss), crop around it (RareClassCrop), or train longer; '
          'docs/rare_classes.md has the recipe')
NONE = 'every class of the masks is predicted now'
LINE = re.compile(rf'(?:WARNING|INFO) - (?:(?P<names>[^\n]+?) (?:is|are) never predicted \(|{NONE})')


class NeverPredicted:
    """Logs a line whenever the classes change that are never predicted: in a training, once."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def note(self, classes: Sequence[str], predicted: Tensor, true: Tensor) -> None:
        """Reads the pixels of each class in the predictions and in the masks, each (C, ), of all images."""
        missed = [label for label in range(len(classes)) if true[label] > 0 and predicted[label] == 0]
        names = [classes[label] for label in missed]
        if names == self.names:
            return
        self.names = names
        if not names:
            print_log(NONE, logger='current')
            return
        shares = ', '.join(f'{100 * float(true[label]) / float(true.sum()):.2g} %' for label in missed)
        print_log(f"{', '.join(names)} {'is' if len(names) == 1 else 'are'} never predicted ({shares} of the pixels of "
                  f'the masks): {REMEDY}', logger='current', level=logging.WARNING)


def last_noted(log: str) -> str:
    """The classes that a log notes last, separated by commas; an empty text if there is none."""
    found = list(LINE.finditer(log))
    return (found[-1]['names'] or '') if found else ''
