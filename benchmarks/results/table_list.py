# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The tables of docs/results.md, by the name in their mark there: the run ids of their rows and how they are compared.

Braces in a run id stand for network, data and share of labels, for example ``unet_wbc_1-10``.
"""
from benchmarks.results.methods import peers
from benchmarks.results.table import Table, contrasts, rows, shares, variants

WBC, CAMVID, TOYCELLS = 'unet_wbc_1-10', 'deeplabv2_camvid_1-8', 'unet_toycells_1-10'
SCORES = ('mFscore', 'mRecall', 'mPrecision', 'aAcc')
ACCURACIES = ('mAcc', 'aAcc')

OURS, FUSION = 'entropy minimization', 'entropy minimization + consistency'
DOUBLE = 'supervised, twice the labeled images a step'
ALL = 'supervised, all labels'
FIRST = 'first form of + consistency: black corners, threshold 0.9, labels from one view, weight 1'
LABELED_ALONE = 'control: the same, only the labeled images as unlabeled ones'
PEERS = tuple((f'{method.runs}/{{}}', method.label) for method in peers())
METHODS = (('entmin/{}', 'ours'), ('entmin_plus/{}', 'ours + consistency'))
SUPERVISED = (('supervised/{}', 'supervised'), )
AUGMENTED = (('supervised/{}_augmented', 'supervised'), )
OTHER_IMAGES = ('other unlabeled images, over only the labeled ones', 'entmin_plus/{}_3k',
                'entmin_plus/ablation/{}_3k-labeled-alone')

WBC_MAIN = (
    ('supervised/{}', 'supervised'),
    ('supervised/{}_augmented', 'supervised, augmented'),
    ('supervised/{}_augmented_double', 'supervised, augmented, twice the labeled images a step'),
    ('entmin/ablation/{}_paper', "entropy minimization, the paper's settings"),
    ('entmin/ablation/{}_augmented-control', 'control: augmented, no unsupervised loss, black corners'),
    ('entmin/ablation/{}_black-corners', 'entropy minimization, black corners'),
    ('entmin/ablation/{}_void-corners', 'entropy minimization, corners ignored'),
    ('entmin/ablation/{}_both-statistics', 'entropy minimization, batch-norm statistics of all images'),
    ('entmin/ablation/{}_filled-control', 'control: the recipe without unsupervised losses'),
    ('entmin/{}', 'entropy minimization, the recipe'),
    ('entmin_plus/ablation/{}_threshold-0.9', FIRST),
    ('entmin_plus/ablation/{}_void-corners', 'entropy minimization + consistency, corners ignored'),
    ('entmin_plus/ablation/{}_labeled-boxes', 'entropy minimization + consistency, boxes of labeled images'),
    ('entmin_plus/{}', 'entropy minimization + consistency, the recipe'),
    ('supervised/unet_wbc_all', ALL),
    ('supervised/unet_wbc_all_augmented', 'supervised, all labels, augmented'))
LOSSES = (
    ("the recipe's losses, over their control", 'entmin/{}', 'entmin/ablation/{}_filled-control'),
    ('the same with black corners', 'entmin/ablation/{}_black-corners', 'entmin/ablation/{}_augmented-control'))
WBC_SHARES = (
    ('supervised/{}', 'supervised'),
    ('supervised/{}_augmented', 'supervised, augmented'),
    ('entmin/ablation/{}_black-corners', 'entropy minimization, black corners'),
    ('entmin/ablation/{}_both-statistics', 'entropy minimization, batch-norm statistics of all images'),
    ('entmin_plus/ablation/{}_threshold-0.9', 'first form of + consistency'),
    ('entmin/{}', 'entropy minimization'),
    ('entmin_plus/{}', '+ consistency'))
DRAWS = (
    ('supervised/{}_augmented', 'supervised'),
    ('entmin/{}', OURS),
    ('entmin/ablation/{}_labeled-alone', LABELED_ALONE),
    ('entmin_plus/{}', FUSION),
    ('entmin_plus/ablation/{}_labeled-alone', LABELED_ALONE))
DRAWS_CONTRASTS = (
    ('other unlabeled images, over only the labeled ones, entropy minimization', 'entmin/{}',
     'entmin/ablation/{}_labeled-alone'),
    ('the same, with consistency', 'entmin_plus/{}', 'entmin_plus/ablation/{}_labeled-alone'),
    ('consistency, over entropy minimization alone', 'entmin_plus/{}', 'entmin/{}'))
COLORS = (
    ('supervised/{}_augmented', 'supervised'),
    ('supervised/{}_recolored', 'the same, colors of unlabeled images'),
    ('entmin/{}', OURS),
    ('entmin/ablation/{}_recolored', 'the same, colors of unlabeled images'),
    ('entmin_plus/{}', FUSION),
    ('entmin_plus/ablation/{}_recolored', 'the same, colors of unlabeled images'))
COLORS_CONTRASTS = (
    ('the colors, entropy minimization', 'entmin/ablation/{}_recolored', 'entmin/{}'),
    ('the colors, with consistency', 'entmin_plus/ablation/{}_recolored', 'entmin_plus/{}'))
WBC_LONG = (
    ('supervised/{}_augmented_3k', 'supervised'),
    ('supervised/{}_augmented_3k_double', DOUBLE),
    ('entmin/ablation/{}_3k-control', 'control: no unsupervised loss, black corners'),
    ('entmin/ablation/{}_3k-black-corners', 'entropy minimization, black corners'),
    ('entmin/ablation/{}_3k-void-corners', 'entropy minimization, corners ignored'),
    ('entmin/ablation/{}_3k-both-statistics', 'entropy minimization, batch-norm statistics of all images'),
    ('entmin/ablation/{}_3k-filled-control', 'control of the next row: no unsupervised loss'),
    ('entmin/{}_3k', OURS),
    ('entmin_plus/ablation/{}_3k-threshold-0.9', FIRST),
    ('entmin_plus/ablation/{}_3k-weight-3-black-corners', '+ consistency, every pixel, weight 3, black corners'),
    ('entmin_plus/ablation/{}_3k-weight-3', '+ consistency, every pixel, weight 3'),
    ('entmin_plus/ablation/{}_3k-void-corners', 'entropy minimization + consistency, corners ignored'),
    ('entmin_plus/ablation/{}_3k-labeled-boxes', 'entropy minimization + consistency, boxes of labeled images'),
    ('entmin_plus/{}_3k', FUSION),
    ('entmin_plus/ablation/{}_3k-labeled-alone', LABELED_ALONE),
    ('supervised/unet_wbc_all_augmented_3k', ALL))
WBC_LONG_CONTRASTS = (
    ("the recipe's losses, over their control", 'entmin/{}_3k', 'entmin/ablation/{}_3k-filled-control'),
    ('the same with black corners', 'entmin/ablation/{}_3k-black-corners', 'entmin/ablation/{}_3k-control'),
    ('entropy minimization, over twice the labeled images a step', 'entmin/{}_3k', 'supervised/{}_augmented_3k_double'),
    ('entropy minimization + consistency, over the same', 'entmin_plus/{}_3k', 'supervised/{}_augmented_3k_double'),
    ('supervised training, over that of 600 iterations', 'supervised/{}_augmented_3k', 'supervised/{}_augmented'),
    ('entropy minimization, over supervised training of 600 iterations', 'entmin/{}_3k', 'supervised/{}_augmented'),
    ('entropy minimization + consistency, over the same', 'entmin_plus/{}_3k', 'supervised/{}_augmented'),
    OTHER_IMAGES)
FILLED_LABELED = (
    ('supervised/{}_reflected_3k', 'supervised'),
    ('entmin/ablation/{}_3k-reflected-labels', OURS),
    ('entmin_plus/ablation/{}_3k-reflected-labels', FUSION))
TERMS = (
    ('supervised/{}', 'CE'),
    ('entmin/ablation/{}_control', 'control: second head and unlabeled images, no unsupervised loss'),
    ('entmin/ablation/{}_entropy', 'control: + plain entropy'),
    ('entmin/ablation/{}_sharpen', '+ sharpen'),
    ('entmin/ablation/{}_as', '+ adaptive sharpen (AS)'),
    ('entmin/ablation/{}_cc', '+ class consistency (CC)'),
    ('entmin/ablation/{}_as-cc', '+ AS + CC'),
    ('entmin/ablation/{}_paper', '+ FGMR + AS + CC'),
    ('entmin/ablation/{}_fgmr-inclusive', '+ FGMR as printed (inclusive) + AS + CC'))

CAMVID_MAIN = (
    ('supervised/{}', 'supervised'),
    ('supervised/{}_double', DOUBLE),
    ('entmin/ablation/{}_control', 'control: no unsupervised loss, classification loss at full weight'),
    ('entmin/ablation/{}_paper', 'entropy minimization, classification loss at full weight'),
    ('entmin/{}', 'entropy minimization, classification loss at a tenth'),
    ('entmin/ablation/{}_sigmoid', 'the same, multi-label classification'),
    ('entmin_plus/ablation/{}_cls-1',
     'first form of + consistency: threshold 0.95, labels from one view, classification loss at full weight'),
    ('entmin_plus/ablation/{}_threshold-0.95', '+ consistency: labels from mirrored views, threshold 0.95'),
    ('entmin_plus/{}', '+ consistency: the same, every pixel'),
    ('entmin_plus/ablation/{}_labeled-classes', 'the same, classes of labeled images pasted'),
    ('supervised/deeplabv2_camvid_all', ALL))
CAMVID_LONG = (
    ('supervised/{}_3k', 'supervised'),
    ('supervised/{}_3k_double', DOUBLE),
    ('supervised/{}_3k_classmix', 'supervised, classes pasted among labeled images'),
    ('entmin/{}_3k', OURS),
    ('entmin/ablation/{}_3k-classmix', 'entropy minimization, classes pasted among labeled images'),
    ('entmin/ablation/{}_3k-sigmoid', 'the same, multi-label classification'),
    ('entmin_plus/ablation/{}_3k-no-classes', 'entropy minimization + consistency, no pasted classes'),
    ('entmin_plus/{}_3k', 'entropy minimization + consistency, classes of labeled images pasted'),
    ('entmin_plus/ablation/{}_3k-labeled-alone', LABELED_ALONE),
    ('supervised/deeplabv2_camvid_all_3k', ALL))
CAMVID_LONG_CONTRASTS = (
    ('pasted classes, over the fusion without', 'entmin_plus/{}_3k', 'entmin_plus/ablation/{}_3k-no-classes'),
    ('classes pasted among labeled images, over entropy minimization without', 'entmin/ablation/{}_3k-classmix',
     'entmin/{}_3k'),
    ('entropy minimization, over supervised training, both with these', 'entmin/ablation/{}_3k-classmix',
     'supervised/{}_3k_classmix'),
    ('entropy minimization, over twice the labeled images a step', 'entmin/{}_3k', 'supervised/{}_3k_double'),
    ('entropy minimization + consistency, over the same', 'entmin_plus/{}_3k', 'supervised/{}_3k_double'),
    OTHER_IMAGES)
CAMVID_SHARES = (('supervised/{}', 'supervised'), ('entmin/{}', OURS), ('entmin_plus/{}', '+ consistency'))

TOYCELLS_MAIN = (
    ('supervised/{}', 'supervised'),
    ('supervised/{}_double', DOUBLE),
    ('entmin/{}', OURS),
    ('entmin_plus/{}', FUSION),
    ('supervised/unet_toycells_all', ALL))
TOYCELLS_TEACHERS = (
    ('supervised/{}', 'supervised'),
    ('unimatch_v2/{}', 'UniMatch V2, decay 0.996'),
    ('unimatch_v2/ablation/{}_decay-0.9', 'UniMatch V2, decay 0.9'),
    ('augseg/{}', 'AugSeg, decay 0.999'),
    ('augseg/ablation/{}_decay-0.9', 'AugSeg, decay 0.9'))
TOYCELLS_SETS = (
    ('supervised/{}', 'supervised'),
    ('supervised/{}_double', DOUBLE),
    *(row for row in PEERS if row[0].split('/')[0] in ('entropy', 'pseudo_label', 'fixmatch')),
    ('entmin/{}', OURS),
    ('entmin/ablation/{}_lambda-1', 'the same, unsup_weight 1'),
    ('entmin/ablation/{}_lambda-1-class-threshold', 'the same, half the threshold of class consistency'),
    ('entmin_plus/{}', FUSION),
    ('entmin_plus/ablation/{}_class-threshold', 'the same, half the threshold of class consistency'),
    ('supervised/unet_toycells_all', ALL))
TOYCELLS_SETS_CONTRASTS = (
    ('half the threshold, entropy minimization with unsup_weight 1', 'entmin/ablation/{}_lambda-1-class-threshold',
     'entmin/ablation/{}_lambda-1'),
    ('half the threshold, with consistency', 'entmin_plus/ablation/{}_class-threshold', 'entmin_plus/{}'))

WBC_RECIPE = (
    ('entmin/ablation/{}_black-corners', 'the recipe, with black corners'),
    ('supervised/{}', 'supervised, no augmentation'),
    ('supervised/{}_augmented', 'supervised, augmented'),
    ('entmin/ablation/{}_paper', "the paper's settings: no augmentation"),
    ('entmin/ablation/{}_flips', 'only flips'),
    ('entmin/ablation/{}_flips-rotation', 'flips and rotation'),
    ('entmin/ablation/{}_augmented-control', 'unsup_weight 0'),
    ('entmin/ablation/{}_lambda-1', 'unsup_weight 1'),
    ('entmin/ablation/{}_lambda-5', 'unsup_weight 5, ramped up over 200 iterations'),
    ('entmin/ablation/{}_cls-0.1', 'classification loss times 0.1'),
    ('entmin/ablation/{}_samples-4', '4 samples of the logits'),
    ('entmin/ablation/{}_exp', 'variance exp(raw)'),
    ('entmin/ablation/{}_sigmoid', 'multi-label classification'),
    ('entmin/ablation/{}_bn-shared', 'batch-norm statistics shared by both kinds of images'),
    ('entmin/ablation/{}_ema', 'moving average of the weights at test time'),
    ('entmin_plus/ablation/{}_threshold-0.9',
     'first form of + consistency: CutMix, no color changes, threshold 0.9, weight 1'),
    ('entmin_plus/ablation/{}_no-entmin', "the same without the paper's losses"),
    ('entmin_plus/ablation/{}_colors', 'the same, with color changes'),
    ('entmin_plus/ablation/{}_no-cutmix', 'the same, no CutMix'),
    ('entmin_plus/ablation/{}_threshold-0', 'the same, threshold 0'),
    ('entmin/ablation/{}_void-corners', 'the recipe, corners ignored'),
    ('entmin/ablation/{}_both-statistics', 'the recipe, corners filled by reflection'),
    ('entmin/{}', 'the recipe: the same, batch-norm statistics of labeled images only'),
    ('entmin_plus/ablation/{}_void-corners',
     '+ consistency: labels from mirrored views, threshold 0.9, corners ignored'),
    ('entmin_plus/{}', '+ consistency: labels from mirrored views, threshold 0.9, corners filled'),
    ('entmin_plus/ablation/{}_labeled-boxes', 'the same, boxes of labeled images'),
    ('supervised/{}_recolored', 'supervised, augmented, colors of unlabeled images'),
    ('entmin/ablation/{}_recolored', 'the recipe: the same, colors of unlabeled images'),
    ('entmin_plus/ablation/{}_recolored', '+ consistency: the same, colors of unlabeled images'))
WBC_LONG_RECIPE = (
    ('supervised/{}_augmented_3k', 'supervised'),
    ('entmin_plus/ablation/{}_3k-threshold-0.9', FIRST),
    ('entmin_plus/ablation/{}_3k-threshold-0.9-mirror', 'the same, labels from mirrored views'),
    ('entmin_plus/ablation/{}_3k-weight-1', 'labels from mirrored views, threshold 0'),
    ('entmin_plus/ablation/{}_3k-colors-weight-1', 'the same, color changes and more CutMix'),
    ('entmin_plus/ablation/{}_3k-weight-3-black-corners', 'labels from mirrored views, threshold 0, weight 3'),
    ('entmin_plus/ablation/{}_3k-colors', 'the same, color changes and more CutMix'),
    ('entmin_plus/ablation/{}_3k-weight-10', 'labels from mirrored views, threshold 0, weight 10'),
    ('entmin/ablation/{}_3k-void-corners', "only the paper's losses, corners ignored"),
    ('entmin/ablation/{}_3k-both-statistics', "only the paper's losses, corners filled by reflection"),
    ('entmin/{}_3k', 'the same, batch-norm statistics of labeled images only'),
    ('entmin_plus/ablation/{}_3k-void-corners',
     'labels from mirrored views, threshold 0.9, weight 1, corners ignored'),
    ('entmin_plus/{}_3k', 'the same, corners filled by reflection'),
    ('entmin_plus/ablation/{}_3k-labeled-boxes', 'the same, boxes of labeled images'))
CAMVID_RECIPE = (
    ('supervised/{}', 'supervised'),
    ('supervised/{}_colors', 'supervised, color changes and no crops of one class'),
    ('entmin/{}', OURS),
    ('entmin/ablation/{}_sigmoid', 'the same, multi-label classification'),
    ('entmin_plus/{}', FUSION),
    ('entmin_plus/ablation/{}_labeled-classes', 'the same, classes of labeled images pasted'))
CAMVID_LONG_RECIPE = tuple(row for row in CAMVID_LONG if row[0] in (
    'entmin/{}_3k', 'entmin/ablation/{}_3k-classmix', 'entmin_plus/ablation/{}_3k-no-classes', 'entmin_plus/{}_3k'))

TABLES = dict(
    wbc=Table(rows(WBC_MAIN, WBC), equal=1, ceiling='supervised/unet_wbc_all_augmented', metrics=SCORES,
              contrasts=contrasts(LOSSES, WBC)),
    wbc_terms=Table(rows(TERMS, WBC)),
    wbc_shares=Table(shares(WBC_SHARES, [f'unet_wbc_{share}' for share in ('1-20', '1-10', '1-8', '1-3')]), group=7,
                     equal=1, ceiling='supervised/unet_wbc_all_augmented', metrics=SCORES),
    wbc_draws=Table(
        shares(DRAWS, [f'unet_wbc_{share}' for share in ('1-20', '1-10')]), group=5, split='draws',
        contrasts=tuple((f'{share}: {label}', run, other) for share in ('1/20', '1/10') for label, run, other in
                        contrasts(DRAWS_CONTRASTS, f"unet_wbc_{share.replace('/', '-')}"))),
    wbc_colors=Table(rows(COLORS, WBC), split='draws', contrasts=contrasts(COLORS_CONTRASTS, WBC)),
    wbc_long=Table(rows(WBC_LONG, WBC), ceiling='supervised/unet_wbc_all_augmented_3k', metrics=SCORES,
                   contrasts=contrasts(WBC_LONG_CONTRASTS, WBC)),
    wbc_long_filled=Table((*rows(FILLED_LABELED, WBC), ('supervised/unet_wbc_all_reflected_3k', ALL)),
                          ceiling='supervised/unet_wbc_all_reflected_3k', metrics=SCORES),
    camvid=Table(rows(CAMVID_MAIN, CAMVID), ceiling='supervised/deeplabv2_camvid_all', metrics=ACCURACIES),
    camvid_long=Table(rows(CAMVID_LONG, CAMVID), ceiling='supervised/deeplabv2_camvid_all_3k', metrics=ACCURACIES,
                      contrasts=contrasts(CAMVID_LONG_CONTRASTS, CAMVID)),
    camvid_terms=Table(rows(TERMS, CAMVID)),
    camvid_shares=Table(shares(CAMVID_SHARES, [CAMVID, 'deeplabv2_camvid_1-3']), group=3,
                        ceiling='supervised/deeplabv2_camvid_all', metrics=ACCURACIES),
    camvid_peers=Table(rows((*SUPERVISED, *PEERS, *METHODS), CAMVID), resources=True),
    wbc_peers=Table(rows((*AUGMENTED, *PEERS, *METHODS), WBC), resources=True),
    wbc_peers_filled=Table(rows((*AUGMENTED, *variants(PEERS, 'reflect'), *METHODS), WBC)),
    wbc_peers_ignored=Table(rows((*AUGMENTED, *variants((*PEERS, *METHODS), 'void-corners')), WBC)),
    wbc_recipe=Table(rows(WBC_RECIPE, WBC), split='validation', contrasts=contrasts(COLORS_CONTRASTS, WBC)),
    wbc_long_recipe=Table(rows(WBC_LONG_RECIPE, WBC), split='validation'),
    wbc_long_filled_recipe=Table(rows(FILLED_LABELED, WBC), split='validation'),
    camvid_recipe=Table(rows(CAMVID_RECIPE, CAMVID), split='validation'),
    camvid_long_recipe=Table(rows(CAMVID_LONG_RECIPE, CAMVID), split='validation',
                             contrasts=contrasts(CAMVID_LONG_CONTRASTS[:1], CAMVID)),
    toycells=Table(rows(TOYCELLS_MAIN, TOYCELLS), ceiling='supervised/unet_toycells_all', metrics=SCORES),
    toycells_peers=Table(rows((*SUPERVISED, *PEERS, *METHODS), TOYCELLS), resources=True),
    toycells_teachers=Table(rows(TOYCELLS_TEACHERS, TOYCELLS)),
    toycells_sets=Table(rows(TOYCELLS_SETS, TOYCELLS), split='sets', ceiling='supervised/unet_toycells_all',
                        contrasts=contrasts(TOYCELLS_SETS_CONTRASTS, TOYCELLS)))
SIZES = tuple((f'supervised/{stem}', f'entmin/{stem}', f'entmin_plus/{stem}') for stem in (WBC, CAMVID))
