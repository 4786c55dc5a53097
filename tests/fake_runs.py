# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Trainings of a comparison that take no time: their result follows from the name of the run."""
import hashlib
import json
import os
import signal
from pathlib import Path

GAINS = dict(double=2., control=1., entmin=6., entmin_plus=-8.)


def score(name: str) -> float:
    """mIoU of a run: that of its method, of its fold, and a little of its own."""
    method = name.partition('_seed')[0]
    noise = int(hashlib.sha256(name.encode()).hexdigest()[:4], 16) / 2**16
    return round(60 + GAINS.get(method, 0.) + 3 * int(name[-1]) + noise, 2)


def train(config: str, folder: str, gpu: str | None = None) -> None:
    """Writes the result of a run. One with `broken` in its config ends with an error, one with `killed` by a signal,
    the first time only if it says `once`."""
    text, place = Path(config).read_text(), Path(folder)
    place.mkdir(parents=True, exist_ok=True)
    with open(place / 'starts', 'a') as file:
        file.write('1')
    if 'broken' in text:
        (place / 'output.log').write_text('a line\nerror: no such backbone\n')
        raise SystemExit(1)
    if 'killed' in text and not ('once' in text and len((place / 'starts').read_text()) > 1):
        os.kill(os.getpid(), signal.SIGKILL)
    name = Path(config).stem
    content = {'state': 'done', 'mIoU': score(name), 'IoU.cell': score(name) - 10, 'seconds_per_step': 0.01,
               'memory_mib': 100, 'seconds': 1., 'cpu_seconds': 1.}
    (place / 'result.json').write_text(json.dumps(content))
