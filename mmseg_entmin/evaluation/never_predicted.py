# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Names the classes that the masks show and the network never predicts, or almost never."""
import logging
import re
from collections.abc import Sequence

from mmengine.logging import print_log
from torch import Tensor

ALMOST = 0.01  # predicted pixels over true pixels below which a class is almost never predicted
REMEDY = ('train on larger images if it is thin (new-project --size), crop around it (RareClassCrop), weigh it up '
          '(ClassDiceLoss), or train longer; docs/rare_classes.md has the recipe')
NONE = 'every class of the masks is predicted now'
LINE = re.compile(rf'(?:WARNING|INFO) - (?:(?P<text>[^\n]+? never predicted) \(|{NONE})')


class NeverPredicted:
    """Logs a line whenever the classes change that are never predicted: in a training, once."""

    def __init__(self) -> None:
        self.text = ''

    def note(self, classes: Sequence[str], predicted: Tensor, true: Tensor) -> None:
        """Reads the pixels of each class in the predictions and in the masks, each (C, ), of all images."""
        missed = [label for label in range(len(classes)) if predicted[label] < ALMOST * true[label]]
        never, almost = ([classes[label] for label in missed if (predicted[label] == 0) == none]
                         for none in (True, False))
        text = '; '.join(f"{', '.join(names)} {'is' if len(names) == 1 else 'are'} {how}never predicted"
                         for names, how in ((never, ''), (almost, 'almost ')) if names)
        if text == self.text:
            return
        self.text = text
        if not text:
            print_log(NONE, logger='current')
            return
        shares = ', '.join(f'{classes[label]} {100 * float(true[label]) / float(true.sum()):.2g} %' for label in missed)
        print_log(f'{text} (share of the masks: {shares}): {REMEDY}', logger='current', level=logging.WARNING)


def last_noted(log: str) -> str:
    """What a log notes last, like 'crack is never predicted'; an empty text if all classes are predicted."""
    found = list(LINE.finditer(log))
    return (found[-1]['text'] or '') if found else ''
