# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Fills in the table of docs/rare_classes.md from the records: ``python -m benchmarks.rare.tables``."""
import statistics
from collections.abc import Sequence

from benchmarks.csv_rows import read_rows
from benchmarks.pages import ROOT, fill, markdown_table
from benchmarks.rare.trial import KINDS, RECORDS
from benchmarks.rare.variants import METHODS, VARIANTS

PAGE = ROOT / 'docs' / 'rare_classes.md'
RECIPES = dict(
    docs="resized to the base's 48 pixels", full='full size, crops of 96 pixels', ratio='`cat_max_ratio=0.95`',
    crops='half of the crops around a rare pixel', median10='weights by median frequency, at most 10',
    median50='weights by median frequency, at most 50', effective10='weights by effective number, at most 10',
    dice='soft Dice beside cross entropy', dice_crops='soft Dice and crops',
    dice_crops_double='the same, images of twice the size', dice_crops_turned='soft Dice and crops, turned any way',
    dice_crops_double_turned='the same, twice the size and turned any way',
    median10_crops='weights at most 10, and crops', median3_crops='weights at most 3, and crops',
    dice_median3_crops='soft Dice, weights at most 3, and crops')
NAMES = dict(
    supervised='supervised', entmin='`EntMin`', sharpening='`EntMin`, sharpening alone',
    consistency='`EntMinConsistency`', consistency_thresholds='the same, threshold 0.7 of the rare class',
    consistency_paste='the same, rare pixels pasted', consistency_both='the same, both')
COLUMNS = (('crackforest', 'IoU.1', 'crack IoU'), ('crackforest', 'TolerantF1.1', 'crack F1, 2 px'),
           ('crackforest', 'HD95.1', 'crack HD95, px'), ('cwfid', 'IoU.1', 'crop IoU'), ('cwfid', 'IoU.2', 'weed IoU'))


def spread(values: Sequence[float]) -> str:
    """Mean and standard deviation over seeds; a dash without a run."""
    if not values:
        return '–'
    mean = f'{statistics.mean(values):.1f}'
    return mean if len(values) == 1 else f'{mean} ± {statistics.stdev(values):.1f}'


def lines(name: str) -> list[str]:
    """The lines of the table ``rare/trial``, a row for each recipe, method and length."""
    if name != 'rare/trial':
        raise KeyError(name)
    records, rows = read_rows(RECORDS, KINDS), []
    order = [(variant, method, iters) for variant in VARIANTS for method in METHODS
             for iters in sorted({record['iters'] for record in records})]
    for key in order:
        found = [record for record in records if (record['variant'], record['method'], record['iters']) == key]
        if found:
            seeds = {data: sum(record['data'] == data for record in found) for data in ('crackforest', 'cwfid')}
            rows.append([RECIPES[key[0]], NAMES[key[1]], str(key[2]), ', '.join(map(str, seeds.values())), *(
                spread([record[score] for record in found if record['data'] == data]) for data, score, _ in COLUMNS),
                spread([record['cpu_minutes'] for record in found])])
    titles = [title for *_, title in COLUMNS]
    return markdown_table(['recipe', 'method', 'steps', 'seeds', *titles, 'CPU minutes'], rows)


if __name__ == '__main__':
    fill(PAGE, lines)
