# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The regimes of the first table of docs/results.md: where unlabeled images are expected to matter."""
from benchmarks.results.regimes import Regime
from benchmarks.results.table import rows
from benchmarks.results.table_list import ALL, DOUBLE, FUSION, OURS, WBC

# Masks of one laboratory, and unlabeled and evaluated images of another.
OTHER_SOURCE = (
    ('supervised/{}_recolored', 'supervised, colors of unlabeled images'),
    ('entmin/ablation/{}_other-control', 'control: no unsupervised loss'),
    ('entmin/ablation/{}_other-lambda-1', OURS),
    ('entmin/ablation/{}_other-recolored', 'the same, colors of unlabeled images'),
    ('entmin_plus/ablation/{}_other', FUSION),
    ('entmin_plus/ablation/{}_other-recolored', 'the same, colors of unlabeled images'),
    ('fixmatch/ablation/{}_reflect', 'FixMatch'),
    ('unimatch/ablation/{}_reflect', 'UniMatch'))
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


REGIMES = (
    cells('cells of another laboratory', 'laboratory', OTHER_SOURCE, ceiling='supervised/unet_wbc_all_augmented'),
    cells('the way back', 'back', OTHER_SOURCE, ceiling='supervised/unet_wbc_all_augmented'),
    cells('5 of 150 masks', 'draws', FEWER_MASKS, 'unet_wbc_1-30'),
    cells('8 of 150 masks', 'draws', FEW_MASKS, 'unet_wbc_1-20'),
    cells('15 of 150 masks', 'draws', FEW_MASKS),
    scenes('street scenes, 6 of 367 masks', '1-60'),
    scenes('street scenes, 12 of 367 masks', '1-30'))
