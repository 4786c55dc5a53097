# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Which images a command is about, and what their results are named after."""
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from torchvision.datasets.folder import IMG_EXTENSIONS

from mmseg_entmin.datasets.splits import read_list


def find_images(paths: Iterable[str | Path], list_file: str | Path | None = None,
                suffix: str | None = None) -> dict[str, Path]:
    """Image files by name. In a folder: all images in it and below it, named by their path below it without suffix, as
    the lists of data sets name them. A file that is named itself is taken whatever its suffix, and named by its stem.

    Args:
        paths: folders and files.
        list_file: a text file with one name a line: only these, in its order. Default: all, sorted.
        suffix: of a folder, only files whose names end so, like '.bmp' or '_image.png', whatever their format; what
            comes before is the name.

    Raises:
        FileNotFoundError: a path, or an image of the list, that does not exist; a folder without an image; a link
            that leads nowhere.
        ValueError: two images of one name; an empty list.
    """
    images: dict[str, Path] = {}
    for path in map(Path, paths):
        if not path.exists():
            raise FileNotFoundError(f"'{path}' does not exist (current folder: {Path.cwd()})")
        found = images_below(path, suffix) if path.is_dir() else {path: path.stem}
        for image, name in found.items():
            if name in images:
                raise ValueError(f"'{images[name]}' and '{image}' are both named {name}, and so would be what is made "
                                 'of them; say which are meant with --image-suffix, or give them separately')
            images[name] = image
    return images if list_file is None else listed(images, list_file)


def images_below(folder: Path, suffix: str | None = None) -> dict[Path, str]:
    """Names of the images in a folder and below it, hidden ones left out; with a suffix, of all files that end so."""
    found: dict[Path, str] = {}
    for path in sorted(files_below(folder)):
        if path.name.endswith(suffix) if suffix else path.suffix.lower() in IMG_EXTENSIONS:
            if not path.exists():
                raise FileNotFoundError(f"'{path}' is a link to '{os.readlink(path)}', which does not exist; mend or "
                                        'remove it')
            found[path] = path.relative_to(folder).as_posix().removesuffix(suffix or path.suffix)
    if not found:
        raise FileNotFoundError(f"folder '{folder}' has no image ({suffix or ' '.join(IMG_EXTENSIONS)})")
    return found


def files_below(folder: Path) -> Iterator[Path]:
    """Files in a folder and below it, hidden ones left out. Links are followed; a folder is taken once, under the name
    of a link only where it has none of its own."""
    seen: set[str] = set()
    tops = [folder]
    for top in tops:  # it grows by the links that are found
        for place, folders, files in os.walk(top):
            if os.path.realpath(place) in seen:
                folders.clear()
                continue
            seen.add(os.path.realpath(place))
            folders[:] = [name for name in folders if not name.startswith('.')]
            tops += [Path(place, name) for name in folders if os.path.islink(os.path.join(place, name))]
            yield from (Path(place, name) for name in files if not name.startswith('.'))


def listed(images: dict[str, Path], list_file: str | Path) -> dict[str, Path]:
    """The images that a list names."""
    names = read_list(list_file)
    missing = [name for name in names if name not in images]
    if missing:
        raise FileNotFoundError(f"'{list_file}' names {missing[0]}, which is not among the {len(images)} images "
                                f'({len(missing)} of {len(names)} names are not); give the folder that its names start '
                                'at')
    return {name: images[name] for name in names}


def common_suffix(images: dict[str, Path]) -> str | None:
    """The suffix that all images share; None if they do not."""
    suffixes = {path.suffix for path in images.values()}
    return suffixes.pop() if len(suffixes) == 1 else None
