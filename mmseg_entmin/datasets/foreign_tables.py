# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Lists of images in CSV, YAML and JSON."""
import csv
import json
import re
from collections.abc import Sequence
from typing import Any

import yaml
from torchvision.datasets.folder import IMG_EXTENSIONS

from mmseg_entmin.errors import one_line

LABELED, UNLABELED = 'labeled', 'unlabeled'
ROLES = {**dict.fromkeys(('labeled', 'labelled', 'label', 'train_labeled', 'train_l', 'sup', 'l'), LABELED),
         **dict.fromkeys(('unlabeled', 'unlabelled', 'unlabel', 'train_unlabeled', 'train_u', 'unsup', 'u'), UNLABELED)}
IMAGE_KEYS = ('image', 'img', 'images', 'image_path', 'img_path', 'imagepath', 'file', 'filename', 'file_name',
              'filepath', 'file_path', 'path', 'name', 'image_name', 'basename', 'stem', 'image_id', 'id', 'sample')
PAIR = re.compile(rf"({'|'.join(map(re.escape, IMG_EXTENSIONS))})\s+\S.*\.\w+$", re.IGNORECASE)  # an image and its mask
SPLIT_KEYS = ('split', 'set', 'subset', 'partition', 'fold', 'usage', 'labeled', 'is_labeled')


def table_entries(text: str, kind: str, role: str = '') -> list | None:
    """The images of a list in CSV, YAML or JSON (`kind` is the suffix, like '.csv'); None for a plain list.

    `role`, 'labeled' or 'unlabeled', chooses where a file holds both. ValueError: the file is unreadable or ambiguous.
    """
    yaml_text = kind in ('.yaml', '.yml')
    if yaml_text or kind == '.json' or text.lstrip()[:1] in ('{', '['):
        try:  # YAML's numbers stay texts, as 007 is a name
            data = yaml.load(text, yaml.BaseLoader) if yaml_text else json.loads(text)
        except (ValueError, yaml.YAMLError) as error:
            raise ValueError(f"it is no {'YAML' if yaml_text else 'JSON'}: {one_line(error)}") from error
        return entries_of(data, role)
    if text.lstrip()[:1] == '<':
        raise ValueError('it is XML or HTML')
    lines = [line for line in text.splitlines() if line.strip()]
    mark = max(',;\t', key=lines[0].count) if lines else ','
    separated = lines and all(mark in line for line in lines)
    first = lines[-1].split(mark)[0].strip('" ') if lines else ''  # of the last line: the first may be a header
    if kind in ('.csv', '.tsv') or (separated and mark != '\t' and is_image(first)):
        return column_of([[cell.strip() for cell in row] for row in csv.reader(lines, delimiter=mark)], role)
    return None


def is_image(text: Any) -> bool:
    return str(text).lower().endswith(IMG_EXTENSIONS)


def entries_of(data: Any, role: str) -> list:
    """The names or indices in nested lists and dicts."""
    if isinstance(data, dict):
        keys = {ROLES.get(str(key).lower(), str(key).lower()): key for key in data}
        key = next((keys[name] for name in (role, 'images') if name in keys), None)
        if key is None and len(data) == 1:
            key, = data
        if key is None:
            raise ValueError(f"it holds {', '.join(map(str, list(data)[:8]))}, but no list named {role or LABELED}")
        return entries_of(data[key], role)
    if not isinstance(data, list):
        raise ValueError(f'it holds a {type(data).__name__}, not a list of names')
    if data and all(isinstance(part, dict) for part in data):
        columns = list(dict.fromkeys(str(key) for part in data for key in part))
        return column_of([columns, *([part.get(column, '') for column in columns] for part in data)], role)
    wrong = next((part for part in data if isinstance(part, bool) or not isinstance(part, (str, int))), None)
    if wrong is not None:
        raise ValueError(f'it holds a {type(wrong).__name__} among its entries, not names or indices')
    return [part if isinstance(part, int) or PAIR.search(part) else whole(part) for part in data]


def column_of(rows: Sequence[Sequence], role: str) -> list[str]:
    """The column of the images in a table, the header left out, and the rows of one role where a column tells it."""
    names = [str(cell).lower() for cell in rows[0]] if rows else []
    known = [name for name in IMAGE_KEYS if name in names]
    header = bool(known) or (len(rows) > 1 and not any(map(is_image, rows[0])) and any(map(is_image, rows[1])))
    body = [row for row in rows[header:] if any(str(cell).strip() for cell in row)]
    if any(len(row) != len(names) for row in body):
        raise ValueError(f'its rows differ in their number of columns; the first has {len(names)}')
    images = [place for place in range(len(names)) if body and all(is_image(row[place]) for row in body)]
    place = next((place for name in known for place in [names.index(name)] if place in images or not images),
                 images[0] if images else 0)
    for column, name in enumerate(names if header else []):
        values = {str(row[column]).lower() for row in body}
        if name in SPLIT_KEYS and column != place and not any(map(is_image, values)):
            roles = {value: ROLES.get(value) for value in values}
            if role and set(roles.values()) <= {LABELED, UNLABELED}:
                body = [row for row in body if roles[str(row[column]).lower()] == role]
            elif len(values) > 1:
                raise ValueError(f"its column '{rows[0][column]}' tells of {', '.join(sorted(values)[:8])}")
    return [whole(str(row[place])) for row in body]


def whole(name: str) -> str:
    """A name with blanks, marked by a tab as one column."""
    return f'{name}\t' if ' ' in name else name
