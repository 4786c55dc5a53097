# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Options that several commands have."""
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Sequence
from pathlib import Path

from .parser import KeyValues

UNREADABLE_EPILOG = 'Exit status: 0; 1 for a mistake; 3 if an image could not be read, the others are done.'


def add_config_options(parser: ArgumentParser, help: str = 'settings that override the config') -> None:
    """Adds ``--cfg-options``."""
    parser.add_argument('--cfg-options', nargs='+', action=KeyValues, metavar='KEY=VALUE', help=help)


def add_data_root(parser: ArgumentParser) -> None:
    """Adds ``--data-root``."""
    parser.add_argument('--data-root', metavar='DIR', help='folder of the data set, in place of every data_root')


def add_run_arguments(parser: ArgumentParser) -> None:
    """Adds the options of trainings and tests, spelled as in mmseg's tools, and ``--data-root``."""
    parser.add_argument('config', help='config file, or one of this package, like entmin/unet_wbc_1-10.py')
    parser.add_argument('--work-dir', help='folder for logs and results (default: ./work_dirs/<name of the config>)')
    add_data_root(parser)
    add_config_options(
        parser, 'settings that override the config: key=value, with dots for nested keys and quotes around lists, '
        'for example train_dataloader.batch_size=4 key="[a,b]"')
    add_launcher(parser, 'job launcher')
    # torch.distributed.launch adds one of these, by its version; torch.distributed.run sets LOCAL_RANK instead.
    parser.add_argument('--local_rank', '--local-rank', type=int, default=0, help='set by the launcher')


def add_launcher(parser: ArgumentParser, help: str) -> None:
    """Adds ``--launcher``."""
    parser.add_argument('--launcher', choices=['none', 'pytorch', 'slurm', 'mpi'], default='none', help=help)


def add_image_arguments(parser: ArgumentParser, out_help: str) -> None:
    """Adds the options of commands that take images."""
    parser.add_argument('images', nargs='+', metavar='FOLDER_OR_FILE',
                        help='images; of a folder, all that are in it or below it')
    parser.add_argument('--config', required=True, help='config file')
    parser.add_argument('--checkpoint', required=True, help='checkpoint file or URL')
    parser.add_argument('--out', required=True, type=Path, metavar='DIR', help=out_help)
    parser.add_argument('--list', metavar='FILE',
                        help='take only these images: names below the folder without suffix, one a line')
    parser.add_argument('--image-suffix', metavar='END',
                        help='of a folder, take only images whose names end so, like .jpg, where masks are beside them')
    parser.add_argument('--device', help="like 'cpu' or 'cuda:0' (default: the GPU if there is one)")
    parser.add_argument('--batch-size', type=int, metavar='N',
                        help='images at once (default: 8 on a GPU; on a CPU as many as have 65,536 pixels, at most 16)')
    parser.add_argument('--workers', type=int, metavar='N',
                        help='processes that read images ahead; 0: reading, network and writing one after the other '
                        '(default: one less than the cores, at most 2 for a CPU and 8 for a GPU)')
    parser.add_argument('--engine', choices=['torch', 'onnxruntime'], default='torch',
                        help='what runs the network; onnxruntime is faster for some networks on a CPU, and exports the '
                        'network for each size of images, some seconds each; the command says if it is slower '
                        '(default: %(default)s)')
    parser.add_argument('--fast', action='store_true',
                        help='time precisions and memory layouts on the first images, take the fastest and say which; '
                        'some labels differ where two classes are nearly as probable')
    shares = parser.add_argument_group('in several processes, with one --out')
    shares.add_argument('--shard', metavar='I/N',
                        help='the I-th of N shares of the images, like 2/8; the process that ends last writes what is '
                        'about all images')
    add_launcher(shares, 'job launcher that numbers the processes, in place of --shard: pytorch is torchrun')
    rerun = parser.add_mutually_exclusive_group()
    rerun.add_argument('--force', action='store_true', help='overwrite results that exist')
    rerun.add_argument('--resume', action='store_true',
                       help='go on with a run that was ended: skip images whose results are whole')


