# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The rows of the tables of docs/results.md: configs and what they are called there."""
from collections.abc import Sequence

from benchmarks.results.methods import peers

Row = tuple[str, str]  # config, name; in a template, braces stand for the data set's part of the config

ALONE = 'control: the same, labeled images as the unlabeled ones'
BESIDE_ALONE = ('the other images, over the labeled ones in their place', 'entmin_plus/{}_3k',
                'entmin_plus/ablation/{}_3k-labeled-alone')
DOUBLE = 'supervised, twice the images a step'
FIRST = '+ consistency as first tried: black corners, threshold 0.9, labels of single images, weight 1'
MAIN = (('supervised/{}', 'supervised'),
        ('supervised/{}_augmented', "supervised, with the recipe's augmentation"),
        ('supervised/{}_augmented_double', "supervised, with the recipe's augmentation, twice the images a step"),
        ('entmin/ablation/{}_paper', "entropy minimization, the paper's settings"),
        ('entmin/ablation/{}_augmented-control', "control: lambda 0, the recipe's augmentation, black corners"),
        ('entmin/ablation/{}_black-corners', 'entropy minimization, the recipe, black corners'),
        ('entmin/ablation/{}_void-corners', 'entropy minimization, the recipe, void corners'),
        ('entmin/ablation/{}_both-statistics', 'entropy minimization, the recipe, running statistics of all images'),
        ('entmin/ablation/{}_filled-control', 'control of the recipe: lambda 0'),
        ('entmin/{}', 'entropy minimization, the recipe'),
        ('entmin_plus/ablation/{}_threshold-0.9', FIRST),
        ('entmin_plus/ablation/{}_void-corners', 'entropy minimization + consistency, void corners'),
        ('entmin_plus/ablation/{}_labeled-boxes', 'entropy minimization + consistency, boxes of labeled images'),
        ('entmin_plus/{}', 'entropy minimization + consistency'))
CAMVID_MAIN = (('supervised/{}', 'supervised'),
               ('supervised/{}_double', DOUBLE),
               ('entmin/ablation/{}_control', 'control: lambda 0, the classification loss whole'),
               ('entmin/ablation/{}_paper', 'entropy minimization, the classification loss whole'),
               ('entmin/{}', 'entropy minimization: the classification loss at a tenth'),
               ('entmin/ablation/{}_sigmoid', 'the same, multi-label classification'),
               ('entmin_plus/ablation/{}_cls-1',
                '+ consistency as first tried: threshold 0.95, labels of single images, the classification loss whole'),
               ('entmin_plus/ablation/{}_threshold-0.95', '+ consistency: labels of mirror images, threshold 0.95'),
               ('entmin_plus/{}', '+ consistency: the same, every pixel'),
               ('entmin_plus/ablation/{}_labeled-classes', 'the same, classes of labeled images pasted'),
               ('supervised/deeplabv2_camvid_all', 'supervised, all labels'))
CAMVID_LONG = (('supervised/{}_3k', 'supervised'),
               ('supervised/{}_3k_double', DOUBLE),
               ('supervised/{}_3k_classmix', 'supervised, classes pasted among labeled images'),
               ('entmin/{}_3k', 'entropy minimization'),
               ('entmin/ablation/{}_3k-classmix', 'entropy minimization, classes pasted among labeled images'),
               ('entmin/ablation/{}_3k-sigmoid', 'the same, multi-label classification'),
               ('entmin_plus/ablation/{}_3k-no-classes', 'entropy minimization + consistency, no pasted classes'),
               ('entmin_plus/{}_3k', 'entropy minimization + consistency: classes of labeled images pasted'),
               ('entmin_plus/ablation/{}_3k-labeled-alone', ALONE),
               ('supervised/deeplabv2_camvid_all_3k', 'supervised, all labels'))
CAMVID_CONTRASTS = (('pasted classes, over the fusion without', 'entmin_plus/{}_3k',
                     'entmin_plus/ablation/{}_3k-no-classes'),
                    ('classes pasted among labeled images, over entropy minimization without',
                     'entmin/ablation/{}_3k-classmix', 'entmin/{}_3k'),
                    ('entropy minimization, over supervised training, both with these',
                     'entmin/ablation/{}_3k-classmix', 'supervised/{}_3k_classmix'),
                    ('entropy minimization, over twice the labeled images a step', 'entmin/{}_3k',
                     'supervised/{}_3k_double'),
                    ('entropy minimization + consistency, over the same', 'entmin_plus/{}_3k',
                     'supervised/{}_3k_double'),
                    BESIDE_ALONE)
