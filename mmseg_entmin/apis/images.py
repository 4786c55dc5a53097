# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Which images a command is about, and what their results are named after."""
from pathlib import Path
from typing import Dict, Iterable, Optional, Union

from torchvision.datasets.folder import IMG_EXTENSIONS

from mmseg_entmin.datasets.splits import read_list


def find_images(paths: Iterable[Union[str, Path]], list_file: Union[str, Path, None] = None) -> Dict[str, Path]:
    """Image files by name. In a folder: all images in it and below it, named by their path below it without suffix, as
    the lists of data sets name them. A file that is named itself is taken whatever its suffix, and named by its stem.

    Args:
        paths: folders and files.
        list_file: a text file with one name a line: only these, in its order. Default: all, sorted.

    Raises:
        FileNotFoundError: a path, or an image of the list, that does not exist; a folder without an image.
        ValueError: two images of one name; an empty list.
    """
    images: Dict[str, Path] = {}
    for path in map(Path, paths):
        if not path.exists():
            raise FileNotFoundError(f"'{path}' does not exist (current folder: {Path.cwd()})")
        found = images_below(path) if path.is_dir() else {path: path.stem}
        for image, name in found.items():
            if name in images:
                raise ValueError(f"'{images[name]}' and '{image}' are both named {name}, and so would be their "
                                 'results; give them separately')
            images[name] = image
    return images if list_file is None else listed(images, list_file)


def images_below(folder: Path) -> Dict[Path, str]:
    """Names of the images in a folder and below it, hidden ones left out."""
    files = sorted(path for path in folder.rglob('*') if path.suffix.lower() in IMG_EXTENSIONS and path.is_file())
    inside = {path: path.relative_to(folder) for path in files}
    found = {path: below.with_suffix('').as_posix() for path, below in inside.items()
             if not any(part.startswith('.') for part in below.parts)}
    if not found:
        raise FileNotFoundError(f"folder '{folder}' has no image ({' '.join(IMG_EXTENSIONS)})")
    return found


def listed(images: Dict[str, Path], list_file: Union[str, Path]) -> Dict[str, Path]:
    """The images that a list names."""
    names = read_list(list_file)
    missing = [name for name in names if name not in images]
    if missing:
        raise FileNotFoundError(f"'{list_file}' names {missing[0]}, which is not among the {len(images)} images "
                                f'({len(missing)} of {len(names)} names are not); give the folder that its names start '
                                'at')
    return {name: images[name] for name in names}


def common_suffix(images: Dict[str, Path]) -> Optional[str]:
    """The suffix that all images share; None if they do not."""
    suffixes = {path.suffix for path in images.values()}
    return suffixes.pop() if len(suffixes) == 1 else None
