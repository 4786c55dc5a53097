# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The table of trainings in float32 and in bfloat16 pairs them by seed."""
from benchmarks.cost.fast_accuracy import COLUMNS, RECORD, RUNS, table
from benchmarks.csv_rows import write_rows


def test_pairs_by_seed(tmp_path):
    config, (_, iters, _) = next(iter(RUNS.items()))
    rows = [dict(config=config, iters=iters, seed=seed, fast=fast, mIoU=score, seconds_per_step=1.)
            for seed, fast, score in ((0, False, 80.), (1, False, 82.), (0, True, 81.), (1, True, 82.), (2, True, 9.))]
    write_rows(tmp_path / RECORD, rows, COLUMNS)
    assert table(tmp_path)[2:] == [f'| `{config}` | {iters} | 2 | 81.00 ± 1.41 | 81.50 ± 0.71 | +0.50 ± 0.71 |']
