# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Parsers that name the option that a mistyped one is near, and options of the form ``key=value``."""
import re
import sys
from argparse import Action, ArgumentError, ArgumentParser, Namespace, RawDescriptionHelpFormatter
from collections.abc import Sequence
from difflib import get_close_matches
from itertools import takewhile


class Parser(ArgumentParser):
    """An ArgumentParser that keeps the line breaks of a description, and tells of unknown options before all else."""

    def __init__(self, **kwargs) -> None:
        super().__init__(**{'formatter_class': RawDescriptionHelpFormatter, **kwargs})

    def parse_known_args(self, args: Sequence[str] | None = None, namespace: Namespace | None = None):
        args = list(sys.argv[1:] if args is None else args)
        for arg in takewhile(lambda arg: arg != '--', args if self._subparsers is None else ()):
            name = arg.split('=')[0]
            known = self._option_string_actions
            if name.startswith('--') and ' ' not in name and name not in known and not self._get_option_tuples(arg):
                close = get_close_matches(name, known, n=1)
                self.error(f'unrecognized arguments: {arg}' + (f'; did you mean {close[0]}?' if close else ''))
        return super().parse_known_args(args, namespace)


class KeyValues(Action):
    """Collects ``key=value`` as texts; who reads the config turns the values into what they mean."""

    def __call__(self, parser: ArgumentParser, namespace: Namespace, values: Sequence[str],
                 option_string: str | None = None) -> None:
        for pair in values:
            if not re.match('[^=]+=', pair):
                raise ArgumentError(self, f"'{pair}' is no key=value; put quotes around a value with blanks")
            if not all(pair.count(left) == pair.count(right) for left, right in ('()', '[]')):
                raise ArgumentError(self, f"'{pair}': a bracket is not closed; put quotes around a list")
        setattr(namespace, self.dest, [*(getattr(namespace, self.dest) or []), *values])
