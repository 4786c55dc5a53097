# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Records of the measurements, in ``records/``.

``steps.csv`` has a row for each variant of a measurement of training steps, ``ratios.csv`` one for each pair of its
variants; ``losses.csv``, ``scaling.csv`` and ``data.csv`` are the other measurements of performance.py.
"""
from pathlib import Path

from benchmarks.csv_rows import integers, locked, read_rows, write_rows

RECORDS = Path(__file__).parent / 'records'
TABLES = ('losses', 'scaling', 'data')


def boolean(text: str) -> bool:
    return text == 'True'


def floats(text: str) -> list[float]:
    return [float(number) for number in text.split()]


MEASUREMENT = dict(measurement=str, command=str, rounds=int, threads=int)
STEP = dict(config=str, limit=boolean, images=integers, size=integers, parameters=int, torch=str, device=str,
            seconds=float, quartiles=floats, data_seconds=float, flops=int, memory_mib=float, process_mib=float,
            ratio=float)
RATIO = dict(measurement=str, config=str, other=str, time=float, cpu=float, memory=float)
OTHER = dict(config=str, classes=int, size=int, workers=int, cached=boolean)


def read_steps(folder: Path = RECORDS) -> dict[str, dict]:
    """Measurements of steps by name, each with ``command``, ``rounds``, ``threads`` and its ``steps``.

    A step has ``ratios``: time, processor time and memory relative to each other variant, by the other's config.
    """
    found: dict[str, dict] = {}
    for row in read_rows(folder / 'steps.csv', MEASUREMENT | STEP):
        measured = {key: row.pop(key) for key in MEASUREMENT}
        found.setdefault(measured.pop('measurement'), dict(measured, steps=[]))['steps'].append(dict(row, ratios={}))
    for row in read_rows(folder / 'ratios.csv', RATIO):
        steps = found[row.pop('measurement')]['steps']
        config, other = row.pop('config'), row.pop('other')
        next(step for step in steps if step['config'] == config)['ratios'][other] = row
    return found


def write_steps(measurements: dict[str, dict], folder: Path = RECORDS) -> None:
    """Write all measurements of steps in place of the two files."""
    steps, ratios = [], []
    for name, measured in measurements.items():
        head = dict(measured, measurement=name)
        for step in head.pop('steps'):
            row = head | step
            pairs = row.pop('ratios')
            steps.append(row)
            ratios += [dict(pair, measurement=name, config=step['config'], other=other)
                       for other, pair in pairs.items()]
    write_rows(folder / 'steps.csv', steps, [*MEASUREMENT, *STEP])
    write_rows(folder / 'ratios.csv', ratios, [*RATIO])


def record_steps(name: str, measured: dict, folder: Path = RECORDS) -> None:
    """Record a measurement of steps in place of an earlier one of its name."""
    with locked(folder):
        write_steps(read_steps(folder) | {name: measured}, folder)


def read_table(name: str, folder: Path = RECORDS) -> list[dict]:
    """Rows of another measurement, one of ``TABLES``; none if it has no record."""
    return read_rows(folder / f'{name}.csv', OTHER)


def write_table(name: str, rows: list[dict], folder: Path = RECORDS) -> None:
    write_rows(folder / f'{name}.csv', rows, [*rows[0]])


def step_costs(folder: Path = RECORDS) -> dict[str, float]:
    """Processor time of a step by config, relative to the supervised step on the labeled images alone.

    The processor's clock, because other programs on the machine disturb it less than the one on the wall.
    """
    found = {}
    for name, measured in sorted(read_steps(folder).items()):
        if name.startswith('results_') or name.endswith('peers_unet_128'):
            steps = [step for step in measured['steps'] if ',' not in step['config']]
            supervised = next(step['config'] for step in steps if step['config'].startswith('supervised/'))
            found |= {step['config']: step['ratios'].get(supervised, dict(cpu=1.))['cpu'] for step in steps}
    return found
