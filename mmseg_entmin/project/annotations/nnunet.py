# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""nnU-Net: dataset.json says what the values of the masks in labelsTr mean."""
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mmseg_entmin.apis.image_files import files_below

from .documents import load_json
from .export import MaskForm, Reader

FORMAT = 'nnU-Net'
MASKS, IMAGES = 'labelsTr', 'imagesTr'
FIRST, IGNORE = '_0000', 'ignore'


def knows(path: Path, document: Any) -> bool:
    return isinstance(document, dict) and isinstance(document.get('labels'), dict) and (
        'channel_names' in document or 'modality' in document)


def read(paths: list[Path], folder: Path) -> MaskForm:
    """Folder of the masks and the options that read them. ValueError: several data sets, labels that overlap (regions),
    volumes, or cases of several channel files."""
    if len(paths) > 1:
        raise ValueError(f"'{paths[0]}' and '{paths[1]}' are two data sets; give the folder of one")
    path, document = paths[0], load_json(paths[0])
    masks = path.parent / MASKS if (path.parent / MASKS).is_dir() else folder
    ending = document.get('file_ending') or next(
        (file.suffix for file in sorted(files_below(masks)) if file.suffix != '.json'), '.png')
    if ending.endswith(('.nii', '.nii.gz', '.nrrd', '.mha')):
        raise ValueError(f"'{path}' describes volumes ({ending}); save their slices as images and masks")
    names = values_of(path, document['labels'])
    images = [file.name for file in files_below(path.parent / IMAGES)] if (path.parent / IMAGES).is_dir() else []
    if more := [name for name in images if name.endswith(f'_0001{ending}')]:
        raise ValueError(f"'{path.parent / IMAGES}' holds several files a case, like {more[0]}: save the channels of "
                         'each case in one file, such as a TIFF, and give --values with the folder of masks')
    ignored = [names.pop(name) for name in list(names) if name == IGNORE]
    options = dict(classes=list(names), values=list(names.values()), mask_suffix=[ending], ignore_unknown=bool(ignored))
    if images and all(name.endswith(f'{FIRST}{ending}') for name in images):
        options['image_suffix'] = f'{FIRST}{ending}'
    notes = [f'value {ignored[0]}, named {IGNORE}, is ignored'] if ignored else []
    return MaskForm(FORMAT, masks, options, notes)


def values_of(path: Path, labels: Mapping[str, Any]) -> dict[str, int]:
    """The value of each class, in the order of values; the names are the keys, or in version 1 the values are."""
    if all(key.isdigit() for key in labels) and all(isinstance(name, str) for name in labels.values()):
        pairs = [(int(value), name) for value, name in labels.items()]
    elif overlapping := [name for name, value in labels.items() if isinstance(value, list) and len(value) > 1]:
        raise ValueError(f"'{path}': {', '.join(overlapping)} are regions of several values; say with --classes and "
                         f'--values which value is which class, and give the folder {MASKS}')
    else:
        pairs = [(int(value[0] if isinstance(value, list) else value), name) for name, value in labels.items()]
    if len({value for value, _ in pairs}) < len(pairs) or len({name for _, name in pairs}) < len(pairs):
        raise ValueError(f"'{path}': two labels have one value or one name; mend the file")
    return {name: value for value, name in sorted(pairs)}


READER = Reader(FORMAT, '.json', knows, read)
