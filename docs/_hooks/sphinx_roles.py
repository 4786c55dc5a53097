# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Extension of griffe, which reads docstrings for mkdocstrings: Sphinx's roles, and returns that name no type."""
import re
from collections.abc import Iterator

import griffe

ROLE = re.compile(r':(?:class|func|meth|mod|data|attr):`~?([\w.]+)`')


class SphinxRoles(griffe.Extension):
    """The role :class:`SemiDataset` becomes a link to the class, or code where no page has it.

    A name is looked up by its last part.
    """

    def on_package(self, *, pkg: griffe.Module, **kwargs) -> None:
        objects = list(walk(pkg))
        paths: dict[str, str] = {obj.name: obj.path for obj in objects if obj.has_docstring and obj.is_public}
        for obj in objects:
            if obj.docstring is not None:
                obj.docstring.value = replace_roles(obj.docstring.value, paths)
                if obj.is_function and obj.returns is not None:
                    obj.docstring.value = name_return_type(obj.docstring.value, str(obj.returns))


def walk(obj: griffe.Object) -> Iterator[griffe.Object]:
    """The object and all that is defined in it; what it imports is defined elsewhere."""
    yield obj
    for member in obj.members.values():
        if not member.is_alias:
            yield from walk(member)


def replace_roles(text: str, paths: dict[str, str]) -> str:
    """Docstring with Markdown in place of roles, and indented code in place of ``::`` at a line's end."""

    def link(match: re.Match) -> str:
        name = match[1].split('.')[-1]
        return f'[`{name}`][{paths[name]}]' if name in paths else f'`{match[1]}`'

    return re.sub(r'(\w)::$', r'\1:', ROLE.sub(link, text), flags=re.M)


def name_return_type(text: str, annotation: str) -> str:
    """Docstring whose ``Returns:`` begins with the type: griffe would take words before the first colon for it."""
    match = re.search(r'^( *)Returns:\n\1 +(?=\S)', text, re.M)
    if match is None or text[match.end():].startswith(f'{annotation}:'):
        return text
    return f'{text[:match.end()]}{annotation}: {text[match.end():]}'
