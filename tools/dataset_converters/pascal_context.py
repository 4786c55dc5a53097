# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Convert the masks of PASCAL-Context, 459 labels, to the 60 classes of PascalContextDataset.

Reads SRC/trainval/*.mat, SRC/labels.txt (names of the 459 labels) and SRC/59_labels.txt (the classes; all others are
background). Writes into the VOC2010 folder DST: SegmentationClassContext/,
ImageSets/SegmentationContext/{train,val}.txt, and splits/ with train.txt and its labeled shares.
"""
from argparse import Namespace
from pathlib import Path

from mmengine.utils import track_iter_progress
from mmseg.datasets import PascalContextDataset  # last: importing our package first keeps mmseg's import quiet
from scipy.io import loadmat

from entmin.arguments import converter_parser
from mmseg_entmin.datasets.conversion import find, reading, remap, save_labels
from mmseg_entmin.datasets.splits import read_list, refuse_other_lists, share_lists, write_lists
from mmseg_entmin.errors import errors_as_lines

# The release's list of 59 names three classes otherwise than its list of 459, which mmseg follows.
SYNONYMS = dict(diningtable='table', bedcloth='bedclothes', clothes='cloth')


def read_names(path: Path) -> dict[str, int]:
    """Number of every name in a file with lines like `2: aeroplane`."""
    names = {}
    for line in read_list(path):
        number, colon, name = line.partition(':')
        if not colon or not number.strip().isdigit():
            raise ValueError(f"{path}: line {line!r} is not like '2: aeroplane'")
        names[name.replace(' ', '')] = int(number)
    return names


def label_table(src: Path) -> dict[int, int]:
    """Class index, 0 to 59, of every label, 0 to 459."""
    classes = PascalContextDataset.METAINFO['classes']
    labels = read_names(src / 'labels.txt')
    wanted = {SYNONYMS.get(name, name) for name in read_names(src / '59_labels.txt')}
    wrong = sorted((wanted | {'background'}) ^ set(classes))
    if wrong:
        raise ValueError(f"{src / '59_labels.txt'}: not the same names as the classes of PascalContextDataset, which "
                         f'differ in: {", ".join(wrong)}')
    lacking = sorted(set(classes[1:]) - set(labels))
    if lacking:
        raise ValueError(f"{src / 'labels.txt'}: lacks {', '.join(lacking)}")
    table = dict.fromkeys([0, *labels.values()], 0)
    table.update({labels[name]: index for index, name in enumerate(classes) if index})
    return table


def masked_stems(args: Namespace, split: str, mats: dict[str, Path]) -> list[str]:
    """The images of a split of VOC that have a mask."""
    source = args.dst / 'ImageSets' / 'Main' / f'{split}.txt'
    stems = sorted(set(read_list(source)) & set(mats))
    if not stems:
        raise ValueError(f"{source}: none of its images has a mask in {args.src / 'trainval'}")
    return stems


@errors_as_lines()
def main(argv=None) -> None:
    args = converter_parser(__doc__, 'folder of the release, with trainval/ in it',
                            'folder VOC2010, for example data/VOCdevkit/VOC2010', ['1/8', '1/3']).parse_args(argv)
    table = label_table(args.src)
    mats = {path.stem: path for path in find(args.src / 'trainval', '*.mat')}
    train, val = (masked_stems(args, split, mats) for split in ('train', 'val'))
    sets, splits = args.dst / 'ImageSets' / 'SegmentationContext', args.dst / 'splits'
    lists = {sets / 'train.txt': train, sets / 'val.txt': val, splits / 'train.txt': train,
             **share_lists(splits, train, args.shares, args.seed)}
    refuse_other_lists(lists, args.force)
    for stem in track_iter_progress(train + val):
        with reading(mats[stem]):
            labels = loadmat(mats[stem])['LabelMap']
        save_labels(remap(labels, table, mats[stem]), args.dst / 'SegmentationClassContext' / f'{stem}.png')
    write_lists(lists, args.force)
    print(f'{args.dst}: {len(train)} train and {len(val)} val images')


if __name__ == '__main__':
    main()
