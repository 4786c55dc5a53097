# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Add the masks of SBD (benchmark_RELEASE) to PASCAL VOC 2012: 10,582 training images instead of 1,464.

Reads SRC/dataset/{train,val}.txt and SRC/dataset/cls/*.mat. Writes into the VOC2012 folder DST, for PascalVOCDataset:
SegmentationClassAug/ (VOC's masks where they exist, else SBD's), ImageSets/Segmentation/{aug,trainaug}.txt, and splits/
with train.txt (equal to trainaug.txt) and its labeled shares. No list has a validation image of VOC.
"""
import shutil

from mmengine.utils import track_iter_progress
from scipy.io import loadmat

from entmin.arguments import converter_parser
from mmseg_entmin.datasets.conversion import read_labels, reading, remap, save_labels
from mmseg_entmin.datasets.splits import read_list, refuse_other_lists, share_lists, write_lists
from mmseg_entmin.errors import errors_as_lines

LABELS = {**{label: label for label in range(21)}, 255: 255}


@errors_as_lines()
def main(argv=None) -> None:
    parser = converter_parser(__doc__, 'folder benchmark_RELEASE of SBD',
                              'folder VOC2012, for example data/VOCdevkit/VOC2012', ['1/20', '1/8', '1/3'])
    parser.add_argument('--expect', type=int, default=10582, help='number of training images (default: %(default)s)')
    args = parser.parse_args(argv)
    sets = args.dst / 'ImageSets' / 'Segmentation'
    voc_train, voc_val = read_list(sets / 'train.txt'), read_list(sets / 'val.txt')
    sbd = {*read_list(args.src / 'dataset' / 'train.txt'), *read_list(args.src / 'dataset' / 'val.txt')}
    aug = sorted(sbd - {*voc_train, *voc_val})
    pool = sorted({*aug, *voc_train} - {*voc_val})
    if len(pool) != args.expect:
        raise ValueError(f'{args.src} and {args.dst} give {len(pool)} training images instead of {args.expect}; '
                         'take both releases whole, or set --expect')
    missing = [stem for stem in pool if not (args.dst / 'JPEGImages' / f'{stem}.jpg').is_file()]
    if missing:
        raise FileNotFoundError(f"{args.dst / 'JPEGImages'}: {len(missing)} images are missing, {missing[0]}.jpg first")

    splits = args.dst / 'splits'
    lists = {sets / 'aug.txt': aug, sets / 'trainaug.txt': pool, splits / 'train.txt': pool,
             **share_lists(splits, pool, args.shares, args.seed)}
    refuse_other_lists(lists, args.force)
    out = args.dst / 'SegmentationClassAug'
    out.mkdir(exist_ok=True)
    for stem in voc_train + voc_val:
        path = args.dst / 'SegmentationClass' / f'{stem}.png'
        remap(read_labels(path), LABELS, path)  # only to check the values
        shutil.copyfile(path, out / path.name)  # keeps the palette
    for stem in track_iter_progress(aug):
        path = args.src / 'dataset' / 'cls' / f'{stem}.mat'
        with reading(path):
            classes = loadmat(path, squeeze_me=True, struct_as_record=False)['GTcls'].Segmentation
        save_labels(remap(classes, LABELS, path), out / f'{stem}.png')
    write_lists(lists, args.force)
    print(f'{args.dst}: {len(pool)} training images, {len(aug)} of them with masks of SBD')


if __name__ == '__main__':
    main()
