# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Which format an export has, seen by its content."""
from collections import defaultdict
from pathlib import Path

from mmseg_entmin.apis.image_files import files_below
from mmseg_entmin.words import amount

from . import cityscapes, coco, cvat, darwin, label_studio, labelme, nnunet, roboflow_masks, supervisely, via, yolo
from .documents import content, reading_parts
from .export import Export, MaskForm, Reader

READERS: tuple[Reader, ...] = (
    coco.READER, labelme.READER, supervisely.READER, nnunet.READER, roboflow_masks.READER, cityscapes.READER,
    darwin.READER, via.READER, via.CSV_READER, label_studio.READER, cvat.XML_READER, cvat.MASK_READER,
    yolo.READER)
OTHERS = {'.yml': '.yaml'}  # suffixes of the same kind of file
SUFFIXES = {*(reader.suffix for reader in READERS), *OTHERS}
ARCHIVES = ('.zip', '.tar', '.gz', '.tgz', '.7z', '.rar')


def recognise(place: Path) -> Export | MaskForm | None:
    """Reads the export in a file or folder; None if the folder holds files of no known format.

    ValueError: a file of no known format, an archive, a folder with exports of several formats, a file that cannot be
    read beside others that can, or whatever is wrong with the export itself.
    """
    if place.is_dir():
        paths, folder = sorted(path for path in files_below(place) if path.suffix.lower() in SUFFIXES), place
    elif place.exists():
        refuse_archive(place)
        paths, folder = [place], place.parent
    else:
        raise FileNotFoundError(f"'{place}' does not exist (current folder: {Path.cwd()})")
    found, unknown, broken = defaultdict(list), [], []
    for path in paths:
        try:
            reader = reader_of(path)
        except ValueError as error:
            broken.append(error)
            continue
        (unknown if reader is None else found[reader]).append(path)
    if place.is_file() and not found:
        raise broken[0] if broken else ValueError(
            f"'{place}' is of no known format; the known ones are {', '.join(reader.format for reader in READERS)}")
    if not found:
        refuse_exports_alone(place, paths)
        return None
    if broken:
        raise broken[0]
    if len(found) > 1:
        examples = ' and '.join(f"{reader.format} ('{files[0]}')" for reader, files in found.items())
        raise ValueError(f"'{place}' holds {examples}: give one of them, the file or its folder")
    (reader, files), = found.items()
    with reading_parts(f"'{place}' looks like {reader.format}, but"):
        export = reader.read(files, folder)
    if others := [path for path in unknown if path.suffix.lower() == reader.suffix != '.txt']:
        export.notes.append(f"not read, as not of the format: {amount(len(others), 'other file')}, like '{others[0]}'")
    return export


def refuse_exports_alone(folder: Path, paths: list[Path]) -> None:
    """Raises ValueError for a folder that holds only files of unknown formats, or archives."""
    files = sorted(files_below(folder))
    if archives := [path for path in files if path.suffix.lower() in ARCHIVES]:
        if len(archives) + len(paths) == len(files):
            refuse_archive(archives[0])
    elif paths and len(paths) == len(files):
        raise ValueError(f"'{folder}' holds no masks, and files of no known format, like '{paths[0]}'; the known "
                         f'formats are {", ".join(reader.format for reader in READERS)}')


def refuse_archive(path: Path) -> None:
    if path.suffix.lower() in ARCHIVES:
        raise ValueError(f"'{path}' is an archive: unpack it, and give the folder")


def reader_of(path: Path) -> Reader | None:
    """The reader that knows a file. ValueError: the file is no JSON though it is named so, or no text."""
    document = content(path)
    suffix = path.suffix.lower()
    return next((reader for reader in READERS if reader.suffix == OTHERS.get(suffix, suffix)
                 and reader.knows(path, document)), None)
