# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""What stands in docs/results.md: the tables, by the configs of their rows. How they are made: tables.py."""
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.results.table_rows import (
    CAMVID_CONTRASTS,
    CAMVID_LONG,
    CAMVID_LONG_SEARCH,
    CAMVID_MAIN,
    CAMVID_SEARCH,
    CAMVID_SHARES,
    CONTRASTS,
    DOUBLE,
    DRAWN,
    DRAWN_CONTRASTS,
    LONG,
    LONG_CONTRASTS,
    LONG_RECIPE,
    MAIN,
    METHODS,
    OURS,
    OURS_VOID,
    PEERS,
    RECIPE,
    RECOLORED,
    RECOLORED_CONTRASTS,
    REFLECT,
    REFLECTED,
    SETS,
    SETS_CONTRASTS,
    TABLE_1,
    VOID,
    WBC_SHARES,
    Row,
    ceilings,
    contrasts,
    rows,
    shares,
)


@dataclass(frozen=True)
class Section:
    """One table.

    Attributes:
        title: heading.
        text: below it, what the reader should know; may name keys of a run's record, in braces.
        rows: config and name of each row; the first of each group is the baseline of the gains.
        group: rows of a group; default: all of them.
        equal: place in its group of a second baseline, supervised training with the method's augmentation.
        ceiling: all labels, for the share of the gap that is closed.
        metrics: columns, by mmseg's names.
        split: 'test', 'validation', 'draws' or 'sets', see chosen_images.py.
        picture: stem of a bar chart to draw.
        figures: name of the JSON file of pictures to add.
        resources: columns of peak memory and extra parameters as well.
        cost_picture: stem of a chart of accuracy against the cost of a step to draw.
        by_class: the mean IoU of each class as well.
        contrasts: differences between other rows than the first: what to call each, its config, and what it is taken
            from.
    """

    title: str
    text: str
    rows: Sequence[Row]
    group: int | None = None
    equal: int | None = None
    ceiling: str | None = None
    metrics: Sequence[str] = ('mIoU', )
    split: str = 'test'
    picture: str | None = None
    figures: str | None = None
    resources: bool = False
    cost_picture: str | None = None
    by_class: bool = False
    contrasts: Sequence[tuple[str, str, str]] = ()

    @property
    def runs(self) -> str:
        """What the runs of a row differ in: the seed alone, or the labeled images or all images as well."""
        return self.split if self.split in ('draws', 'sets') else 'seeds'


ALL_METRICS = ('mIoU', 'mFscore', 'mRecall', 'mPrecision', 'aAcc')
WBC = 'unet_wbc_1-10'
CAMVID = 'deeplabv2_camvid_1-8'

HEAD = '''# Results

Made by `make tables` from the files in `docs/results` alone, one a run, that `benchmarks/results/experiments.py` writes
(the pictures of single images and of gradients: `benchmarks/results/figure_data.py`, from the checkpoints of seed 0).
Mean ± standard deviation over seeds, in percent, of the LAST checkpoint of each run. Every run of a row has the same
labeled images, but for a table of other draws: another draw of these adds an error that the other figures do not
have. A gain is the mean over the seeds of the difference to the table's first row, run by run with the same seed, ±
its standard error, bold where p, of a two-sided paired t-test, is under 0.05; rows may have more seeds than they
share, so that columns need not subtract. "Gain at equal augmentation" compares with the supervised training that sees
its masks through the same augmentation. "Gap closed" is the gain as a share of that of all labels, at equal
augmentation. The cost of a step (`benchmarks/cost/benchmark.py`: the rows in turn, a process and one CPU thread each,
without data loading) is relative to the supervised step on the same labeled images.

The supervised runs of 500 and 600 iterations, and the method's of those lengths without augmentation or with black
corners, are of the code of the first entry of the changelog, 0.1.0, which drew the augmentation of a sample from other
random numbers: repeated with the same seed they are other runs of the same distribution. The recipe's and the peers'
are later: beside an old baseline the same seed does not mean the same augmentation. The runs with consistency on GPU
and on blood cells are from before strong views and labeled images could share a forward; the costs are of today's code.
'''

