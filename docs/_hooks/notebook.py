# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Notebooks of docs/notebooks become pages: text, code, and the outputs that are stored in them."""
import base64
from pathlib import Path

import nbformat
from mkdocs.structure.files import File

FOLDER = Path(__file__).resolve().parents[1] / 'notebooks'


def page(notebook: nbformat.NotebookNode, stem: str) -> tuple[str, dict[str, bytes]]:
    """The page's text, and the pictures that it shows, by file name."""
    parts, pictures = [], {}
    for number, cell in enumerate(notebook.cells):
        if cell.cell_type == 'markdown':
            parts.append(cell.source)
            continue
        parts.append(f'```python\n{cell.source}\n```')
        for output in cell.outputs:
            data = output.get('data', {})
            if 'image/png' in data:
                name = f'{stem}-{number}.png'
                pictures[name] = base64.b64decode(data['image/png'])
                parts.append(f'![output of the cell above]({name})')
            elif 'text' in output or 'text/plain' in data:
                text = output.get('text') or data['text/plain']
                parts.append(f'```text\n{text.rstrip()}\n```')
    return '\n\n'.join(parts) + '\n', pictures


def on_files(files, config):
    for path in sorted(FOLDER.glob('*.ipynb')):
        text, pictures = page(nbformat.read(path, as_version=4), path.stem)
        files.append(File.generated(config, f'notebooks/{path.stem}.md', content=text))
        for name, content in pictures.items():
            files.append(File.generated(config, f'notebooks/{name}', content=content))
    return files


def on_page_markdown(markdown, page, config, files):
    """Links to a notebook lead to its page."""
    return markdown.replace('.ipynb)', '.md)')
