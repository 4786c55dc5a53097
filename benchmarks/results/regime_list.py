# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The regimes of the first table of docs/results.md: where unlabeled images are expected to matter."""
from benchmarks.results.regimes import Regime
from benchmarks.results.table import rows
from benchmarks.results.table_list import ALL, DOUBLE, FUSION, OURS, WBC

STAINS, DUSK = 'unet_toystains_1-10', 'deeplabv2_camvid_1-8_small'
# Of the unlabeled images.
COLORS, STATISTICS, BOTH = 'colors', 'statistics', 'colors and statistics'
# Masks of one laboratory, and unlabeled and evaluated images of another.
OTHER_SOURCE = (
    ('supervised/{}_recolored', f'supervised, {COLORS}'),
    ('entmin/ablation/{}_other-control', f'control: {STATISTICS}, no unsupervised loss'),
    ('entmin/ablation/{}_other-both', f'{OURS}, lambda 1, statistics of all'),
    ('entmin/ablation/{}_other-lambda-1', f'{OURS}, lambda 1, {STATISTICS}'),
    ('entmin/ablation/{}_other-recolored', f'{OURS}, lambda 1, {BOTH}'),
    ('entmin/ablation/{}_recolored-control', f'control: {COLORS}, no unsupervised loss'),
    ('entmin/ablation/{}_recolored', f'{OURS}, {COLORS}'),
    ('entmin_plus/ablation/{}_other', f'{FUSION}, {STATISTICS}'),
    ('entmin_plus/ablation/{}_other-recolored', f'{FUSION}, {BOTH}'),
    ('entmin_plus/ablation/{}_recolored', f'{FUSION}, {COLORS}'),
    ('fixmatch/ablation/{}_reflect', 'FixMatch'),
    ('unimatch/ablation/{}_reflect', 'UniMatch'))
OTHER_LIGHT = (
    ('supervised/{}_recolored', f'supervised, {COLORS}'),
    ('entmin/ablation/{}-own-colors', f'{OURS}, {STATISTICS}'),
    ('entmin/ablation/{}-other-source', f'{OURS}, {BOTH}'),
    ('entmin/ablation/{}-control', f'control: {COLORS}, no unsupervised loss'),
    ('entmin/ablation/{}-recolored', f'{OURS}, {COLORS}'),
    ('entmin_plus/ablation/{}-other-source', f'{FUSION}, {BOTH}'),
    ('entmin_plus/ablation/{}-recolored', f'{FUSION}, {COLORS}'))
OTHER_STAIN = (
    ('supervised/{}_recolored', f'supervised, {COLORS}'),
    ('entmin/ablation/{}_own-colors', OURS),
    ('entmin/ablation/{}_lambda-1', f'{OURS}, lambda 1, {BOTH}'),
    ('entmin/ablation/{}_control', f'control: {COLORS}, no unsupervised loss'),
    ('entmin/{}', f'{OURS}, {COLORS}'),
    ('entmin_plus/ablation/{}_fused', f'{FUSION}, {COLORS}'))
FEW_MASKS = (('entmin/{}', OURS), ('entmin_plus/{}', FUSION))
FEWER_MASKS = (('entmin/ablation/{}', OURS), ('entmin_plus/ablation/{}', FUSION))


def scenes(title: str, share: str) -> Regime:
    """Very few masks of street scenes."""
    stem = f'deeplabv2_camvid_{share}'
    return Regime(title, 'draws', (f'supervised/{stem}', 'supervised'), (f'supervised/{stem}_double', DOUBLE),
                  rows(FEWER_MASKS, stem))


def cells(title: str, split: str, methods: tuple, stem: str = WBC, ceiling: str | None = None) -> Regime:
    """A regime of the blood cells, all rows with the same augmentation."""
    return Regime(title, split, (f'supervised/{stem}_augmented', 'supervised'),
                  (f'supervised/{stem}_augmented_double', DOUBLE), rows(methods, stem), ceiling and (ceiling, ALL))


def other_light(title: str, split: str) -> Regime:
    """Street scenes of another time of day than the masks."""
    return Regime(title, split, (f'supervised/{DUSK}', 'supervised'), (f'supervised/{DUSK}_double', DOUBLE),
                  rows(OTHER_LIGHT, DUSK), ('supervised/deeplabv2_camvid_all_small', ALL))


REGIMES = (
    cells('cells of another laboratory', 'laboratory', OTHER_SOURCE, ceiling='supervised/unet_wbc_all_augmented'),
    cells('the way back', 'back', OTHER_SOURCE, ceiling='supervised/unet_wbc_all_augmented'),
    cells('the way back, 5 masks', 'back5', OTHER_SOURCE, ceiling='supervised/unet_wbc_all_augmented'),
    other_light('street scenes at dusk, masks by day', 'dusk'),
    other_light('street scenes by day, masks at dusk', 'dawn'),
    Regime('generated cells with another stain', 'stains', (f'supervised/{STAINS}', 'supervised'),
           (f'supervised/{STAINS}_double', DOUBLE), rows(OTHER_STAIN, STAINS), ('supervised/unet_toystains_all', ALL)),
    cells('5 of 150 masks', 'draws', FEWER_MASKS, 'unet_wbc_1-30'),
    cells('8 of 150 masks', 'draws', FEW_MASKS, 'unet_wbc_1-20'),
    cells('15 of 150 masks', 'draws', FEW_MASKS),
    scenes('street scenes, 6 of 367 masks', '1-60'),
    scenes('street scenes, 12 of 367 masks', '1-30'))
