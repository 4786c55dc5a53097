# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""How the files of images and masks are named."""
import re
from collections.abc import Iterable
from pathlib import Path
from shlex import quote

EXTENSION = r'\.[A-Za-z0-9]+'


class NamePattern:
    """Names of files, like 'label_{}.png' or '{}/masks/*.png': `{}` stands for the name that an image and its masks
    share, `*` for anything within a name. A pattern without a suffix takes any. Without '/', the folders of a file
    belong to its name; with '/', the pattern is the end of its path.

    Args:
        text: the pattern; ValueError without `{}`.
        any_case: whether the suffix may be in capitals or not.
    """

    def __init__(self, text: str, any_case: bool = True) -> None:
        if '{}' not in text:
            raise ValueError(f"'{text}' as the names of files: write {{}} where the name stands that an image and its "
                             "masks share, like 'label_{}.png'")
        self.text = text
        ending = re.split(r'\{\}|\*', text)[-1]
        self.suffix = ending if '.' in ending else ''  # the end of all names; without one, any suffix
        body = text.removesuffix(ending)
        stem, dot, extension = ending.rpartition('.')
        shared = '.+' if '/' in text else '[^/]+'
        self.regex = re.compile(
            r'(?P<folder>(?:.*/)??)' + self._body(body, shared)
            + (re.escape(stem + dot) + (f'(?i:{re.escape(extension)})' if any_case else re.escape(extension)) if dot
               else re.escape(ending) + EXTENSION) + '$')

    @staticmethod
    def _body(body: str, shared: str) -> str:
        pieces, seen = [], False
        for piece in re.split(r'(\{\}|\*)', body):
            if piece == '{}':
                pieces.append('(?P=name)' if seen else f'(?P<name>{shared})')
                seen = True
            else:
                pieces.append('[^/]*' if piece == '*' else re.escape(piece))
        return ''.join(pieces)

    def key(self, path: str) -> str | None:
        """The shared name in the path of a file below its folder, written with '/'; None if the path does not fit."""
        match = self.regex.match(path)
        return match and match['folder'] + match['name']

    @property
    def plain(self) -> bool:
        """Whether it is a name and an ending with a suffix."""
        return bool(re.fullmatch(r'\{\}[^{}*/]*\.[^{}*/]*', self.text))

    @property
    def literal(self) -> int:
        """Number of characters that a name has to have; of two patterns that fit, the one with more counts."""
        return len(re.sub(r'\{\}|\*', '', self.text))


def patterns(names: Iterable[str], suffixes: Iterable[str], any_case: bool = True) -> list[NamePattern]:
    """The patterns of `--mask-name` and `--mask-suffix`, or of the options of images. ValueError: a suffix without a
    dot."""
    for suffix in suffixes:
        if '.' not in suffix:
            raise ValueError(f"'{suffix}' as the ending of files: write it with its dot, like .png or _mask.png")
    return [NamePattern(text, any_case) for text in [*names, *(f'{{}}{suffix}' for suffix in suffixes)]]


def option(text: str, kind: str = 'mask') -> str:
    """The shortest option that gives a pattern, quoted for a shell: a suffix where the pattern begins with `{}`."""
    if NamePattern(text).plain:
        return f'--{kind}-suffix={quote(text[2:])}'
    return f'--{kind}-name={quote(text)}'


def posix(path: Path, folder: Path) -> str:
    """The path of a file below its folder, written with '/'."""
    return path.relative_to(folder).as_posix()
