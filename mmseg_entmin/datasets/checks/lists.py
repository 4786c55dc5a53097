# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Lists of images: text files with one stem per line."""
import os.path as osp
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

from mmseg_entmin.walk import dicts

from ..many_images import on_disk
from .problem import ERROR, Problem


def list_stems(path: str | Path) -> list[str]:
    """The stems of a list, in the order of the file. It is read as UTF-8, as mmseg reads it."""
    return [line.strip() for line in Path(path).read_text(encoding='utf-8').splitlines() if line.strip()]


def list_reader() -> Callable[[str | Path], list[str]]:
    """A `list_stems` that reads each list once."""
    read = cache(list_stems)
    return lambda path: read(Path(path))


def check_list(path: str | Path, read_list: Callable = list_stems) -> Iterator[Problem]:
    """A list that is missing, is not text, is empty, or names an image twice."""
    path = Path(path)
    if not path.is_file():
        yield Problem('missing', ERROR, str(path), 'no such list',
                      'write it with entmin make-splits or a dataset converter')
        return
    try:
        stems = read_list(path)
    except UnicodeDecodeError:
        yield Problem('list', ERROR, str(path), 'the list is no text',
                      'give one name a line; entmin import-splits reads pickled lists of other projects')
        return
    if not stems:
        yield Problem('list', ERROR, str(path), 'the list is empty', 'write it again')
    elif stems[0].startswith('\ufeff'):
        yield Problem('list', ERROR, str(path), 'starts with a byte order mark, which becomes part of the first stem',
                      'save it as UTF-8 without BOM')
    twice = [stem for stem, times in Counter(stems).items() if times > 1]
    if twice:
        yield Problem('list', ERROR, str(path), f'stems occur more than once: {", ".join(twice[:5])}',
                      'remove the duplicates')


def check_lists(cfg: Any, read_list: Callable = list_stems) -> Iterator[Problem]:
    """Checks the lists in a dataset config, at any depth. JSON and YAML files are left to their dataset class."""
    for node in dicts(cfg):
        if node.get('ann_file') and on_disk(node.get('backend_args')):
            path = osp.join(node.get('data_root') or '', node['ann_file'])
            structured = osp.isfile(path) and path.endswith(('.json', '.yaml', '.yml'))
            if not osp.isdir(path) and not structured:
                yield from check_list(path, read_list)
