# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Reads the results of a training from its MMEngine work dir."""
import json
import re
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from mmengine.config import Config

from mmseg_entmin.engine.checkpoints.checkpoint_file import saved_checkpoints
from mmseg_entmin.errors import reason
from mmseg_entmin.evaluation.never_predicted import last_noted

Records = list[dict[str, float]]
CLASS_TABLE = re.compile(r'^\| +Class +\|', re.MULTILINE)  # padded to the longest name
CHECKPOINT = re.compile(r'(?:iter|epoch)_(\d+)\.pth')
ENVIRONMENT = ('Python', 'CUDA available', 'GPU 0', 'CUDA_HOME', 'NVCC', 'PyTorch', 'TorchVision', 'OpenCV', 'MMEngine',
               'seed', 'Distributed launcher', 'GPU number')


@dataclass
class Run:
    """One training, finished or not."""

    path: Path  # the work dir
    name: str
    config: Config  # as the training wrote it
    train: Records  # by step; where a resumed run repeated steps, its own
    val: Records  # the metrics of each validation, by step
    classes: dict[str, dict[str, float]]  # metrics of the last validation in percent; empty without a table in the log
    environment: dict[str, str]  # versions and hardware, from the log
    checkpoint: Path | None  # the last one
    never_predicted: str = ''  # what the log notes last, like 'crack is never predicted'

    @property
    def seed(self) -> int | None:
        return (self.config.get('randomness') or {}).get('seed')

    @property
    def unit(self) -> str:
        return 'epoch' if (self.config.get('train_cfg') or {}).get('max_epochs') else 'iteration'

    @property
    def length(self) -> int | None:
        """Iterations or epochs of the whole training."""
        train_cfg = self.config.get('train_cfg') or {}
        return train_cfg.get('max_epochs') or train_cfg.get('max_iters')

    @property
    def done(self) -> int:
        """Iterations or epochs that the log (an epoch: once the next one started) or a checkpoint shows as done."""
        logged = [record.get('epoch', 1) - 1 if self.unit == 'epoch' else record['step'] for record in self.train]
        saved = CHECKPOINT.fullmatch(self.checkpoint.name) if self.checkpoint else None
        return int(max([*logged, int(saved.group(1)) if saved else 0]))

    @property
    def state(self) -> str:
        """Progress in words."""
        return f"{self.done}{'' if self.length is None else f' of {self.length}'} {self.unit}s"

    @property
    def is_finished(self) -> bool:
        return self.length is None or self.done >= self.length


def read_run(path: Path) -> Run:
    """Reads a work dir of this package's tools or of mmseg's, finished or not, resumed or not.

    Raises FileNotFoundError without the folder or a config in it, and ValueError if the config cannot be read.
    """
    if not path.is_dir():
        raise FileNotFoundError(f"work dir '{path}' does not exist (current folder: {Path.cwd()})")
    starts = sorted({file.parent for pattern in ('*/vis_data', '*/*.log') for file in path.glob(pattern)})
    train, val, trained = [], [], []
    for start in starts:
        steps, metrics = split_records(read_lines(start / 'vis_data' / 'scalars.json'))
        if steps or any(record['step'] for record in metrics):  # a test has step 0
            # a resumed run repeats steps that the interrupted run logged
            trained.append(start)
            train = [record for record in train if not steps or record['step'] < steps[0]['step']] + steps
            again = min(rows[0]['step'] for rows in (steps, metrics) if rows)
            val = [record for record in val if record['step'] < again] + metrics
    configs = [start / 'vis_data' / 'config.py' for start in reversed(trained or starts)] + sorted(path.glob('*.py'))
    config = next((file for file in configs if file.is_file()), None)
    if config is None:
        raise FileNotFoundError(f"'{path}' is no work dir of a training: it has no config, neither "
                                '<time>/vis_data/config.py nor *.py')
    try:
        read = Config.fromfile(config, import_custom_modules=False)
    except Exception as error:  # a config is a program
        raise ValueError(f"config '{config}' cannot be read: {reason(error)}") from error
    texts = [log.read_text(errors='replace') for start in trained or starts for log in sorted(start.glob('*.log'))]
    return Run(
        path, path.resolve().name, read, train, val,
        classes=next(filter(None, map(class_table, reversed(texts))), {}),
        environment=environment(texts[-1]) if texts else {},
        checkpoint=next(iter(saved_checkpoints(path)), None),
        never_predicted=last_noted('\n'.join(texts)))


def read_lines(path: Path) -> Records:
    """The records of a file of JSON lines, without those that a killed run left incomplete."""
    records = []
    for line in path.read_text().splitlines() if path.is_file() else []:
        with suppress(json.JSONDecodeError):
            records.append(json.loads(line))
    return records


def split_records(records: Records) -> tuple[Records, Records]:
    """The records of training steps, and those of validations."""
    plain = [{key.split('/', 1)[-1]: value for key, value in record.items()} for record in records]
    plain = [record for record in plain if 'step' in record]
    return [record for record in plain if 'iter' in record], [record for record in plain if 'iter' not in record]


def class_table(text: str) -> dict[str, dict[str, float]]:
    """The last table "per class results" of mmseg's IoUMetric in a log, by class and metric; empty without one."""
    heads, lines = [*CLASS_TABLE.finditer(text)], []
    if not heads:
        return {}
    for line in text[heads[-1].start():].splitlines():
        if not line.startswith(('|', '+')):
            break
        if line.startswith('|'):
            lines.append([cell.strip() for cell in line.strip('|').split('|')])
    return {row[0]: {name: float(cell) for name, cell in zip(lines[0][1:], row[1:])} for row in lines[1:]}


def environment(text: str) -> dict[str, str]:
    """Versions and hardware from the head of a log."""
    found = {}
    for line in text[:20000].splitlines():
        key, separator, value = line.strip().partition(': ')
        if separator and key in ENVIRONMENT:
            found.setdefault(key, value)
    return found
