# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Fills in the table of docs/rare_classes.md from the records: ``python -m benchmarks.rare.tables``."""
import statistics
from collections.abc import Sequence

from benchmarks.csv_rows import read_rows
from benchmarks.pages import ROOT, fill, markdown_table
from benchmarks.rare import averages
from benchmarks.rare.trial import FOLD_RECORDS, KINDS, RECORDS
from benchmarks.rare.variants import DATA, METHODS, VARIANTS

PAGE = ROOT / 'docs' / 'rare_classes.md'
TABLES = {'rare/trial': RECORDS, 'rare/folds': FOLD_RECORDS}
RECIPES = dict(
    without="`--no-rare-classes`: the base's 48 pixels", plain='sizes of the project alone',
    crops='sizes, half of the crops around a rare pixel',
    dice='sizes, soft Dice', project='**project**: sizes, crops, soft Dice, averaged weights',
    median10_crops='sizes, crops, weights by median frequency, at most 10',
    median3_crops='the same, at most 3', effective10_crops='sizes, crops, weights by effective number, at most 10',
    last='project, weights of the last step',
    double='weights of the last step, images of twice the size', half='project, images of half the size',
    other_orientation='project, turned if it is upright and upright if turned')
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
    """The lines of a table, a row for each recipe, method and length; `name` is one of ``TABLES``."""
    records, rows = read_rows(TABLES[name], KINDS), []
    order = [(variant, method, steps) for variant in VARIANTS for method in METHODS
             for steps in sorted({record['steps'] for record in records})]
    for key in order:
        found = [record for record in records if (record['variant'], record['method'], record['steps']) == key]
        if found:
            of_data = [[record for record in found if record['data'] == data] for data in DATA]
            rows.append([RECIPES[key[0]], NAMES[key[1]], *(
                ', '.join(text) for text in zip(*([str(part[0]['iters']), str(len(part))] if part else ['–', '0']
                                                  for part in of_data))), *(
                spread([record[score] for record in found if record['data'] == data]) for data, score, _ in COLUMNS),
                spread([record['cpu_minutes'] for record in found])])
    titles = [title for *_, title in COLUMNS]
    return markdown_table(['recipe', 'method', 'steps', 'seeds', *titles, 'CPU minutes'], rows)


if __name__ == '__main__':
    fill(PAGE, lambda name: averages.lines() if name == 'rare/averages' else lines(name))
