# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The commands in README and on the pages are understood by ``entmin``."""
import re
import shlex

import pytest

from entmin.command_line import COMMANDS, parse

COMMAND = re.compile(rf'\bentmin ((?:{"|".join(COMMANDS)}) [^\n;#`]+)')
# What stands for something else in a command, in the shell or for the reader.
PLACEHOLDERS = {'$seed': '0', '--seed N': '--seed 0', '$M': '--config CONFIG --checkpoint CHECKPOINT'}


@pytest.mark.parametrize('page, least', [
    ('README', 5), ('docs/annotate', 6), ('docs/checking', 4), ('docs/compare', 1), ('docs/index', 1),
    ('docs/own_data', 8),
    ('docs/peers', 4), ('docs/reliability', 6), ('docs/shipping', 1), ('docs/training', 2), ('docs/troubleshooting', 5),
    ('docs/tutorial', 6), ('docs/using', 4), ('docs/watching', 3)])
def test_commands_are_those_of_entmin(repo_root, page, least):
    text = (repo_root / f'{page}.md').read_text().replace('\\\n', ' ')
    commands = COMMAND.findall(text)
    assert len(commands) >= least
    for command in commands:
        for name, value in PLACEHOLDERS.items():
            command = command.replace(name, value)
        parse(shlex.split(command))
