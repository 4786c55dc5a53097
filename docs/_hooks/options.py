# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""On the config reference a type is its options: no members, no source, and the API page stays its address."""
import re

OPTIONS = dict(
    heading_level=3, members='false', show_source='false', show_bases='false', skip_local_inventory='true',
    show_root_toc_entry='true', show_symbol_type_heading='false', show_symbol_type_toc='false')


def on_page_markdown(markdown, page, config, files):
    if page.file.src_uri != 'config_reference.md':
        return markdown
    lines = ''.join(f'\n      {key}: {value}' for key, value in OPTIONS.items())
    return re.sub(r'^(::: .*)$', rf'\1\n    options:{lines}', markdown, flags=re.M)
