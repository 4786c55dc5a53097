# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Names and colors of classes, from the command line and from files."""
import re
from collections.abc import Sequence
from pathlib import Path

from matplotlib import colormaps

from .class_names import text_lines

Color = tuple[int, int, int]
HEX = re.compile(r'#?([0-9a-fA-F]{6})$')
# 'nucleus 255 0 0', 'nucleus,255,0,0', 'nucleus: #ff0000', and CVAT's 'nucleus:255,0,0:parts:actions'
LINE = re.compile(r'(?P<name>\S.*?)[\s:,;=]+'
                  r'(?:#?(?P<hex>[0-9a-fA-F]{6})|(?P<rgb>\d{1,3}[\s,;]+\d{1,3}[\s,;]+\d{1,3}))(:[^:]*:[^:]*|\W*)$')
BLACK, NAMED, MANY = (0, 0, 0), 10, 20


def parse_color(text: str, otherwise: str = 'no color') -> Color:
    """A color like '#ff8000' or '255,128,0'; `otherwise` is what the error calls any other text."""
    match = HEX.match(text.strip())
    if match:
        return tuple(bytes.fromhex(match.group(1)))
    parts = re.split(r'[\s,;]+', text.strip())
    if len(parts) != 3 or not all(part.isdecimal() and int(part) <= 255 for part in parts):
        raise ValueError(f"'{text}' is {otherwise}; write it like '#ff8000' or '255,128,0'")
    return tuple(map(int, parts))


def read_palette(path: str | Path) -> dict[str, Color]:
    """Colors of classes by name, from a text file with a class per line: name, then '#ff8000' or three numbers.

    CVAT's `labelmap.txt` works as it is. ValueError: not UTF-8, no class and color, or a duplicate.
    """
    palette: dict[str, Color] = {}
    for number, line in enumerate(text_lines(Path(path)), start=1):
        if not line.strip() or line.startswith('# '):
            continue
        match = LINE.match(line.strip())
        if match is None:
            raise ValueError(f"'{path}' line {number}: '{line.strip()}' is no class and color; write it like "
                             "'nucleus #ff8000' or 'nucleus 255 128 0'")
        name, color = match['name'].strip(), parse_color(match['hex'] or match['rgb'])
        if name in palette or color in palette.values():
            raise ValueError(f"'{path}' line {number}: '{name}' or its color is there already")
        palette[name] = color
    return palette


def colors_of(texts: Sequence[str], classes: Sequence[str]) -> dict[str, Color]:
    """Colors of classes by name: from a file, or one per class. Raises ValueError if they do not match."""
    if len(texts) == 1 and Path(texts[0]).is_file():
        palette = read_palette(texts[0])
        if classes and set(classes) != set(palette):
            raise ValueError(f"--classes {' '.join(classes)}: '{texts[0]}' has {', '.join(palette)}; leave it out")
        return {name: palette[name] for name in classes or palette}
    colors = [parse_color(text, 'neither a color nor an existing file') for text in texts]
    if len(colors) != len(classes) or len(set(colors)) != len(colors):
        raise ValueError(f'--colors has {len(set(colors))} different colors for {len(classes)} --classes; give one for '
                         'each, or a file with lines like \'nucleus #ff8000\'')
    return dict(zip(classes, colors))


def default_palette(count: int) -> list[Color]:
    """`count` distinct colors, black first."""
    if count <= NAMED:
        chosen = colormaps['tab10'](range(count - 1))
    elif count <= MANY:
        chosen = colormaps['tab20'](range(count - 1))
    else:
        chosen = colormaps['hsv']([index / (count - 1) for index in range(count - 1)])
    return [BLACK, *(tuple(round(255 * float(part)) for part in color[:3]) for color in chosen)]
