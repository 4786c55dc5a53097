# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Finds the command, reads its options, and only then imports what does the work."""
import sys
from argparse import Namespace
from collections.abc import Sequence
from difflib import get_close_matches
from importlib import import_module

from .parser import Parser

COMMANDS = {
    'new-project': 'make a project of your own images',
    'check-data': 'look for what is wrong with a data set',
    'train': 'train a segmentor',
    'test': 'test a segmentor',
    'compare': 'find out whether the unlabeled images of a project help',
    'report': 'write one page about trainings',
    'predict': 'segment images',
    'pseudo-label': 'label images by a model',
    'rank': 'choose which images to annotate next',
    'add-masks': 'take corrected masks into a project',
    'export': 'export a segmentor to ONNX or torch.export',
    'make-splits': 'write labeled and unlabeled lists',
    'import-splits': 'read lists of other projects',
}


def build_parser() -> Parser:
    """The parser of all commands; each has its module in this package."""
    parser = Parser(prog='entmin', description='Semi-supervised semantic segmentation by entropy minimization.',
                    epilog='entmin COMMAND --help shows the options of a command.')
    commands = parser.add_subparsers(dest='command', metavar='COMMAND', required=True)
    for name, summary in COMMANDS.items():
        module = import_module(f'entmin.{module_of(name)}')
        part = commands.add_parser(name, help=summary, description=module.__doc__,
                                   epilog=getattr(module, 'EPILOG', None))
        module.add_arguments(part)
    return parser


def module_of(command: str) -> str:
    return command.replace('-', '_')


def parse(argv: Sequence[str]) -> Namespace:
    """The options of a command line; ``command`` among them is the command's name."""
    parser = build_parser()
    if argv and not argv[0].startswith('-') and argv[0] not in COMMANDS:
        close = get_close_matches(argv[0], COMMANDS, n=1)
        parser.error(f"there is no command '{argv[0]}'; "
                     + (f"did you mean '{close[0]}'?" if close else f"there are {', '.join(COMMANDS)}"))
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None, command: str | None = None) -> None:
    """Runs ``entmin COMMAND [options]``.

    Args:
        argv: the words after ``entmin``. Default: those of this program's command line.
        command: the first of them, for a program that has one command.
    """
    argv = sys.argv[1:] if argv is None else argv
    args = parse([command, *argv] if command else argv)
    import_module(f'mmseg_entmin.cli.{module_of(args.command)}').main(args)
