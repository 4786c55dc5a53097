# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The table of ablations: ``VARIANTS[base config][run id]`` says what a run changes in a config of ``configs/``.

Overrides are assignments by dotted key, as ``--cfg-options`` takes them. The string ``'$name'`` stands for the variable
``name`` of the base config, for example a pipeline; in a list, a variable that is a list adds its items.
``run_configs.py`` reads the table.
"""
from benchmarks.results.methods import peers
from benchmarks.results.override_keys import (
    BOTH,
    CONTROL,
    DATASET,
    IMAGE,
    LABELED,
    LOSSES,
    MAP,
    PACK,
    UNLABELED,
    Overrides,
)
from benchmarks.results.source_variants import (
    LAMBDA_1,
    OTHER_SOURCE,
    OTHER_SOURCE_FUSION,
    RECOLORED,
    REFERENCES,
    SMALL_OTHER_SOURCE,
    SMALL_OWN_COLORS,
    SMALL_RECOLORED,
    SMALL_STEPS,
    SMALL_SUPERVISED,
    STAINED,
    STREET_REFERENCES,
    TARGET,
    TRANSFER,
    recolored,
)

WBC, CAMVID, VOC, TOYCELLS = 'unet_wbc_1-10', 'deeplabv2_camvid_1-8', 'deeplabv2_voc_1-8', 'unet_toycells_1-10'
TOYSTAINS = 'unet_toystains_1-10'
ENTMIN, FUSION = 'entmin/ablation/', 'entmin_plus/ablation/'

FGMR, AS, CC = (dict(type=f'{name}Loss') for name in ('FeatureGradient', 'AdaptiveSharpening', 'ClassConsistency'))

# Corners of rotated unlabeled images: black and trained on, black and ignored, or filled by reflection.
BLACK, IGNORED, FILLED = ({UNLABELED: f'${name}_pipeline'} for name in ('black_corners', 'void_corners', 'unlabeled'))
# Corners of rotated labeled images are filled by reflection too, mask and all; by default they are ignored.
FILLED_LABELED = {LABELED: '$reflected_labeled_pipeline'}
# The classification has one output a class and binary cross entropy, for images that show many classes.
SIGMOID = {'model.cls_head.activation': 'sigmoid'}
SIGMOID_CAMVID = SIGMOID | {'model.cls_head.loss_weight': 0.01}  # a tenth of the mean over the classes, not the sum
# Half of the classes of a labeled image are pasted onto another labeled image.
PASTED = {'model.data_preprocessor.type': 'ClassMixPreProcessor'}
# Boxes of labeled images, with their true labels, are pasted onto the unlabeled images.
LABELED_BOXES = {'model.labeled_boxes': dict(prob=1.)}
# Class consistency below half of the paper's threshold, 1 / C. In an image that shows all classes the softmax of the
# classification is about 1 / C for each class, so that half of the classes fall below 1 / C by chance.
HALF_THRESHOLD = {LOSSES: [FGMR, AS, dict(CC, threshold=1 / 6)]}


def moved(*steps: str) -> Overrides:
    """Pipelines of the cells with these steps alone; the corners of unlabeled images are black."""
    return {LABELED: [IMAGE, MAP, '$resize', *steps, PACK], UNLABELED: [IMAGE, '$resize', *steps, PACK]}


# Rows of Table 1 beside plain cross entropy and the whole method.
TABLE_1 = {
    'control': CONTROL,
    'sharpen': {LOSSES: [dict(AS, temperature=0.5)]},  # one temperature for all pixels
    'as': {LOSSES: [AS]},
    'cc': {LOSSES: [CC]},
    'as-cc': {LOSSES: [AS, CC]}}
ENTROPY = {'entropy': {LOSSES: [dict(type='EntropyLoss')]}}


def inclusive(**options) -> dict[str, Overrides]:
    """Table 1's last row with Eq. 4 as printed: the sum includes the stage itself."""
    return {'fgmr-inclusive': {LOSSES: [dict(FGMR, accumulate='inclusive', **options), AS, CC]}}


# The paper's settings: no augmentation on cells, the whole classification loss on CamVid.
PAPER = BOTH | {LABELED: '$plain_labeled_pipeline', UNLABELED: '$plain_unlabeled_pipeline'}
PAPER_CAMVID = {'model.cls_head.loss_weight': 1.}

