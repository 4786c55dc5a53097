# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""docs/own_data.md: its options exist, and MMEngine reads its config."""
import re

import pytest
from mmengine.config import Config

from entmin.command_line import parse


@pytest.fixture(scope='module')
def text(repo_root):
    return (repo_root / 'docs/own_data.md').read_text()


def test_its_options_exist(text, capsys):
    for command in ('new-project', 'train', 'test'):
        with pytest.raises(SystemExit):
            parse([command, '--help'])
    known = capsys.readouterr().out
    ours = re.sub('`python -m benchmarks.*?`', '', text, flags=re.S)
    options = set(re.findall(r'--[a-z][a-z-]+', ours))
    assert len(options) > 12 and not [option for option in options if option not in known]


def test_its_config_is_one(text, tiny_config):
    code = re.search(r'```python\n(_base_.*?)```', text, re.S).group(1)
    path = tiny_config.with_name('semi.py')
    path.write_text(code.replace('my_supervised_config', tiny_config.stem))
    assert Config.fromfile(path).model.type == 'EntMin'
