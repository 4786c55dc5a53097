# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Records of the runs: ``records/<data set>.csv``, one row a run.

A record is a dictionary: the run's ``config`` (its id, which names its config), ``split`` (see chosen_images.py) and
``seed``, its lists of images, ``iterations``, ``metrics`` of the last checkpoint in percent, seconds, memory and sizes,
and the ``versions``, ``device`` and ``commit`` that it ran with. What was not measured is absent.
"""
from pathlib import Path

from benchmarks.csv_rows import integers, locked, read_rows, write_rows

RECORDS = Path(__file__).parent / 'records'
PACKAGES = ('torch', 'onedl-mmengine', 'onedl-mmsegmentation', 'numpy')
# Columns before and behind those of the metrics; every other column is a metric.
FIRST = dict(config=str, split=str, seed=int, labeled_list=str, labeled_indices=integers, test_list=str, iterations=int)
LAST = dict(seconds_per_iteration=float, parameters=int, multiply_adds=int, peak_memory_mib=int, device=str,
            **dict.fromkeys(PACKAGES, str), commit=str)


def data_set(config: str) -> str:
    """The part of a run's id that names its data: 'wbc' of 'supervised/unet_wbc_1-10'."""
    return config.split('/')[-1].split('_')[1]


def read(path: Path) -> list[dict]:
    """Records of one file."""
    records = []
    for row in read_rows(path, FIRST | LAST):
        versions = {package: row.pop(package) for package in PACKAGES if package in row}
        metrics = {key: row.pop(key) for key in [*row] if key not in FIRST and key not in LAST}
        records.append(dict(row, metrics=metrics, versions=versions))
    return records


def read_all(folder: Path = RECORDS) -> list[dict]:
    """Records of all data sets."""
    return [record for path in sorted(folder.glob('*.csv')) for record in read(path)]


def write(path: Path, records: list[dict]) -> None:
    """Write records in place of a file."""
    metrics = dict.fromkeys(name for record in records for name in record['metrics'])
    rows = [{key: value for key, value in record.items() if key not in ('metrics', 'versions')}
            | record['metrics'] | record.get('versions', {}) for record in records]
    write_rows(path, rows, [*FIRST, *metrics, *LAST])


def append(record: dict, folder: Path = RECORDS) -> None:
    """Add one run to the file of its data set; safe among threads and processes.

    Raises:
        ValueError: the run has a record already.
    """
    path = folder / f"{data_set(record['config'])}.csv"
    with locked(folder):
        records = read(path)
        if key_of(record) in map(key_of, records):
            raise ValueError(f'{path}: has a record of run {key_of(record)}; remove its row to record it again')
        write(path, [*records, record])


def key_of(record: dict) -> tuple[str, str, int]:
    """What tells runs apart: config, split, seed."""
    return record['config'], record['split'], record['seed']
