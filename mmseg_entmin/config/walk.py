# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Going through configs: plain copies, every dict inside, names of types."""
from typing import Any, Iterator, Optional


def plain(node: Any) -> Any:
    """A copy of dicts, lists and tuples that shares nothing with the original and remembers no base."""
    if isinstance(node, dict):
        return {key: plain(value) for key, value in node.items()}
    return type(node)(plain(part) for part in node) if isinstance(node, (list, tuple)) else node


def dicts(node: Any) -> Iterator[dict]:
    """Every dict in a structure of dicts, lists and tuples, outermost first."""
    if isinstance(node, dict):
        yield node
        node = node.values()
    elif not isinstance(node, (list, tuple)):
        return
    for child in node:
        yield from dicts(child)


def type_name(node: dict) -> Optional[str]:
    """The name of a component without its scope; a config in pure Python style names classes, not strings."""
    kind = node.get('type')
    return kind.split('.')[-1] if isinstance(kind, str) else getattr(kind, '__name__', None)