SECTIONS = (
    Section(
        'White blood cells, 15 of 150 images labeled',
        'WBC Dataset 1, 48 x 48 pixels, U-Net of width 8 from scratch, {iterations} iterations of 4 labeled images '
        '(and 4 unlabeled ones), the same for every row; judged on the 150 images of the test half. The corners of a '
        'turned unlabeled image are filled by its reflection unless a row says otherwise: "black", and learned like '
        'all else, or "void", black and left out of every loss, as those of labeled images. The test uses running '
        'statistics of labeled images alone in the recipe and with consistency, of all images in the other rows of '
        'entropy minimization.',
        rows(MAIN, WBC) + ceilings('unet_wbc'), equal=1, ceiling='supervised/unet_wbc_all_augmented',
        metrics=ALL_METRICS, picture='wbc', figures='wbc', contrasts=contrasts(CONTRASTS, WBC)),
    Section(
        'Table 1 on white blood cells: which term does what',
        "The paper's settings: no augmentation, lambda 0.1. The gain of a term is the difference of two rows.",
        rows(TABLE_1, WBC, f'entmin/ablation/{WBC}_paper')),
    Section(
        'Table 3: shares of labels, white blood cells',
        'Gains are over the supervised training on the same share.',
        shares(WBC_SHARES, [f'unet_wbc_{share}' for share in ('1-20', '1-10', '1-8', '1-3')]), group=7, equal=1,
        ceiling='supervised/unet_wbc_all_augmented', metrics=ALL_METRICS),
    Section(
        'White blood cells: other draws of the labeled images, and what the unlabeled ones bring',
        'As in the table of shares, with {iterations} iterations, but the labeled images of each run are another draw '
        '(folds 1 to 10 of tools/make_splits.py), the same for the rows of a share: the errors are those of draw and '
        'training together. In the controls the labeled images are the unlabeled ones too, without their masks, and '
        'there are no others.',
        shares(DRAWN, [f'unet_wbc_{share}' for share in ('1-20', '1-10')]), group=5, split='draws',
        contrasts=tuple((f"{share.replace('-', '/')}: {name}", config, other) for share in ('1-20', '1-10')
                        for name, config, other in contrasts(DRAWN_CONTRASTS, f'unet_wbc_{share}'))),
    Section(
        'White blood cells: labeled images in the colors of unlabeled ones',
        'As above, 15 of 150 images labeled: half of the labeled images take mean and deviation of the colors of an '
        'unlabeled one (`ColorTransfer`), for supervised training too, which sees no more of the unlabeled images. It '
        'lifts the worst of the ten draws, and lowers some of the others. On held-out training images it is behind by '
        'its mean in all three (the recipe, below), and in trials of other draws there, of which no record is kept, '
        'it brought nothing with consistency (8 and 15 images, three draws each): no default.',
        rows(RECOLORED, WBC), split='draws', contrasts=contrasts(RECOLORED_CONTRASTS, WBC)),
    Section(
        'White blood cells, five times the iterations',
        'As above, with {iterations} iterations: long enough that the network fits its few masks, so that all labels '
        'are worth more than augmentation. Every row has the augmentation of the recipe; gains are over the first. The '
        'recipe of the consistency loss is the most cautious of those ahead on the validation split; it was taken '
        'after the best of two seeds there, every pixel at weight 3, had failed here: this half is not unseen for '
        'that choice. '
        'The baseline is worse than at 600 iterations: it fits its few masks too well; no row of 15 masks is ahead of '
        'the shorter one but, by its mean, a control: with the 15 labeled images as the unlabeled ones too, and no '
        'others, the fusion gains as much as with them. What it gains here needs no unlabeled images. Twice the '
        'labeled images a step, at less cost, gains by its mean two thirds of what the losses do.',
        rows(LONG, WBC), ceiling='supervised/unet_wbc_all_augmented_3k', metrics=ALL_METRICS,
        contrasts=contrasts(LONG_CONTRASTS, WBC)),
    Section(
        'The same with the corners of labeled images filled too',
        'As above, but the corners of turned LABELED images are filled by reflection, mask and all, in place of void, '
        'so that labeled, unlabeled and test images look alike. Found after the recipe was settled.',
        (*rows(REFLECTED, WBC), ('supervised/unet_wbc_all_reflected_3k', 'supervised, all labels')),
        ceiling='supervised/unet_wbc_all_reflected_3k', metrics=ALL_METRICS),
    Section(
        'CamVid, 46 of 367 images labeled',
        'Street scenes, 11 classes, 480 x 360 pixels; the head of DeepLabv2 on EfficientNet-Lite0 with ImageNet '
        'weights, {iterations} iterations of 4 labeled crops of 192 pixels (and 4 unlabeled ones), every row with the '
        'same augmentation (scale, crop, flip), on one {device}; judged on the 101 validation images, which '
        'have had a word in two choices: the weight of the classification loss and the form of the fusion, both '
        'changed after their first forms, in the table, had lost here. The paper trains 40,000 iterations: these '
        'networks are far from their end. The pictures of single images and of gradients are of seed 0 trained again '
        'on a CPU (44.85 and 46.35).',
        rows(CAMVID_MAIN, CAMVID), ceiling='supervised/deeplabv2_camvid_all', metrics=('mIoU', 'mAcc', 'aAcc'),
        by_class=True, figures='camvid'),
    Section(
        'CamVid, three times the iterations',
        'As above, with {iterations} iterations. Twice the labeled images a step, at the cost of a step of entropy '
        'minimization, gain more than it and within the error as much as the fusion, in two seeds and without an '
        'unlabeled image: what both gain here masks alone can bring. With pasted classes half of the classes of each '
        'labeled image lie on an unlabeled one, pixels and labels. They are the default at this length, and not at '
        '1,000 iterations, as the held-out images (below) have it; when these were asked, three seeds had been seen '
        'here. The control, in which the 46 labeled images are the unlabeled ones too and there are no others, is '
        'level within its error: nothing shows that the other 321 images bring anything beside the pasted classes. '
        'Classes pasted among the labeled images (`ClassMixPreProcessor`) are an augmentation that supervised '
        'training gains by as well. They are no default, for on held-out images their one seed is behind. All rows '
        'with pasted classes or twice the images are of a CPU, the others of a GPU.',
        rows(CAMVID_LONG, CAMVID), ceiling='supervised/deeplabv2_camvid_all_3k', metrics=('mIoU', 'mAcc', 'aAcc'),
        picture='camvid', by_class=True, contrasts=contrasts(CAMVID_CONTRASTS, CAMVID)),
    Section(
        'Table 1 on CamVid',
        'As above, {iterations} iterations; the classification loss counts whole, as in the paper, by which '
        'the control loses. The gain of a term is the difference of two rows. Seed 2 of the last row ran on a CPU.',
        rows(TABLE_1, CAMVID, f'entmin/ablation/{CAMVID}_paper')),
    Section(
        'Table 2: shares of labels, CamVid',
        'As above, with the recipe. Gains are over the supervised training on the same share.',
        shares(CAMVID_SHARES, [CAMVID, 'deeplabv2_camvid_1-3']), group=3,
        ceiling='supervised/deeplabv2_camvid_all', metrics=('mIoU', 'mAcc', 'aAcc')),
    Section(
        'The peers on CamVid',
        'As above, {iterations} iterations, with the settings of their papers; ours are as in the first table. Mean '
        'Teacher has the weight of the code that it is taken from, 100; why it fails so was not looked into. The cost '
        '(CPU) follows the count of passes less closely than on a U-Net ([performance](performance.md)): the eight '
        'forwards that UA-MT has beyond Mean Teacher take 0.16 of a supervised step each, not a third, since the '
        "backward pass of the encoder's depthwise convolutions takes four times their forward (one profile, of which "
        'no record is kept); beside it the dense operations of discriminators and of the second decoder are cheap.',
        rows((('supervised/{}', 'supervised'), *METHODS, *OURS), CAMVID), resources=True, cost_picture='camvid_peers'),
    Section(
        'The peers, in the same framework',
        'White blood cells, 15 of 150 images labeled, as above: every row has the network, the schedule, the labeled '
        'images and the augmentation of the first, and gains are over it. The peers have the settings of their '
        'papers ([what is faithful and what differs](peers.md)); ours alone were chosen on cells, on a validation '
        'split. Peak memory is that of the training process. Extra parameters are those that are trained beside the '
        "first row's; the copies of mean teachers are not. The corners of turned unlabeled images are black for the "
        'peers, most of which do better so, and filled by reflection for ours; filled for all in the next table, '
        'void for all in the one after; ours with black ones is in the first.',
        rows(PEERS, WBC), resources=True, cost_picture='wbc_peers'),
    Section(
        'The peers with corners filled by reflection',
        'As above; the corners of turned unlabeled images are filled by reflection, as they are for ours. Those of '
        'labeled images stay black and void, so that the batch norms keep running statistics of two kinds of images, '
        'as ours did until those of labeled images alone gave back what it had lost by it (the recipe, below): perhaps '
        'why nine of the eleven lose by it (AdvSemiSeg gains, s4GAN is level).',
        rows((PEERS[0], *REFLECT, *OURS), WBC)),
    Section(
        'The peers with void corners',
        'As above; the corners of turned unlabeled images are black and void, as those of labeled images, so that no '
        'loss learns what a network makes of them, but for what [the peers](peers.md) say. This is what a config gets '
        'that leaves the unlabeled pipeline to be derived from the labeled one.',
        rows((PEERS[0], *VOID, *OURS_VOID), WBC)),
    Section(
        'The recipe: what was tried',
        'Judged on 45 of the 135 unlabeled TRAINING images, which are then left out of the training: a validation '
        'split. The choice never saw the test half, but for the form of the fusion (five times the iterations, above). '
        'Gains are over the first row. Many rows had one seed or two when the recipe was chosen, and their third '
        'since. The corners are black and running statistics those of all images unless a row says otherwise; with '
        'consistency they are always those of the labeled ones.',
        rows(RECIPE, WBC), split='validation', contrasts=contrasts(RECOLORED_CONTRASTS, WBC)),
    Section(
        'The consistency loss: what was tried, five times the iterations',
        'As above, with {iterations} iterations; gains are over supervised training. The corners are black unless a '
        'row says otherwise. Every pixel of the labels at weight 3, far ahead in the two seeds that were asked, is not '
        'with the third, run since, and is behind on the test half, by 1.67 ± 1.37, and so with filled corners, not '
        'tried here (the table of five times the iterations); boxes of labeled images, ahead here, are level there: '
        '45 images hold too few of the cells on which methods fail.',
        rows(LONG_RECIPE, WBC), split='validation'),
    Section(
        'Corners of labeled images filled too: five times the iterations',
        'As above; the corners of labeled and unlabeled images are filled by reflection. At 600 iterations, in trials '
        'of which no record is kept, the fusion loses by it there (86.3 of three seeds, supervised training 89.1).',
        rows(REFLECTED, WBC), split='validation'),
    Section(
        'CamVid: what was tried',
        'Judged on 80 of the 321 unlabeled TRAINING images, which are then left out of the training; {iterations} '
        'iterations on a CPU. Rows of one or two seeds are hints. With softmax the classification calls 17 to 89 % of '
        'the classes present in a crop absent, by class (p under 1 / C, on such images, the network of seed 0; a '
        'trial, of which no record is kept), '
        'and class consistency then unlearns them; with a classification for each class alone 0 to 11 %. That alone '
        'changes nothing for the better. More augmentation, that of mmseg for street scenes, loses too, at least in so '
        'short a training. No option became a default.',
        rows(CAMVID_SEARCH, CAMVID), split='validation', by_class=True),
    Section(
        'CamVid: what was tried, three times the iterations',
        'As above, with {iterations} iterations; each run an hour of a CPU, one seed or two: hints. The fusion '
        'without pasted classes is behind entropy minimization alone here, with them ahead of it by 1.4 (seed 0 of '
        'both).',
        rows(CAMVID_LONG_SEARCH, CAMVID), split='validation', by_class=True,
        contrasts=contrasts(CAMVID_CONTRASTS[:1], CAMVID)),
    Section(
        'Generated cells, 20 of 200 images labeled',
        '64 x 64 pixels, U-Net of width 16, {iterations} iterations of 8 + 8 images; no augmentation.',
        (('supervised/unet_toycells_1-10', 'supervised'),
         ('supervised/unet_toycells_1-10_double', DOUBLE),
         ('entmin/unet_toycells_1-10', 'entropy minimization'),
         ('entmin_plus/unet_toycells_1-10', 'entropy minimization + consistency'),
         ('supervised/unet_toycells_all', 'supervised, all labels')),
        ceiling='supervised/unet_toycells_all', metrics=ALL_METRICS),
    Section(
        'The peers on generated cells',
        'Network, schedule and data as above, with the settings of their papers; no augmentation. The fusion, whose '
        'recipe was chosen on real cells under augmentation, loses. Other sets (below) give another order.',
        rows((('supervised/{}', 'supervised'), *METHODS, *OURS), 'unet_toycells_1-10'),
        resources=True),
    Section(
        'Generated cells: other sets',
        'As above, but each run has a set of its own, training and test images (seeds 1 to 3 of '
        'tools/dataset_converters/toycells.py), the same for all rows: what the tables above say of methods is of one '
        'set. All images show all classes, and the softmax of their classification is near the threshold of class '
        'consistency, 1 / C, which takes half of them for absent: at lambda 1 the mean loses by it, and half of the '
        'threshold gives it back, most of it on one set of the three.',
        rows(SETS, 'unet_toycells_1-10'), split='sets', ceiling='supervised/unet_toycells_all',
        contrasts=contrasts(SETS_CONTRASTS, 'unet_toycells_1-10')),
)

