# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The commands on the pages are understood by the tools."""
import re
import shlex
from pathlib import Path

import pytest

from entmin.command_line import parse

COMMAND = re.compile(r'\bpython (tools/\w+\.py[^\n;#`]*)')


@pytest.mark.parametrize('page, least', [('checking', 4), ('peers', 3), ('reliability', 4), ('watching', 3)])
def test_commands_are_those_of_the_tools(repo_root, page, least):
    text = (repo_root / f'docs/{page}.md').read_text().replace('\\\n', ' ')
    commands = [shlex.split(line) for line in COMMAND.findall(text)]
    assert len(commands) >= least
    for tool, *words in commands:
        parse([Path(tool).stem.replace('_', '-'), *words])