CAMVID_SEARCH = (('supervised/{}', 'supervised'),
                 ('supervised/{}_colors', 'supervised, other colors and no crops of one class'),
                 ('entmin/{}', 'entropy minimization'),
                 ('entmin/ablation/{}_sigmoid', 'the same, multi-label classification'),
                 ('entmin_plus/{}', 'entropy minimization + consistency'),
                 ('entmin_plus/ablation/{}_labeled-classes', 'the same, classes of labeled images pasted'))
CAMVID_LONG_SEARCH = tuple(row for row in CAMVID_LONG if row[0] in (
    'entmin/{}_3k', 'entmin/ablation/{}_3k-classmix', 'entmin_plus/ablation/{}_3k-no-classes', 'entmin_plus/{}_3k'))
CONTRASTS = (('the losses of the recipe, over their control', 'entmin/{}', 'entmin/ablation/{}_filled-control'),
             ('the same with black corners', 'entmin/ablation/{}_black-corners',
              'entmin/ablation/{}_augmented-control'))
LONG_CONTRASTS = (
    ('the losses of the recipe, over their control', 'entmin/{}_3k', 'entmin/ablation/{}_3k-filled-control'),
    ('the same with black corners', 'entmin/ablation/{}_3k-black-corners', 'entmin/ablation/{}_3k-control'),
    ('entropy minimization, over twice the labeled images a step', 'entmin/{}_3k', 'supervised/{}_augmented_3k_double'),
    ('entropy minimization + consistency, over the same', 'entmin_plus/{}_3k', 'supervised/{}_augmented_3k_double'),
    ('supervised training, over that of 600 iterations', 'supervised/{}_augmented_3k', 'supervised/{}_augmented'),
    ('entropy minimization, over the supervised training of 600 iterations', 'entmin/{}_3k', 'supervised/{}_augmented'),
    ('entropy minimization + consistency, over that one', 'entmin_plus/{}_3k', 'supervised/{}_augmented'),
    BESIDE_ALONE)
DRAWN = (('supervised/{}_augmented', '{}, supervised'),
         ('entmin/{}', '{}, entropy minimization'),
         ('entmin/ablation/{}_labeled-alone', f'{{}}, {ALONE}'),
         ('entmin_plus/{}', '{}, entropy minimization + consistency'),
         ('entmin_plus/ablation/{}_labeled-alone', f'{{}}, {ALONE}'))
RECOLORED = (('supervised/{}_augmented', 'supervised'),
             ('supervised/{}_recolored', 'the same, labeled images in colors of unlabeled ones'),
             ('entmin/{}', 'entropy minimization'),
             ('entmin/ablation/{}_recolored', 'the same, in colors of unlabeled ones'),
             ('entmin_plus/{}', 'entropy minimization + consistency'),
             ('entmin_plus/ablation/{}_recolored', 'the same, in colors of unlabeled ones'))
RECOLORED_CONTRASTS = (
    ('the colors, entropy minimization', 'entmin/ablation/{}_recolored', 'entmin/{}'),
    ('the colors, with consistency', 'entmin_plus/ablation/{}_recolored', 'entmin_plus/{}'))
DRAWN_CONTRASTS = (
    ('the other images, over the labeled ones in their place, entropy minimization', 'entmin/{}',
     'entmin/ablation/{}_labeled-alone'),
    ('the same with consistency', 'entmin_plus/{}', 'entmin_plus/ablation/{}_labeled-alone'),
    ('consistency, over entropy minimization alone', 'entmin_plus/{}', 'entmin/{}'))
TABLE_1 = (('supervised/{}', 'CE'),
           ('entmin/ablation/{}_control', 'control: second head and unlabeled forward, lambda 0'),
           ('entmin/ablation/{}_entropy', 'control: + plain entropy'),
           ('entmin/ablation/{}_sharpen', '+ sharpen'),
           ('entmin/ablation/{}_as', '+ adaptive sharpen (AS)'),
           ('entmin/ablation/{}_cc', '+ class consistency (CC)'),
           ('entmin/ablation/{}_as-cc', '+ AS + CC'),
           ('{method}', '+ FGMR + AS + CC'),
           ('entmin/ablation/{}_fgmr-inclusive', '+ FGMR as printed (inclusive) + AS + CC'))
