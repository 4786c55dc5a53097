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
    parser.add_argument('--launcher', choices=['none', 'pytorch', 'slurm', 'mpi'], default='none', help='job launcher')
    # torch.distributed.launch adds one of these, by its version; torch.distributed.run sets LOCAL_RANK instead.
    parser.add_argument('--local_rank', '--local-rank', type=int, default=0, help='set by the launcher')


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
    parser.add_argument('--batch-size', type=int, default=8, metavar='N', help='images at once (default: %(default)s)')
    parser.add_argument('--force', action='store_true', help='overwrite results that exist')


def add_url(parser: ArgumentParser) -> None:
    """Adds ``--url``."""
    parser.add_argument('--url', metavar='PREFIX',
                        help="of label-studio: address before the images' paths, like https://host/ (default: Label "
                        "Studio serves the folder from this machine's disk)")


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