# Table 4: rows of each network; its supervised form first.
SIZES = tuple((f'supervised/{stem}', f'entmin/{stem}', f'entmin_plus/{stem}') for stem in (WBC, CAMVID))

PAPER = '''## The paper's figures

NOT ours and not run here: as printed in the paper, on data that is not in this repository.

| PASCAL VOC 2012, 1/8 of the labels, mIoU (the paper's Table 1) | |
|---|---|
| CE | 62.0 |
| + sharpen | 63.3 |
| + adaptive sharpen (AS) | 63.9 |
| + class consistency (CC) | 63.2 |
| + AS + CC | 65.5 |
| + FGMR + AS + CC | 66.0 |

| mIoU (the paper's Table 2) | VOC 1/20 | VOC 1/8 | VOC 1/3 | Context 1/8 | Context 1/3 |
|---|---|---|---|---|---|
| DeepLabv2, supervised | 56.8 | 62.0 | 66.8 | 32.1 | 35.4 |
| Hung et al. | 59.1 | 64.3 | 67.4 | 32.8 | 34.8 |
| s4GAN | 60.9 | 65.4 | 68.1 | 32.4 | 37.1 |
| the paper | 61.2 | 66.0 | 68.4 | 33.8 | 37.3 |

| Leukocyte, 1/10 of the labels (the paper's Table 3) | F1 | recall | precision | accuracy |
|---|---|---|---|---|
| U-Net, supervised | 90.56 | 91.98 | 90.49 | 97.21 |
| Chen et al. | 92.21 | 93.11 | 92.19 | 97.88 |
| Yu et al. | 92.75 | 93.34 | 92.95 | 98.01 |
| the paper | 92.79 | 93.65 | 92.95 | 98.16 |

Extra parameters (the paper's Table 4): Hung et al. 2.78 M, s4GAN 2.78 M, the paper 1.16 M.
'''