def add_url(parser: ArgumentParser) -> None:
    """Adds ``--url``."""
    parser.add_argument('--url', metavar='PREFIX',
                        help="of label-studio: address before the images' paths, like https://host/ (default: Label "
                        "Studio serves the folder from this machine's disk)")


def add_mask_values(names: ArgumentParser, of_file: str = '') -> None:
    """Adds what the values of mask files mean; ``of_file`` is said of a file of colors."""
    meaning = names.add_mutually_exclusive_group()
    meaning.add_argument('--colors', nargs='+', default=[], metavar='COLOR',
                         help="masks are in colors: that of each class, like '#ff0000' or transparent, or a file with "
                         f'a class and its color a line{of_file}')
    meaning.add_argument('--values', nargs='+', type=int, metavar='V',
                         help='value of each class in the masks, like 0 128 255 '
                         '(default: inferred from the masks, and printed)')
    meaning.add_argument('--threshold', type=float, metavar='T',
                         help='of 2 classes, values from T on are the second, for masks with gray edges')
    meaning.add_argument('--foreground', dest='threshold', action='store_const', const=1,
                         help='the same with 1: masks hold ids of objects, 0 for the background')
    names.add_argument('--nearest', type=float, metavar='D',
                       help='other colors (or, with --values, values) that are at most D away from that of a class, as '
                       'at soft edges and in JPEG files, are the nearest class')
    names.add_argument('--ignore-unknown', action='store_true',
                       help='pixels of other colors or values are ignored in training')


def add_mask_names(names: ArgumentParser) -> None:
    """Adds how mask files and images are named."""
    names.add_argument('--mask-suffix', action='append', metavar='END',
                       help="what follows an image's name in its mask's, like _mask.png; repeat it where an image has "
                       'several masks of 0 and another value: with 2 classes their union is the second, with more '
                       'each is a class, after the background')
    names.add_argument('--mask-name', action='append', metavar='PATTERN', default=[],
                       help="names of masks in another form, like 'label_{}.png', 'cell/{}.png' or '{}/masks/*.png': "
                       '{} is the name that image and mask share, * is anything; repeat it as --mask-suffix')
    names.add_argument('--image-name', metavar='PATTERN', help="the same for images, like 'img_{}.png'")
    names.add_argument('--annotators', nargs='+', default=[], metavar='A',
                       help='masks of several annotators: folders below MASKS, endings like _anna.png, or patterns; '
                       'the majority of a pixel counts, pixels without one are ignored')


def add_export_arguments(exports: ArgumentParser) -> None:
    """Adds how the regions of exports are drawn."""
    exports.add_argument('--small-on-top', action='store_true',
                         help='where regions overlap, the smaller one counts (default: the later one in the export)')
    exports.add_argument('--crowd-objects', action='store_true',
                         help='regions that COCO JSON marks as crowds are objects (default: they are ignored, except '
                         'those of tools that mark single objects so)')
    exports.add_argument('--tasks', type=Path, metavar='FILE',
                         help="for Label Studio's export as PNG: the JSON export of the project, or a text file with a "
                         "task and its image per line, like '1 im0.png'")


def add_list_arguments(parser: ArgumentParser, shares: Sequence[str]) -> None:
    """Adds ``--shares``, with this default, and ``--seed``."""
    parser.add_argument(
        '--shares', nargs='+', default=shares, metavar='SHARE',
        help=f'shares of the training images to label, like 1/8 or 0.125 (default: {" ".join(shares)})')
    parser.add_argument('--seed', type=int, default=0, help='seed of the lists (default: %(default)s)')


def converter_parser(description: str, src: str, dst: str, shares: Sequence[str]) -> ArgumentParser:
    """The parser of a data set converter: SRC, DST (with these help texts), ``--shares``, ``--seed``, ``--force``."""
    parser = ArgumentParser(description=description, formatter_class=RawDescriptionHelpFormatter)
    parser.add_argument('src', metavar='SRC', type=Path, help=src)
    parser.add_argument('dst', metavar='DST', type=Path, help=dst)
    add_list_arguments(parser, shares)
    parser.add_argument('--force', action='store_true', help='overwrite a set of other lists')
    return parser
