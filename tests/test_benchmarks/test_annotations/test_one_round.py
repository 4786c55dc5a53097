# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The commands of docs/annotate.md, with shorter trainings of fewer images, one after the other."""
import re
import shlex
import shutil

import numpy as np
import pytest
from PIL import Image

from benchmarks.annotations.one_round import blocks, shown
from benchmarks.annotations.page import PAGE
from entmin.command_line import main
from mmseg_entmin.datasets.splits import read_list
from mmseg_entmin.datasets.toycells import generate

FAST = [f'{kind}_dataloader.{option}' for kind in ('train', 'val', 'test')
        for option in ('num_workers=0', 'persistent_workers=False')]


@pytest.fixture
def commands():
    """The commands of the page that are ours, in their order."""
    text = ''.join(text for text, _ in blocks(PAGE.read_text())).replace('\\\n', ' ')
    options = re.search('M="(.*?)"', text)[1].replace('iter_200', 'iter_2')
    return [shlex.split(line.replace('$M', options)) for line in re.findall(r'^entmin (.*)$', text, re.M)]


def test_a_whole_round(commands, repo_root, tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    (tmp_path / 'configs').symlink_to(repo_root / 'configs')
    generate('data/toycells', num_train=40, num_test=4, size=32)
    masks, few, corrected = (tmp_path / 'data' / name for name in ('toycells/annotations', 'few', 'corrected'))
    for folder in (few, corrected):
        folder.mkdir()
    for name in read_list('data/toycells/splits/train.txt')[:12]:
        shutil.copy(masks / f'{name}.png', few)
    assert [command[0] for command in commands] == [
        'new-project', 'train', 'rank', 'pseudo-label', 'add-masks', 'train']
    for command in commands:
        if command[0] == 'new-project':
            command[command.index('200')] = '2'
        if command[0] == 'train':
            command += ['--cfg-options', 'train_cfg.val_interval=2', *FAST]
        if command[0] == 'add-masks':
            for name in read_list('work_dirs/next/next.txt'):
                shutil.copy(masks / f'{name}.png', corrected)
        main(command)
    said = capfd.readouterr().out
    assert 'never chosen: 9 labeled and 3 evaluation images' in said
    assert '10 images move from unlabeled to labeled' in said and '19 labeled training images' in said
    assert (tmp_path / 'work_dirs/rounds_semi_19/iter_2.pth').is_file()
    name = read_list('work_dirs/next/next.txt')[0]
    assert (np.array(Image.open(f'data/rounds/masks/{name}.png')) == np.array(Image.open(masks / f'{name}.png'))).all()


def test_of_a_training_the_last_table_is_shown():
    table = '+----+\n| Class | IoU |\n+----+\n| background | {} |\n+----+\n'
    text = f'a\n{table.format(1)}b  mIoU: 1\nIter 3\n{table.format(2)}11/30 - INFO - Iter(val) aAcc: 90  mIoU: 2\nend\n'
    assert shown(text, 'first training') == [*table.format(2).splitlines(), 'aAcc: 90  mIoU: 2']
    assert shown('x \ny', 'rank') == ['x', 'y']
