# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Going through configs: plain copies, every dict inside, names of types."""
from collections.abc import Iterator
from typing import Any

from mmengine.config.lazy import LazyAttr, LazyObject


def plain(node: Any) -> Any:
    """A deep copy of dicts, lists and tuples, without MMEngine's classes; lazy components become their names."""
    if isinstance(node, (LazyAttr, LazyObject)):  # of a pure Python config while it is read
        component = node.build()
        return f'{component.__module__}.{component.__qualname__}'
    if isinstance(node, dict):
        return {key: plain(value) for key, value in node.items()}
    return type(node)(plain(part) for part in node) if isinstance(node, (list, tuple)) else node


def dicts(node: Any) -> Iterator[dict]:
    """Every dict in a structure of dicts, lists and tuples, outermost first."""
    return (found for _, found in keyed_dicts(node))


def keyed_dicts(node: Any, key: str = '') -> Iterator[tuple[str, dict]]:
    """Dotted key and dict of each dict in a structure of dicts, lists and tuples, outermost first."""
    if isinstance(node, dict):
        yield key, node
        for name, part in node.items():
            yield from keyed_dicts(part, f'{key}.{name}' if key else str(name))
    elif isinstance(node, (list, tuple)):
        for index, part in enumerate(node):
            yield from keyed_dicts(part, f'{key}[{index}]')


def dict_at(node: Any, key: str) -> dict:
    """The dict at a dotted key of a config; an empty one if there is none."""
    for name in key.split('.'):
        node = node.get(name) if hasattr(node, 'get') else None
    return node if isinstance(node, dict) else {}


def type_name(node: dict) -> str | None:
    """The name of a component without its scope; pure Python configs hold classes in place of names."""
    kind = node.get('type')
    return kind.split('.')[-1] if isinstance(kind, str) else getattr(kind, '__name__', None)