# What was tried for the recipe on cells, with black corners.
SEARCH = {
    'augmented-control': CONTROL,
    'bn-shared': {'model.batch_norm': 'shared'},
    'cls-0.1': {'model.cls_head.loss_weight': 0.1},
    'ema': {'custom_hooks': [dict(type='EMAHook', momentum=0.02, update_buffers=True)]},
    'exp': {'model.decode_head.variance': 'exp', 'model.cls_head.variance': 'exp'},
    'flips': moved('$flips'),
    'flips-rotation': moved('$flips', '$rotate'),
    'lambda-1': {'model.unsup_weight': 1.},
    'lambda-5': {'model.unsup_weight': 5., 'model.ramp_up': dict(iters=200)},
    'samples-4': {'model.decode_head.num_samples': 4, 'model.cls_head.num_samples': 4},
    'sigmoid': SIGMOID}

# The fusion as first tried: black corners, and the teacher's labels of single images.
FUSED = {'model.type': 'EntMinConsistency'}
FIRST = BLACK | FUSED | {
    'model.threshold': 0.9, 'model.ramp_up': dict(iters=200),
    'model.strong_view': dict(jitter_prob=0., gray_prob=0., blur_prob=0.)}
FIRST_3K = FIRST | {'model.ramp_up': dict(iters=1000)}
MIRROR = {'model.teacher_flips': ['horizontal', 'vertical']}
# At 3,000 iterations: every pixel of the teacher's labels, at three times the weight.
EVERY_PIXEL = {'model.threshold': 0., 'model.consistency_weight': 3.}
MORE_COLORS = EVERY_PIXEL | BLACK | {
    'model.cutmix': dict(prob=1.),
    'model.strong_view': dict(jitter_prob=0.8, brightness=0.2, contrast=0.2, saturation=0.2, hue=0.02)}


def weight(value: float) -> Overrides:
    return {'model.consistency_weight': value}


def labeled_alone(share: str) -> Overrides:
    """Control: the labeled images are the unlabeled ones too, without their masks; there are no others."""
    return {f'{DATASET}.unlabeled.ann_file': f'splits/{share}_labeled.txt', f'{DATASET}.labeled_too': True}


def fewer(share: str, too: Overrides | None = None) -> Overrides:
    """A share of labels that has no list of its own: its images are those of a draw, see chosen_images.py."""
    return {f'{DATASET}.ann_file': f'splits/{share}_labeled.txt', **(too or {})}


def fewer_semi(share: str) -> Overrides:
    return {f'{DATASET}.{part}.ann_file': f'splits/{share}_{part}.txt' for part in ('labeled', 'unlabeled')}


def over(first: Overrides, rows: dict[str, Overrides]) -> dict[str, Overrides]:
    """The rows, each on top of the same overrides."""
    return {name: first | overrides for name, overrides in rows.items()}


def runs(prefix: str, rows: dict[str, Overrides]) -> dict[str, Overrides]:
    """The rows by run id."""
    return {prefix + name: overrides for name, overrides in rows.items()}


def other_share(share: str) -> dict[str, Overrides]:
    """Variants of the cells with another share of labels than 1/10."""
    return {
        f'{ENTMIN}unet_wbc_{share}_both-statistics': BOTH,
        f'{ENTMIN}unet_wbc_{share}_black-corners': BOTH | BLACK,
        f'{FUSION}unet_wbc_{share}_threshold-0.9': FIRST}


FILLED_SUPERVISED = {f'{DATASET}.pipeline': '$reflected_labeled_pipeline'}
# mmseg's augmentation of street scenes: other colors, and no crop that one class fills.
STREET = [
    IMAGE, MAP, dict(type='RandomResize', scale=(480, 360), ratio_range=(0.5, 1.5), keep_ratio=True),
    dict(type='RandomCrop', crop_size='$crop_size', cat_max_ratio=0.75), dict(type='RandomFlip', prob=0.5),
    dict(type='PhotoMetricDistortion'), PACK]

TWICE = {'train_dataloader.batch_size': 8}  # labeled images a step
# Very few masks: 5 of the cells, 12 and 6 of the street scenes.
FEW_MASKS = {
    f'supervised/{CAMVID}': {f'supervised/deeplabv2_camvid_{share}{end}': fewer(share, too)
                             for share in ('1-30', '1-60') for end, too in (('', {}), ('_double', TWICE))},
    'entmin/unet_wbc_1-20': {'entmin/ablation/unet_wbc_1-30': fewer_semi('1-30')},
    'entmin_plus/unet_wbc_1-20': {'entmin_plus/ablation/unet_wbc_1-30': fewer_semi('1-30')},
    **{f'{kind}/{CAMVID}': {
        f'{kind}/ablation/deeplabv2_camvid_{share}': fewer_semi(share) for share in ('1-30', '1-60')}
       for kind in ('entmin', 'entmin_plus')}}

