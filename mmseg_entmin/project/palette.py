# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Names and colors of classes, from the command line and from files."""
import re
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from matplotlib import colormaps

Color = tuple[int, int, int]
HEX = re.compile(r'#?([0-9a-fA-F]{6})$')
# 'nucleus 255 0 0', 'nucleus,255,0,0', 'nucleus: #ff0000', and CVAT's 'nucleus:255,0,0:parts:actions'
LINE = re.compile(r'(?P<name>\S.*?)[\s:,;=]+'
                  r'(?:#?(?P<hex>[0-9a-fA-F]{6})|(?P<rgb>\d{1,3}[\s,;]+\d{1,3}[\s,;]+\d{1,3}))(:[^:]*:[^:]*|\W*)$')
BLACK, NAMED, MANY = (0, 0, 0), 10, 20
CLEAR = 'transparent'  # is black, as which transparent pixels count
LONGEST = 64 * 1024  # bytes of a file of names
KINDS = ('', '.lst', '.names', '.txt')


def class_names(texts: Sequence[str], *places: Path) -> list[str]:
    """The names as given, or the lines of a file with one name each. ValueError if a text file in, above or beside the
    folders `places` has the given words in fewer lines: the shell has split its names at their blanks."""
    if len(texts) == 1 and Path(texts[0]).is_file():
        return name_lines(Path(texts[0]))
    texts = [text.strip('\ufeff\r\n\t ') for text in texts]
    folders = dict.fromkeys([Path.cwd(), *(folder for place in places for folder in (place, *place.parents[:1]))])
    files = [path for folder in folders for path in sorted(folder.glob('*')) if path.suffix in KINDS]
    for path in files if len(texts) > 2 else []:
        with suppress(OSError, ValueError):  # another file is not ours
            lines = name_lines(path) if path.stat().st_size < LONGEST else []
            if len(lines) < len(texts) and ' '.join(lines).split() == texts:
                break
    else:
        return texts
    raise ValueError(f"--classes gives {len(texts)} names, but '{path}' has them as {len(lines)} lines: names with "
                     f'blanks were split; give the file, --classes {path}')


def name_lines(path: Path) -> list[str]:
    """The lines of a text file that are not empty."""
    return [line.strip() for line in text_lines(path) if line.strip()]


def text_lines(path: Path) -> list[str]:
    """The lines of a file; ValueError if it is not text."""
    try:
        return path.read_text(encoding='utf-8-sig').splitlines()
    except UnicodeDecodeError as error:
        raise ValueError(f"'{path}' is no text in UTF-8, from byte {error.start} on; save it as UTF-8") from error


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
    CVAT's `labelmap.txt` works as it is. ValueError: not UTF-8, no class and color, or a duplicate."""
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
    """Colors of classes by name: from a file, or one per class, of which one may be "transparent". Raises ValueError if
    they do not match."""
    if len(texts) == 1 and Path(texts[0]).is_file():
        palette = read_palette(texts[0])
        if classes and set(classes) != set(palette):
            raise ValueError(f"--classes {' '.join(classes)}: '{texts[0]}' has {', '.join(palette)}; leave it out")
        return {name: palette[name] for name in classes or palette}
    colors = [BLACK if text == CLEAR else parse_color(text, 'neither a color nor an existing file') for text in texts]
    if len(colors) != len(classes) or len(set(colors)) != len(colors):
        raise ValueError(f'--colors has {len(set(colors))} different colors for {len(classes)} --classes; give one for '
                         'each, or a file with lines like \'nucleus #ff8000\'')
    return dict(zip(classes, colors))


def default_palette(count: int) -> list[Color]:
    """`count` distinct colors, black first."""
    if count <= MANY:
        chosen = colormaps['tab10' if count <= NAMED else 'tab20'](range(count - 1))
    else:
        chosen = colormaps['hsv']([index / (count - 1) for index in range(count - 1)])
    return [BLACK, *(tuple(round(255 * float(part)) for part in color[:3]) for color in chosen)]
