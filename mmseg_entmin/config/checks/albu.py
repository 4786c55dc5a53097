# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Transforms of albumentations or albumentationsx in `Albu`: options that they drop, and labels that they make up."""
import importlib
import inspect
import random
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from types import ModuleType
from typing import Any

import numpy as np
from mmengine.config import Config

from mmseg_entmin.walk import keyed_dicts, type_name

from .spelling import suggestion

KINDS = ('Albu', 'Albumentations')
FILLS = ('fill_mask', 'mask_value', 'mask_fill_value')  # options of the label of empty pixels, by the version
SIDE, DRAWS, LABEL = 64, 20, 7
EMPTY = 0


def check_albu(cfg: Config) -> Iterator[str]:
    """One line for each transform that does not exist, and each option that its constructor drops with a warning."""
    for key, kind, node, library in albu_transforms(cfg):
        if kind is None:
            names = [name for name in dir(library_module()) if name[:1].isupper()]
            yield f"{key}.type='{node['type']}': {library} has no such transform; {suggestion(node['type'], names)}"
            continue
        options = options_of(kind)
        for option in node if options is not None else ():
            if option not in {*options, 'type', 'transforms'}:
                yield (f'{key}.{option}: {kind.__name__} of {library} drops this option and uses its default; '
                       f'{suggestion(option, options)}')


def albu_warnings(cfg: Config) -> Iterator[str]:
    """One line for each transform that gives label 0 to pixels that it leaves empty; each is run on small masks."""
    seen = set()
    for key, kind, node, library in albu_transforms(cfg):
        if kind is None or 'transforms' in node or repr(node) in seen:
            continue
        seen.add(repr(node))
        share = share_of_empty(kind, {name: value for name, value in node.items() if name != 'type'})
        if share:
            option = next((name for name in FILLS if name in (options_of(kind) or ())), None)
            remedy = f'set {option}=255 to ignore them' if option else 'take it out'
            yield (f'{key}: {kind.__name__} of {library} gives label 0 to pixels that it leaves empty ({share:.1%} in '
                   f'a trial), which are trained on as the first class; {remedy}')


def albu_transforms(cfg: Config) -> Iterator[tuple[str, Any, dict, str]]:
    """Key, class (None if there is none), config and library of each transform in an `Albu` of the training."""
    for place, node in keyed_dicts(cfg.get('train_dataloader'), 'train_dataloader'):
        if str(type_name(node)).split('.')[-1] in KINDS and isinstance(node.get('transforms'), (list, tuple)):
            module = library_module()
            for key, inner in keyed_dicts(list(node['transforms']), f'{place}.transforms') if module else ():
                if isinstance(inner.get('type'), str):
                    yield key, getattr(module, inner['type'], None), inner, library_name(module)


def library_module() -> ModuleType | None:
    """albumentations, which albumentationsx is called as well; None if neither is installed: building names that."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter('ignore')
            return importlib.import_module('albumentations')
    except ImportError:
        return None


def library_name(module: ModuleType) -> str:
    """The distribution and its version, like 'albumentationsx 2.5.1'."""
    for name in ('albumentationsx', 'albumentations'):
        try:
            return f'{name} {version(name)}'
        except PackageNotFoundError:
            continue
    return f'albumentations {getattr(module, "__version__", "")}'.strip()


def options_of(kind: type) -> set[str] | None:
    """The options that a transform's constructor takes; None if that cannot be told."""
    parameters = inspect.signature(kind.__init__).parameters.values()
    names = {parameter.name for parameter in parameters if parameter.kind in (
        parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY)} - {'self'}
    schema = getattr(getattr(kind, 'InitSchema', None), 'model_fields', None)
    if schema is None and any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters):
        return None
    return names | set(schema or ())


@contextmanager
def random_states() -> Iterator[None]:
    """The global random states are afterwards what they were before."""
    states = random.getstate(), np.random.get_state()
    try:
        yield
    finally:
        random.setstate(states[0])
        np.random.set_state(states[1])


def share_of_empty(kind: type, options: dict) -> float:
    """Share of label 0 that a transform brings into masks of another label; 0 if it cannot be run on them."""
    image, mask = np.full((SIDE, SIDE, 3), 99, np.uint8), np.full((SIDE, SIDE), LABEL, np.uint8)
    found = []
    with random_states(), warnings.catch_warnings():
        warnings.simplefilter('ignore')
        try:
            transform = kind(**{**options, 'p': 1.})
            found = [(transform(image=image, mask=mask)['mask'] == EMPTY).mean() for _ in range(DRAWS)]
        except Exception:  # it needs boxes, other sizes or files, or its options are refused when it is built
            return 0.
    return float(np.mean(found))
