# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""What variants change where the masks are of one source and the unlabeled and evaluated images of another."""
from benchmarks.results.override_keys import BOTH, CONTROL, DATASET, IMAGE, LABELED, MAP, PACK, UNLABELED

# Half of the labeled images take the colors of an unlabeled image: after the resizing, before corners are empty.
TRANSFER = dict(type='ColorTransfer', prob=0.5)
REFERENCES = dict(
    type='BloodCellsDataset', data_root='$data_root', ann_file='splits/1-10_unlabeled.txt',
    data_prefix=dict(img_path='images'))


def recolored(transfer: dict) -> list:
    """The labeled pipeline of the cells with a transfer of colors in it."""
    return [IMAGE, MAP, '$resize', transfer, '$flips', '$rotate', '$colors', PACK]


# The same for generated cells, which are not resized.
STAINED = {f'{DATASET}.pipeline': [IMAGE, MAP, dict(TRANSFER, references=REFERENCES), '$augmentation']}

# Masks of one laboratory, unlabeled and evaluated images of another: the test uses batch-norm statistics of the latter.
TARGET = {'model.running_statistics': 'unlabeled'}
LAMBDA_1 = {'model.unsup_weight': 1.}
RECOLORED = {LABELED: recolored(TRANSFER)}
COLORS = {'model.strong_view': {}}  # UniMatch's changes of colors
OTHER_SOURCE = {
    'other-control-both': BOTH | CONTROL,
    'other-control': TARGET | CONTROL,
    'other-both': BOTH | LAMBDA_1,
    'other-lambda-0.1': TARGET,
    'other-lambda-1': TARGET | LAMBDA_1,
    'other-lambda-1-ramp': TARGET | LAMBDA_1 | {'model.ramp_up': dict(iters=300)},
    'other-lambda-3-ramp': TARGET | {'model.unsup_weight': 3., 'model.ramp_up': dict(iters=300)},
    'other-recolored-control': TARGET | CONTROL | RECOLORED,
    'other-recolored': TARGET | LAMBDA_1 | RECOLORED}
OTHER_SOURCE_FUSION = {
    'other': TARGET,
    'other-lambda-1': TARGET | LAMBDA_1,
    'other-colors': TARGET | COLORS,
    'other-classes': TARGET | {'model.labeled_classes': {}},
    'other-threshold-0': TARGET | {'model.threshold': 0.},
    'other-colors-classes': TARGET | COLORS | {'model.labeled_classes': {}},
    'other-recolored': TARGET | RECOLORED,
    'other-recolored-colors': TARGET | RECOLORED | COLORS,
    'other-recolored-classes': TARGET | RECOLORED | {'model.labeled_classes': {}}}

LABELED_STATISTICS = {'model.running_statistics': 'labeled'}
# Street scenes at half the size, masks of daylight and other images of dusk: crops of 96 x 96 pixels, other colors.
SMALL_STEPS = [
    dict(type='RandomResize', scale=(240, 180), ratio_range=(0.5, 1.5), keep_ratio=True),
    dict(type='RandomCrop', crop_size=(96, 96)), dict(type='RandomFlip', prob=0.5), dict(type='PhotoMetricDistortion'),
    PACK]
SMALL = {'model.data_preprocessor.size': (96, 96), 'val_dataloader.dataset.pipeline': [
    IMAGE, dict(type='Resize', scale=(240, 180), keep_ratio=True), MAP, PACK]}
SMALL_SUPERVISED = SMALL | {f'{DATASET}.pipeline': [IMAGE, MAP, *SMALL_STEPS]}
SMALL_OWN_COLORS = SMALL | TARGET | {LABELED: [IMAGE, MAP, *SMALL_STEPS], UNLABELED: [IMAGE, *SMALL_STEPS]}
SMALL_OTHER_SOURCE = SMALL_OWN_COLORS | {LABELED: [IMAGE, MAP, TRANSFER, *SMALL_STEPS]}
SMALL_RECOLORED = SMALL_OTHER_SOURCE | LABELED_STATISTICS
STREET_REFERENCES = dict(type='CamVidDataset', data_root='$data_root', ann_file='splits/1-8_unlabeled.txt',
                         data_prefix=dict(img_path='images/train'))
