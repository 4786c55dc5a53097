# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Convert white blood cells: NNN.bmp images with NNN.png masks of values 0, 128 and 255, all in one folder.

"Dataset 1" and "Dataset 2" of github.com/zxaoyou/segmentation_WBC have this form, and the Leukocyte set (--train-count
500). Five masks of Dataset 2 hold a few pixels of other values (--ignore-unknown). Writes images/, annotations/ (0
background, 1 cytoplasm, 2 nucleus) and splits/ for BloodCellsDataset.
"""
from fractions import Fraction

import numpy as np

from entmin.arguments import converter_parser
from mmseg_entmin.datasets.conversion import find, open_image, remap, save_labels
from mmseg_entmin.datasets.splits import make_split, parse_share, refuse_other_lists, share_lists, write_lists
from mmseg_entmin.errors import errors_as_lines

CLASSES = {0: 0, 128: 1, 255: 2}
CLASSES_OR_IGNORE = {**dict.fromkeys(range(256), 255), **CLASSES}


@errors_as_lines()
def main(argv=None) -> None:
    parser = converter_parser(__doc__, 'folder of the .bmp and .png files', 'folder to write, for example data/wbc1',
                              ['1/20', '1/10', '1/8', '1/3'])
    size = parser.add_mutually_exclusive_group()
    size.add_argument('--test-share', default='1/2', help='share to test on (default: %(default)s)')
    size.add_argument('--train-count', type=int, help='number of training images; the others are to test on')
    parser.add_argument('--ignore-unknown', action='store_true', help='write other mask values as 255, to ignore')
    args = parser.parse_args(argv)
    paths = find(args.src, '*.bmp')
    if args.train_count is not None and not 0 < args.train_count < len(paths):
        raise ValueError(f'--train-count {args.train_count}: {args.src} has {len(paths)} images; leave some to test on')
    share = 1 - parse_share(args.test_share) if args.train_count is None else Fraction(args.train_count, len(paths))
    train, test = make_split([path.stem for path in paths], share, args.seed)
    splits = args.dst / 'splits'
    lists = {splits / 'train.txt': train, splits / 'test.txt': test,
             **share_lists(splits, train, args.shares, args.seed)}
    refuse_other_lists(lists, args.force)
    (args.dst / 'images').mkdir(parents=True, exist_ok=True)
    for path in paths:
        mask_path = path.with_suffix('.png')
        table = CLASSES_OR_IGNORE if args.ignore_unknown else CLASSES
        mask = remap(np.array(open_image(mask_path).convert('L')), table, mask_path)
        image = open_image(path).convert('RGB')
        if image.size != mask.shape[::-1]:
            raise ValueError(f'{mask_path}: mask of {mask.shape[::-1]}, but image of {image.size}; sizes must agree')
        image.save(args.dst / 'images' / f'{path.stem}.png')
        save_labels(mask, args.dst / 'annotations' / f'{path.stem}.png')
    write_lists(lists, args.force)
    print(f'{args.dst}: {len(train)} training and {len(test)} test images')


if __name__ == '__main__':
    main()