LONG = (('supervised/{}_augmented_3k', 'supervised'),
        ('supervised/{}_augmented_3k_double', DOUBLE),
        ('entmin/ablation/{}_3k-control', 'control: lambda 0, black corners'),
        ('entmin/ablation/{}_3k-black-corners', 'entropy minimization, black corners'),
        ('entmin/ablation/{}_3k-void-corners', 'entropy minimization, void corners'),
        ('entmin/ablation/{}_3k-both-statistics', 'entropy minimization, running statistics of all images'),
        ('entmin/ablation/{}_3k-filled-control', 'control of the next row: lambda 0'),
        ('entmin/{}_3k', 'entropy minimization'),
        ('entmin_plus/ablation/{}_3k-threshold-0.9', FIRST),
        ('entmin_plus/ablation/{}_3k-weight-3-black-corners', '+ consistency, every pixel, weight 3, black corners'),
        ('entmin_plus/ablation/{}_3k-weight-3', '+ consistency, every pixel, weight 3'),
        ('entmin_plus/ablation/{}_3k-void-corners', 'entropy minimization + consistency, void corners'),
        ('entmin_plus/ablation/{}_3k-labeled-boxes', 'entropy minimization + consistency, boxes of labeled images'),
        ('entmin_plus/{}_3k', 'entropy minimization + consistency'),
        ('entmin_plus/ablation/{}_3k-labeled-alone', ALONE),
        ('supervised/unet_wbc_all_augmented_3k', 'supervised, all labels'))
REFLECTED = (('supervised/{}_reflected_3k', 'supervised'),
             ('entmin/ablation/{}_3k-reflected-labels', 'entropy minimization'),
             ('entmin_plus/ablation/{}_3k-reflected-labels', 'entropy minimization + consistency'))
METHODS = tuple((f'{method.runs}/{{}}', method.label) for method in peers())
SETS = (('supervised/{}', 'supervised'),
        ('supervised/{}_double', DOUBLE),
        *(row for row in METHODS if row[0].split('/')[0] in ('entropy', 'pseudo_label', 'fixmatch')),
        ('entmin/{}', 'entropy minimization'),
        ('entmin/ablation/{}_lambda-1', 'the same, lambda 1'),
        ('entmin/ablation/{}_lambda-1-class-threshold', 'the same, and half of the threshold of class consistency'),
        ('entmin_plus/{}', 'entropy minimization + consistency'),
        ('entmin_plus/ablation/{}_class-threshold', 'the same, half of the threshold of class consistency'),
        ('supervised/unet_toycells_all', 'supervised, all labels'))
SETS_CONTRASTS = (
    ('half of the threshold, entropy minimization with lambda 1', 'entmin/ablation/{}_lambda-1-class-threshold',
     'entmin/ablation/{}_lambda-1'),
    ('half of the threshold, with consistency', 'entmin_plus/ablation/{}_class-threshold', 'entmin_plus/{}'))
REFLECT, VOID = (tuple((config.replace('/', '/ablation/') + f'_{corners}', name) for config, name in METHODS)
                 for corners in ('reflect', 'void-corners'))
OURS = (('entmin/{}', 'ours'), ('entmin_plus/{}', 'ours + consistency'))
OURS_VOID = tuple((config.replace('/', '/ablation/') + '_void-corners', name) for config, name in OURS)
PEERS = (('supervised/{}_augmented', 'supervised'), *METHODS, *OURS)


def rows(templates: Sequence[Row], stem: str, method: str = '') -> tuple[Row, ...]:
    """The rows of one data set: its configs in place of the braces."""
    return tuple((config.format(stem, method=method), name) for config, name in templates)


def contrasts(templates: Sequence[tuple[str, str, str]], stem: str) -> tuple[tuple[str, str, str], ...]:
    """Pairs of rows of one data set, under the name of their difference."""
    return tuple((name, config.format(stem), other.format(stem)) for name, config, other in templates)


def ceilings(stem: str) -> tuple[Row, ...]:
    return ((f'supervised/{stem}_all', 'supervised, all labels'),
            (f'supervised/{stem}_all_augmented', "supervised, all labels, with the recipe's augmentation"))


CAMVID_SHARES = (('supervised/{}', '{}, supervised'), ('entmin/{}', '{}, entropy minimization'),
                 ('entmin_plus/{}', '{}, + consistency'))
WBC_SHARES = (CAMVID_SHARES[0], ('supervised/{}_augmented', '{}, supervised, augmented'),
              ('entmin/ablation/{}_black-corners', '{}, entropy minimization, black corners'),
              ('entmin/ablation/{}_both-statistics', '{}, entropy minimization, running statistics of all images'),
              ('entmin_plus/ablation/{}_threshold-0.9', '{}, + consistency as first tried'), *CAMVID_SHARES[1:])


