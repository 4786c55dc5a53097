# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Which image file an export means: tools write paths of other machines, other suffixes, and encoded names."""
import posixpath
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath
from urllib.parse import unquote

DEEPEST = 8  # parts of a path that are compared


def match(names: Iterable[str], images: Mapping[str, Path]) -> tuple[dict[str, str], list[str]]:
    """The name in `images` (paths below their folder without suffix) of each name that an export writes, and the names
    without an image.

    In turn, images are sought by their whole path, by ever shorter ends of the path with the file name, and by the same
    without suffix. Raises ValueError where several images fit, or where two names mean one image.
    """
    left, found, taken = list(names), {}, set()
    own = {True: {name: [normal(PurePosixPath(name).with_name(path.name).as_posix())]
                  for name, path in images.items()}}
    own[False] = {name: [normal(name), *map(without_suffix, files)] for name, files in own[True].items()}
    written = {name: list(dict.fromkeys((normal(name), normal(unquote(name))))) for name in left}
    for with_suffix in (True, False):
        if not with_suffix:
            written = {name: list(dict.fromkeys(text for full in texts for text in (full, without_suffix(full))))
                       for name, texts in written.items()}
        for depth in range(DEEPEST, 0, -1):
            files = defaultdict(list)
            for image, texts in own[with_suffix].items():
                for text in {tail(text, depth) for text in texts} if image not in taken else ():
                    files[text].append(image)
            meant = defaultdict(list)
            for name in left:
                fitting = next((files[key] for text in written[name] if (key := tail(text, depth)) in files), [])
                if len(fitting) > 1:
                    raise ValueError(f"the export's image '{name}' may be '{images[fitting[0]]}' or "
                                     f"'{images[fitting[1]]}': give a folder of images that has one of them")
                for image in fitting:
                    meant[image].append(name)
            for image, same in meant.items():
                if len(same) > 1:
                    raise ValueError(f"the export's images '{same[0]}' and '{same[1]}' both fit '{images[image]}': "
                                     'give the folder that holds both, or an export of one of them')
                found[same[0]] = image
            taken.update(meant)
            left = [name for name in left if name not in found]
    found |= uploaded(left, {name: path for name, path in images.items() if name not in taken})
    return found, [name for name in left if name not in found]


def uploaded(names: Iterable[str], images: Mapping[str, Path]) -> dict[str, str]:
    """The images of names that a web server, such as Label Studio's, has changed: blanks became '_', signs were left
    out. Only where one name and one image fit."""
    def kept(name: str) -> str:
        return re.sub(r'[^-\w.]', '', PurePosixPath(normal(unquote(name))).name.replace(' ', '_'))

    files, written = defaultdict(list), defaultdict(list)
    for image, path in images.items():
        files[kept(path.name)].append(image)
    for name in names:
        written[kept(name)].append(name)
    return {same[0]: files[text][0] for text, same in written.items() if len(same) == 1 == len(files.get(text, ()))}


def below(names: Iterable[str], place: Path, images: Path) -> dict[str, str]:
    """Each name, which is relative to the file or folder `place` of an export, relative to the folder of images if the
    export is in it, so that images of one name in several folders are told apart."""
    folder = (place if place.is_dir() else place.parent).resolve()
    if not folder.is_relative_to(images.resolve()):
        return {name: name for name in names}
    prefix = folder.relative_to(images.resolve()).as_posix()
    return {name: posixpath.normpath(f'{prefix}/{normal(name)}') for name in names}


def tail(path: str, depth: int) -> str:
    """The last `depth` parts of a path, all at the greatest depth."""
    return path if depth == DEEPEST else '/'.join(path.split('/')[-depth:])


def normal(name: str) -> str:
    """One spelling of a path."""
    name = unicodedata.normalize('NFC', name.strip()).replace('\\', '/')
    return str(PurePosixPath(name.removeprefix('file://')))


def without_suffix(name: str) -> str:
    path = PurePosixPath(name)
    return str(path.with_suffix('')) if path.suffix else name
