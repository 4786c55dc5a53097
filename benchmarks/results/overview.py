# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The first table of docs/results.md: every method on every data set, in one look."""
from dataclasses import dataclass

from benchmarks.results.results import Runs, gain, spread, values
from benchmarks.results.sections import CAMVID, WBC
from benchmarks.results.table_rows import DOUBLE, METHODS

TEXT = '''## In one look

mIoU of supervised training, and what each method adds to it with the same masks, augmentation and steps; the last row
is what all labels would add. The cost is that of a step on blood cells, then on CamVid, beside a plain supervised one.
A gain is bold where its p is under 0.05: among so many, one or two are by chance. An empty cell was not run. On CamVid
at 3,000 iterations the fusion pastes classes of labeled images too, which may be most of its gain, and twice the images
have two seeds. Every figure has its section.
'''
TOYCELLS = 'unet_toycells_1-10'
ROWS = (('supervised/{}', 'supervised'), ('double', DOUBLE), ('entmin/{}', '**entropy minimization**'),
        ('entmin_plus/{}', '**entropy minimization + consistency**'),
        *METHODS, ('all', 'supervised, all labels'))


@dataclass(frozen=True)
class Column:
    """Runs of one data set and length.

    Attributes:
        title: heading.
        stem: of the methods' configs.
        supervised, ceiling: configs with few and with all labels.
        split: see chosen_images.py.
    """

    title: str
    stem: str
    supervised: str
    ceiling: str
    split: str = 'test'

    def config(self, template: str) -> str:
        special = {'supervised/{}': self.supervised, 'double': f'{self.supervised}_double', 'all': self.ceiling}
        return special.get(template) or template.format(self.stem)

    def cell(self, template: str, results: dict[tuple[str, str], Runs]) -> str:
        """mIoU of the supervised training, or a row's gain over it; empty where there is none."""
        runs, baseline = (results.get((self.config(name), self.split)) for name in (template, 'supervised/{}'))
        if not runs or not baseline:
            return ''
        return spread(values(runs)) if runs is baseline else gain(runs, baseline)


COLUMNS = (
    Column('blood cells', WBC, f'supervised/{WBC}_augmented', 'supervised/unet_wbc_all_augmented'),
    Column('blood cells, 3,000 iterations', f'{WBC}_3k', f'supervised/{WBC}_augmented_3k',
           'supervised/unet_wbc_all_augmented_3k'),
    Column('CamVid', CAMVID, f'supervised/{CAMVID}', 'supervised/deeplabv2_camvid_all'),
    Column('CamVid, 3,000 iterations', f'{CAMVID}_3k', f'supervised/{CAMVID}_3k',
           'supervised/deeplabv2_camvid_all_3k'),
    Column('generated cells', TOYCELLS, f'supervised/{TOYCELLS}', 'supervised/unet_toycells_all'),
    Column('three other sets of these', TOYCELLS, f'supervised/{TOYCELLS}', 'supervised/unet_toycells_all', 'sets'))


def write_overview(results: dict[tuple[str, str], Runs], costs: dict[str, float]) -> list[str]:
    """Lines of the table: a row a method; columns without a baseline are left out, and so are rows without a cell."""
    known = [column for column in COLUMNS if (column.supervised, column.split) in results]
    lines = []
    for template, name in ROWS:
        cells = [column.cell(template, results) for column in known]
        cost = [costs.get(column.config(template)) for column in COLUMNS if column.stem in (WBC, CAMVID)]
        if any(cells):
            lines.append(f'| {name} | ' + ' | '.join(cells) + ' | '
                         + ', '.join(f'× {ratio:.2f}' for ratio in cost if ratio) + ' |')
    if len(lines) < 2:
        return []
    titles = [column.title for column in known]
    return [TEXT, '| | ' + ' | '.join(titles) + ' | cost of a step |', '|---|' + '---|' * (len(titles) + 1), *lines, '']
