# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Generate the toy blood cells: images, masks and lists, in seconds and without a download."""
from argparse import ArgumentParser

from mmseg_entmin.datasets.toycells import generate
from mmseg_entmin.errors import errors_as_lines


@errors_as_lines()
def main(argv=None) -> None:
    parser = ArgumentParser(description=__doc__)
    parser.add_argument('root', metavar='ROOT', help='folder of the set, for example data/toycells')
    parser.add_argument('--num-train', type=int, default=200, help='training images (default: %(default)s)')
    parser.add_argument('--num-test', type=int, default=100, help='test images (default: %(default)s)')
    parser.add_argument('--size', type=int, default=64, help='height and width in pixels (default: %(default)s)')
    parser.add_argument('--seed', type=int, default=0, help='seed of images and lists (default: %(default)s)')
    parser.add_argument('--other-stain', action='store_true',
                        help='the images of 1-10_labeled.txt have one stain, and all others another')
    parser.add_argument('--force', action='store_true', help='replace a set of other parameters')
    args = parser.parse_args(argv)
    generate(**vars(args))
    print(f'{args.root}: {args.num_train} training and {args.num_test} test images')


if __name__ == '__main__':
    main()
