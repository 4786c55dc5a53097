# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""On the config reference a type is its options: no members, no source, and the API page stays its address.

``<!-- peers -->`` stands for the segmentors of the peers, which the front matter of ``configs/*/README.md`` names.
"""
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SEGMENTORS = 'mmseg_entmin.models.segmentors'
OPTIONS = dict(
    heading_level=3, members='false', show_source='false', show_bases='false', skip_local_inventory='true',
    show_root_toc_entry='true', show_symbol_type_heading='false', show_symbol_type_toc='false')


def peer_types() -> list[str]:
    """Dotted names of the peers' segmentors."""
    if str(ROOT) not in sys.path:
        sys.path.insert(0, str(ROOT))  # the mkdocs command does not look into the current folder
    from benchmarks.results.methods import peers
    files = {}
    for path in (ROOT / SEGMENTORS.replace('.', '/')).glob('*.py'):
        files |= dict.fromkeys(re.findall(r'^class (\w+)', path.read_text(encoding='utf-8'), re.M), path.stem)
    return [f'{SEGMENTORS}.{files[method.type]}.{method.type}' for method in peers()]


def on_page_markdown(markdown, page, config, files):
    if page.file.src_uri != 'config_reference.md':
        return markdown
    markdown = markdown.replace('<!-- peers -->', '\n\n'.join(f'::: {name}' for name in peer_types()))
    lines = ''.join(f'\n      {key}: {value}' for key, value in OPTIONS.items())
    return re.sub(r'^(::: .*)$', rf'\1\n    options:{lines}', markdown, flags=re.M)