def shares(templates: Sequence[Row], stems: Sequence[str]) -> tuple[Row, ...]:
    """A group of rows for each share of labels."""
    return tuple((config.format(stem), name.format(stem.rsplit('_', 1)[1].replace('-', '/')))
                 for stem in stems for config, name in templates)


RECIPE = (('entmin/ablation/{}_black-corners', 'the recipe, with black corners'),
          ('supervised/{}', 'supervised, no augmentation'),
          ('supervised/{}_augmented', "supervised, the recipe's augmentation"),
          ('entmin/ablation/{}_paper', "the paper's settings: no augmentation"),
          ('entmin/ablation/{}_flips', 'flips alone'),
          ('entmin/ablation/{}_flips-rotation', 'flips and rotation'),
          ('entmin/ablation/{}_augmented-control', 'lambda 0'),
          ('entmin/ablation/{}_lambda-1', 'lambda 1'),
          ('entmin/ablation/{}_lambda-5', 'lambda 5, ramped up over 200 iterations'),
          ('entmin/ablation/{}_cls-0.1', 'classification loss times 0.1'),
          ('entmin/ablation/{}_samples-4', '4 samples of the logits'),
          ('entmin/ablation/{}_exp', 'variance exp(raw)'),
          ('entmin/ablation/{}_sigmoid', 'multi-label classification'),
          ('entmin/ablation/{}_bn-shared', 'shared batch statistics'),
          ('entmin/ablation/{}_ema', 'average of the weights at the test'),
          ('entmin_plus/ablation/{}_threshold-0.9',
           '+ consistency as first tried (CutMix, colors unchanged, threshold 0.9, weight 1)'),
          ('entmin_plus/ablation/{}_no-entmin', "the same without the paper's losses"),
          ('entmin_plus/ablation/{}_colors', 'the same, other colors as well'),
          ('entmin_plus/ablation/{}_no-cutmix', 'the same, no CutMix'),
          ('entmin_plus/ablation/{}_threshold-0', 'the same, threshold 0'),
          ('entmin/ablation/{}_void-corners', 'the recipe, with void corners'),
          ('entmin/ablation/{}_both-statistics', 'the recipe, corners filled by reflection'),
          ('entmin/{}', 'the recipe: the same, running statistics of labeled images alone'),
          ('entmin_plus/ablation/{}_void-corners',
           '+ consistency: labels of mirror images, threshold 0.9, void corners'),
          ('entmin_plus/{}', '+ consistency: labels of mirror images, threshold 0.9, corners filled'),
          ('entmin_plus/ablation/{}_labeled-boxes', 'the same, boxes of labeled images'),
          ('supervised/{}_recolored', "supervised, the recipe's augmentation, colors of unlabeled images"),
          ('entmin/ablation/{}_recolored', 'the recipe: the same, colors of unlabeled images'),
          ('entmin_plus/ablation/{}_recolored', '+ consistency: the same, colors of unlabeled images'))
LONG_RECIPE = (('supervised/{}_augmented_3k', 'supervised'),
               ('entmin_plus/ablation/{}_3k-threshold-0.9', FIRST),
               ('entmin_plus/ablation/{}_3k-threshold-0.9-mirror', 'the same, labels of mirror images'),
               ('entmin_plus/ablation/{}_3k-weight-1', 'labels of mirror images, threshold 0'),
               ('entmin_plus/ablation/{}_3k-colors-weight-1', 'the same, other colors and more CutMix'),
               ('entmin_plus/ablation/{}_3k-weight-3-black-corners', 'labels of mirror images, threshold 0, weight 3'),
               ('entmin_plus/ablation/{}_3k-colors', 'the same, other colors and more CutMix'),
               ('entmin_plus/ablation/{}_3k-weight-10', 'labels of mirror images, threshold 0, weight 10'),
               ('entmin/ablation/{}_3k-void-corners', "the paper's losses alone, void corners"),
               ('entmin/ablation/{}_3k-both-statistics', "the paper's losses alone, corners filled by reflection"),
               ('entmin/{}_3k', 'the same, running statistics of labeled images alone'),
               ('entmin_plus/ablation/{}_3k-void-corners',
                'labels of mirror images, threshold 0.9, weight 1, void corners'),
               ('entmin_plus/{}_3k', 'the same, corners filled by reflection'),
               ('entmin_plus/ablation/{}_3k-labeled-boxes', 'the same, boxes of labeled images'))
