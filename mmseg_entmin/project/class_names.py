# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Names of classes from the command line or from a file."""
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

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