SUPERVISED = {
    f'supervised/{WBC}_augmented': {
        f'supervised/{WBC}_recolored': {f'{DATASET}.pipeline': recolored(dict(TRANSFER, references=REFERENCES))}},
    'supervised/unet_wbc_1-20_augmented': {
        'supervised/unet_wbc_1-20_augmented_double': TWICE, 'supervised/unet_wbc_1-30_augmented': fewer('1-30'),
        'supervised/unet_wbc_1-30_augmented_double': fewer('1-30', TWICE)},
    f'supervised/{WBC}_augmented_3k': {f'supervised/{WBC}_reflected_3k': FILLED_SUPERVISED},
    f'supervised/{TOYSTAINS}': {
        f'supervised/{TOYSTAINS}_recolored': STAINED,
        'supervised/unet_toystains_all': {f'{DATASET}.ann_file': 'splits/1-10_unlabeled.txt'}},
    'supervised/unet_wbc_all_augmented_3k': {'supervised/unet_wbc_all_reflected_3k': FILLED_SUPERVISED},
    f'supervised/{CAMVID}': {
        f'supervised/{CAMVID}_colors': {f'{DATASET}.pipeline': STREET},
        f'supervised/{CAMVID}_small': SMALL_SUPERVISED,
        f'supervised/{CAMVID}_small_double': SMALL_SUPERVISED | TWICE,
        f'supervised/{CAMVID}_small_recolored': SMALL_SUPERVISED | {
            f'{DATASET}.pipeline': [IMAGE, MAP, dict(TRANSFER, references=STREET_REFERENCES), *SMALL_STEPS]}},
    'supervised/deeplabv2_camvid_all': {'supervised/deeplabv2_camvid_all_small': SMALL_SUPERVISED},
    f'supervised/{CAMVID}_3k': {f'supervised/{CAMVID}_3k_classmix': PASTED}}

CELLS = {
    f'entmin/{WBC}': runs(f'{ENTMIN}{WBC}_', {
        'both-statistics': BOTH,
        'black-corners': BOTH | BLACK,
        'void-corners': BOTH | IGNORED,
        'filled-control': CONTROL,
        'labeled-alone': labeled_alone('1-10'),
        'recolored': RECOLORED,
        'recolored-control': CONTROL | RECOLORED,
        'paper': PAPER,
        **over(PAPER, TABLE_1 | ENTROPY | inclusive()),
        **over(BOTH | BLACK, SEARCH),
        **OTHER_SOURCE
    }) | runs(f'{FUSION}{WBC}_', over(FIRST, {
        'threshold-0.9': {},
        'threshold-0': {'model.threshold': 0.},
        'no-entmin': {'model.unsup_weight': 0.},
        'no-cutmix': {'model.cutmix': dict(prob=0.)},
        'colors': {'model.strong_view': {}}})),
    f'entmin/{WBC}_3k': runs(f'{ENTMIN}{WBC}_3k-', {
        'both-statistics': BOTH,
        'black-corners': BOTH | BLACK,
        'void-corners': BOTH | IGNORED,
        'control': BOTH | BLACK | CONTROL,
        'filled-control': CONTROL,
        'reflected-labels': BOTH | FILLED_LABELED
    }) | runs(f'{FUSION}{WBC}_3k-', {'threshold-0.9': FIRST_3K, 'threshold-0.9-mirror': FIRST_3K | MIRROR}),
    **{f'entmin/unet_wbc_{share}': other_share(share) for share in ('1-3', '1-8')},
    'entmin/unet_wbc_1-20': other_share('1-20') | {f'{ENTMIN}unet_wbc_1-20_labeled-alone': labeled_alone('1-20')},
    f'entmin_plus/{WBC}': runs(f'{FUSION}{WBC}_', {
        'void-corners': IGNORED,
        'labeled-boxes': LABELED_BOXES,
        'labeled-alone': labeled_alone('1-10'),
        'recolored': RECOLORED,
        **OTHER_SOURCE_FUSION}),
    f'entmin_plus/{WBC}_3k': runs(f'{FUSION}{WBC}_3k-', {
        'void-corners': IGNORED,
        'labeled-boxes': LABELED_BOXES,
        'labeled-alone': labeled_alone('1-10'),
        'reflected-labels': FILLED_LABELED,
        'weight-3': EVERY_PIXEL,
        'weight-3-black-corners': EVERY_PIXEL | BLACK,
        'weight-1': EVERY_PIXEL | BLACK | weight(1.),
        'weight-10': EVERY_PIXEL | BLACK | weight(10.),
        'colors': MORE_COLORS,
        'colors-weight-1': MORE_COLORS | weight(1.)}),
    'entmin_plus/unet_wbc_1-20': {f'{FUSION}unet_wbc_1-20_labeled-alone': labeled_alone('1-20')},
    f'entmin/{TOYCELLS}': runs(f'{ENTMIN}{TOYCELLS}_', over(
        {'model.unsup_weight': 1., 'model.ramp_up': dict(iters=166)},
        {'lambda-1': {}, 'lambda-1-class-threshold': HALF_THRESHOLD})),
    f'entmin_plus/{TOYCELLS}': {f'{FUSION}{TOYCELLS}_class-threshold': HALF_THRESHOLD},
    f'entmin/{TOYSTAINS}': {
        f'{ENTMIN}{TOYSTAINS}_control': CONTROL,
        f'{ENTMIN}{TOYSTAINS}_lambda-1': TARGET | LAMBDA_1,
        f'{ENTMIN}{TOYSTAINS}_own-colors': {LABELED: [IMAGE, MAP, '$augmentation']},
        f'{FUSION}{TOYSTAINS}_fused': FUSED | MIRROR | {
            'model.ramp_up': dict(iters=100), 'model.threshold': 0.9,
            'model.strong_view': dict(jitter_prob=0., gray_prob=0., blur_prob=0.)}}}

