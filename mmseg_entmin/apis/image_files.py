# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Which images a command is about, and what their results are named after."""
import os
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath
from shlex import quote

from torchvision.datasets.folder import IMG_EXTENSIONS

from mmseg_entmin.datasets.splits import read_list


def find_images(paths: Iterable[str | Path], list_file: str | Path | None = None, suffix: str | None = None,
                skip: Sequence[str] = (), extensions: Sequence[str] = IMG_EXTENSIONS) -> dict[str, Path]:
    """Image files by name.

    Images in and below a folder are named by their path below it without the suffix, as in the lists of data sets. A
    single file may have any suffix, and its stem is its name.

    Args:
        paths: folders and files.
        list_file: a text file with one name on each line: only these, in its order. Default: all, sorted.
        suffix: take the files of a folder that end in it, like '.bmp' or '_image.png'; the rest of the path is the
            name. Default: all image formats.
        skip: endings or patterns of files to leave out, see `skipped`.
        extensions: the suffixes of image formats, in small letters.

    Raises FileNotFoundError for a missing path, image or link target, and ValueError for two images of one name.
    """
    images: dict[str, Path] = {}
    for path in map(Path, paths):
        if not path.exists():
            raise FileNotFoundError(f"'{path}' does not exist (current folder: {Path.cwd()})")
        found = images_below(path, suffix, extensions) if path.is_dir() else {path: path.stem}
        for image, name in found.items():
            if skip and skipped(image.relative_to(path).as_posix(), skip):
                continue
            if name in images:
                raise ValueError(f"'{images[name]}' and '{image}' are both named {name}, as their results would be; "
                                 'choose with --image-suffix, or give them separately')
            images[name] = image
    return images if list_file is None else listed(images, list_file)


def skipped(name: str, endings: Sequence[str]) -> bool:
    """Whether the path of a file below its folder ends so, or fits a pattern with '*', like 'overlay_*'."""
    return any(name.endswith(end) or ('*' in end and fnmatch(f'/{name}', f'*/{end}')) for end in endings)


def images_below(folder: Path, suffix: str | None = None,
                 extensions: Sequence[str] = IMG_EXTENSIONS) -> dict[Path, str]:
    """Names of the images in and below a folder, without hidden ones; with a suffix, of all files that end in it."""
    found: dict[Path, str] = {}
    for path in sorted(files_below(folder)):
        if path.name.endswith(suffix) if suffix else path.suffix.lower() in extensions:
            if not path.exists():
                raise FileNotFoundError(f"'{path}' is a link to '{os.readlink(path)}', which does not exist; repair or "
                                        'remove it')
            found[path] = path.relative_to(folder).as_posix().removesuffix(suffix or path.suffix)
    if not found:
        raise FileNotFoundError(f"folder '{folder}' has no image ({suffix or ' '.join(extensions)}){others(folder)}")
    return found


def others(folder: Path) -> str:
    """What a folder without images holds, for a message: its most common kind of files, and for MATLAB's what to do."""
    files = sorted(files_below(folder))
    if not files:
        return ''
    kind, number = Counter(path.suffix for path in files).most_common(1)[0]
    one = next(path for path in files if path.suffix == kind)
    advice = "; save what MATLAB's files hold as arrays, numpy.save('NAME.npy', scipy.io.loadmat('NAME.mat')[KEY])"
    return f", but {number} files like '{one.name}'" + (advice if kind.lower() == '.mat' else '')


def files_below(folder: Path) -> Iterator[Path]:
    """Files in and below a folder, without hidden ones. Links are followed, but no folder is listed twice."""
    seen: set[str] = set()
    tops = [folder]
    for top in tops:  # linked folders are appended
        for place, folders, files in os.walk(top):
            if os.path.realpath(place) in seen:
                folders.clear()
                continue
            seen.add(os.path.realpath(place))
            folders[:] = [name for name in folders if not name.startswith('.')]
            tops += [Path(place, name) for name in folders if os.path.islink(os.path.join(place, name))]
            yield from (Path(place, name) for name in files if not name.startswith('.'))


def listed(images: dict[str, Path], list_file: str | Path) -> dict[str, Path]:
    """The images of a list, named as it names them: lists of a set of `img_suffix='_0000.png'` leave '_0000' out.
    FileNotFoundError: a name is of no image."""
    names = read_list(list_file)
    missing = [name for name in names if name not in images]
    endings = shared_endings(names, images) if missing else ['']
    if len(endings) == 1:
        return {name: images[name + endings[0]] for name in names}
    options = ' or '.join(f'--image-suffix={quote(ending + images[names[0] + ending].suffix)}' for ending in endings)
    advice = f'their files may have several endings: say which with {options}' if endings else \
        'give the folder above these names'
    raise FileNotFoundError(f"'{list_file}' names {missing[0]}, which is not among the {len(images)} images "
                            f'({len(missing)} of {len(names)} names are not); {advice}')


def shared_endings(names: Sequence[str], images: Collection[str]) -> list[str]:
    """What may follow each of some names to make them names of images, like '_0000'."""
    return [image[len(names[0]):] for image in images if image.startswith(names[0])
            and all(name + image[len(names[0]):] in images for name in names)]


def common_suffix(images: dict[str, Path]) -> str | None:
    """What follows the names of all images in those of their files; None if it differs."""
    suffixes = set()
    for name, path in images.items():
        stem = PurePosixPath(name).name
        suffixes.add(path.name[len(stem):] if path.name.startswith(stem) else path.suffix)
    return suffixes.pop() if len(suffixes) == 1 else None
