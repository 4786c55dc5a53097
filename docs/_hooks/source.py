# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Code on a page is read from the package when the site is built, by its name: it cannot differ from what runs.

A paragraph that is nothing but a link to a function or class, like ::

    [`adaptive_temperature`](../mmseg_entmin/models/losses/adaptive_sharpening_loss.py)

is replaced by its source, without the docstring.
"""
import ast
import re
import textwrap
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LINK = re.compile(r'^\[`([\w.]+)`\]\(\.\./(mmseg_entmin/[\w/]+\.py)\)$', re.M)


def source(path: Path, name: str) -> str:
    """Source of a function, class or method (``Class.method``) in a file, without its docstring.

    Raises:
        ValueError: the file defines nothing of that name.
    """
    text = path.read_text(encoding='utf-8')
    node = ast.parse(text)
    for part in name.split('.'):
        found = [child for child in node.body if getattr(child, 'name', None) == part]
        if not found:
            raise ValueError(f'{path}: defines no {name}')
        node = found[0]
    first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
    lines = text.splitlines()
    if ast.get_docstring(node) is not None:
        docstring = node.body[0]
        lines[docstring.lineno - 1:docstring.end_lineno] = [None] * (docstring.end_lineno - docstring.lineno + 1)
    return textwrap.dedent('\n'.join(line for line in lines[first - 1:node.end_lineno] if line is not None))


def include_sources(markdown: str) -> str:
    """The page's text with code in place of its links to code."""
    return LINK.sub(
        lambda match: f'```python title="{match[2]}"\n{source(ROOT / match[2], match[1])}\n```', markdown)


def on_page_markdown(markdown, page, config, files):
    return include_sources(markdown)
