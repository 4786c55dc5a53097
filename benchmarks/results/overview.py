# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The first table of docs/results.md, every method on every data set, and the small one of README.md."""
from dataclasses import dataclass

from benchmarks.pages import markdown_table
from benchmarks.results.seeds import Runs, gain, spread, values
from benchmarks.results.table_list import ALL, CAMVID, DOUBLE, FUSION, OURS, PEERS, TOYCELLS, WBC

ROWS = (('supervised', 'supervised'), ('double', DOUBLE), ('entmin/{}', f'**{OURS}**'),
        ('entmin_plus/{}', f'**{FUSION}**'), *PEERS, ('all', ALL))


@dataclass(frozen=True)
class Setting:
    """Runs of one data set and length.

    Attributes:
        title: heading in the first table.
        stem: last part of the methods' run ids.
        supervised, ceiling: run ids with few and with all labels.
        split: see chosen_images.py.
        short: name in the table of README.md; default: not in it.
    """

    title: str
    stem: str
    supervised: str
    ceiling: str
    split: str = 'test'
    short: str = ''

    def run(self, template: str) -> str:
        special = dict(supervised=self.supervised, double=f'{self.supervised}_double', all=self.ceiling)
        return special.get(template) or template.format(self.stem)

    def cell(self, template: str, results: dict[tuple[str, str], Runs]) -> str:
        """mIoU of the supervised training, or a row's gain over it; empty where it was not run."""
        runs, baseline = (results.get((self.run(name), self.split)) for name in (template, 'supervised'))
        if not runs or not baseline:
            return ''
        return spread(values(runs)) if runs is baseline else gain(runs, baseline)


SETTINGS = (
    Setting('blood cells', WBC, f'supervised/{WBC}_augmented', 'supervised/unet_wbc_all_augmented',
            short='blood cells, 15 of 150'),
    Setting('blood cells, 3,000 iterations', f'{WBC}_3k', f'supervised/{WBC}_augmented_3k',
            'supervised/unet_wbc_all_augmented_3k', short='the same, 5 times as long'),
    Setting('CamVid', CAMVID, f'supervised/{CAMVID}', 'supervised/deeplabv2_camvid_all', short='CamVid, 46 of 367'),
    Setting('CamVid, 3,000 iterations', f'{CAMVID}_3k', f'supervised/{CAMVID}_3k',
            'supervised/deeplabv2_camvid_all_3k', short='the same, 3 times as long'),
    Setting('generated cells', TOYCELLS, f'supervised/{TOYCELLS}', 'supervised/unet_toycells_all'),
    Setting('three other sets of these', TOYCELLS, f'supervised/{TOYCELLS}', 'supervised/unet_toycells_all', 'sets',
            short='generated cells, 20 of 200, three sets'))


def overview(results: dict[tuple[str, str], Runs], costs: dict[str, float]) -> list[str]:
    """A row a method, a column a setting; settings without a baseline and rows without a cell are left out."""
    settings = [setting for setting in SETTINGS if (setting.supervised, setting.split) in results]
    rows = []
    for template, label in ROWS:
        found = [setting.cell(template, results) for setting in settings]
        cost = [costs.get(setting.run(template)) for setting in SETTINGS if setting.stem in (WBC, CAMVID)]
        if any(found):
            rows.append([label, *found, ', '.join(f'× {ratio:.2f}' for ratio in cost if ratio)])
    return markdown_table(['', *(setting.title for setting in settings), 'cost of a step'], rows)


def readme_table(results: dict[tuple[str, str], Runs]) -> list[str]:
    """A row a setting, and a column each for the methods that README.md is about."""
    columns = {'supervised': 'supervised', 'entmin/{}': OURS, 'entmin_plus/{}': 'with consistency',
               'double': 'twice the labeled images a step', 'all': 'all labels'}
    return markdown_table(['data, labeled images', *columns.values()], [
        [setting.short, *(setting.cell(template, results) for template in columns)]
        for setting in SETTINGS if setting.short and (setting.supervised, setting.split) in results])