SCENES = {
    f'entmin/{CAMVID}': runs(f'{ENTMIN}{CAMVID}_', {
        'sigmoid': SIGMOID_CAMVID,
        'small-own-colors': SMALL_OWN_COLORS,
        'small-control': SMALL_RECOLORED | CONTROL,
        'small-recolored': SMALL_RECOLORED,
        'small-other-source': SMALL_OTHER_SOURCE,
        'paper': PAPER_CAMVID,
        **over(PAPER_CAMVID, TABLE_1 | ENTROPY | inclusive(loss_weight=0.01))
    }) | {f'{FUSION}{CAMVID}_cls-1': PAPER_CAMVID | FUSED | {'model.threshold': 0.95}},
    f'entmin/{CAMVID}_3k': runs(f'{ENTMIN}{CAMVID}_3k-', {'classmix': PASTED, 'sigmoid': SIGMOID_CAMVID}) | {
        f'{FUSION}{CAMVID}_3k-no-classes': FUSED | {'model.teacher_flips': ['horizontal'], 'model.threshold': 0.}},
    f'entmin_plus/{CAMVID}': runs(f'{FUSION}{CAMVID}_', {
        'labeled-classes': {'model.labeled_classes': {}},
        'small-other-source': SMALL_OTHER_SOURCE,
        'small-recolored': SMALL_RECOLORED,
        'threshold-0.95': {'model.threshold': 0.95}}),
    f'entmin_plus/{CAMVID}_3k': {f'{FUSION}{CAMVID}_3k-labeled-alone': labeled_alone('1-8')},
    f'entmin/{VOC}': runs(f'{ENTMIN}{VOC}_', TABLE_1 | inclusive())}

# Every peer with the corners of its unlabeled images ignored, and filled; they are black in its own config.
CORNERS = {
    f'{method.folder}/{WBC}': runs(f'{method.runs}/ablation/{WBC}_', {'reflect': FILLED, 'void-corners': IGNORED})
    for method in peers()}

# Teachers that average ten steps, where the released ones average more than half of the training.
TEACHERS = {
    f'{folder}/{TOYCELLS}': {f'{folder}/ablation/{TOYCELLS}_decay-0.9': {'model.teacher': dict(decay=0.9)}}
    for folder in ('unimatch_v2', 'augseg')}

GROUPS = (SUPERVISED, CELLS, SCENES, CORNERS, FEW_MASKS, TEACHERS)
VARIANTS: dict[str, dict[str, Overrides]] = {
    base: {run: overrides for group in GROUPS for run, overrides in group.get(base, {}).items()}
    for base in dict.fromkeys(base for group in GROUPS for base in group)}
