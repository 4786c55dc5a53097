# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""docs/own_data.md: its commands are understood by the tools, and its config by MMEngine."""
import re
import shlex
from pathlib import Path

import pytest
from mmengine.config import Config

from entmin.command_line import parse


@pytest.fixture(scope='module')
def text(repo_root):
    return (repo_root / 'docs/own_data.md').read_text()


def test_its_commands_are_those_of_the_tools(text):
    blocks = re.findall(r'```\n(.*?)```', text, re.S)
    lines = '\n'.join(blocks).replace('\\\n', ' ').splitlines()
    commands = [shlex.split(line)[1:] for line in lines if line.startswith('python ')]
    assert len(commands) >= 6
    for tool, *words in commands:
        parse([Path(tool).stem.replace('_', '-'), *words])


def test_its_options_exist(text, capsys):
    for command in ('new-project', 'train'):
        with pytest.raises(SystemExit):
            parse([command, '--help'])
    known = capsys.readouterr().out
    options = set(re.findall(r'--[a-z][a-z-]+', text))
    assert len(options) > 12 and not [option for option in options if option not in known]


def test_its_config_is_one(text, tiny_config):
    code = re.search(r'```python\n(_base_.*?)```', text, re.S).group(1)
    path = tiny_config.with_name('semi.py')
    path.write_text(code.replace('my_supervised_config', tiny_config.stem))
    assert Config.fromfile(path).model.type == 'EntMin'
