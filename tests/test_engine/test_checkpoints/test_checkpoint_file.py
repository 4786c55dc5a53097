# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Broken checkpoint files are named; the newest good one is found."""
import errno
import os
from collections import OrderedDict
from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.logging import HistoryBuffer

from mmseg_entmin.engine.checkpoints import checkpoint_file
from mmseg_entmin.engine.checkpoints.checkpoint_file import (
    from_plain,
    newest_training_state,
    read_checkpoint,
    read_training_state,
    to_plain,
)

STATE = dict(meta=dict(iter=2), state_dict=dict(w=torch.arange(1000.)), message_hub={}, optimizer={})


def save(folder: Path, name: str, age: int = 0, note: bool = False) -> Path:
    path = folder / name
    torch.save(STATE, path)
    os.utime(path, (1e9 - age, 1e9 - age))
    if note:
        (folder / 'last_checkpoint').write_text(str(path))
    return path


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-200])


def damage(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


@pytest.mark.parametrize('spoil, reason', [
    (cut, 'it is cut off, or no file of torch.save'),
    (damage, 'its record .*data/0 is damaged'),
    (lambda path: path.write_bytes(b''), 'it is empty'),
    (lambda path: path.write_text('<html>'), 'it is cut off, or no file of torch.save'),
    (lambda path: torch.save([1], path), 'it holds a list, not a dict'),
])
def test_a_broken_file_is_one_line_that_names_it(tmp_path, spoil, reason):
    path = save(tmp_path, 'iter_2.pth')
    spoil(path)
    with pytest.raises(ValueError, match=f"^checkpoint '{path}' cannot be read: {reason}$"):
        read_checkpoint(path)


@pytest.mark.parametrize('zipped', [True, False])
def test_weights_of_other_packages_are_read(tmp_path, zipped):
    """Old files of torch are no archives; official checkpoints hold objects of numpy."""
    path = tmp_path / 'other.pth'
    torch.save(dict(state_dict=OrderedDict(w=torch.ones(2))), path, _use_new_zipfile_serialization=zipped)
    assert read_checkpoint(path)['state_dict']['w'].tolist() == [1, 1]
    with pytest.raises(ValueError, match='holds no meta, message_hub, optimizer: a training cannot go on from it'):
        read_training_state(path)


def test_the_noted_checkpoint_then_the_newest_good_one(tmp_path):
    assert newest_training_state(tmp_path) == (None, {}, [])
    old, newest = save(tmp_path, 'iter_2.pth', age=20), save(tmp_path, 'iter_8.pth', age=5)
    middle = save(tmp_path, 'iter_4.pth', age=10)
    assert newest_training_state(tmp_path)[0] == newest  # killed before the note was written
    save(tmp_path, 'iter_4.pth', age=10, note=True)
    assert newest_training_state(tmp_path)[::2] == (middle, [])
    cut(middle)
    cut(newest)
    path, content, problems = newest_training_state(tmp_path)
    assert path == old and content['meta'] == dict(iter=2)
    assert [str(middle) in problems[0], str(newest) in problems[1], len(problems)] == [True, True, 2]
    cut(old)
    with pytest.raises(ValueError, match='none of the 3 checkpoints of .* can be used; move them and last_checkpoint'):
        newest_training_state(tmp_path)


def test_a_moved_work_dir(tmp_path):
    save(tmp_path, 'iter_2.pth')
    (tmp_path / 'last_checkpoint').write_text('/moved/away/iter_2.pth')
    assert newest_training_state(tmp_path)[0] == tmp_path / 'iter_2.pth'
    (tmp_path / 'copied').mkdir()
    (tmp_path / 'copied' / 'last_checkpoint').write_text(str(tmp_path / 'iter_2.pth'))
    copied = save(tmp_path / 'copied', 'iter_2.pth')
    assert newest_training_state(tmp_path / 'copied')[0] == copied  # though the other one is still there


def test_a_noted_checkpoint_that_is_not_on_this_disk(tmp_path):
    """On a disk that is not mounted it is not forgotten; a URL is for MMEngine to open."""
    (tmp_path / 'last_checkpoint').write_text('/unmounted/iter_8.pth')
    with pytest.raises(ValueError, match="'/unmounted/iter_8.pth', which last_checkpoint of .* names, is no file here"):
        newest_training_state(tmp_path)
    older = save(tmp_path, 'iter_2.pth')
    path, _, problems = newest_training_state(tmp_path)
    assert path == older and [line.split(',')[0] for line in problems] == ["checkpoint '/unmounted/iter_8.pth'"]
    (tmp_path / 'last_checkpoint').write_text('s3://bucket/run/iter_8.pth')
    assert newest_training_state(tmp_path) == ('s3://bucket/run/iter_8.pth', {}, [])


def test_checkpoints_elsewhere(tmp_path):
    """With the hook's ``out_dir`` the work dir holds nothing but the note."""
    work_dir = tmp_path / 'work'
    work_dir.mkdir()
    older, noted = save(tmp_path, 'epoch_2.pth', age=9), save(tmp_path, 'iter_4.pth')
    (work_dir / 'last_checkpoint').write_text(str(noted))
    assert newest_training_state(work_dir)[0] == noted
    cut(noted)
    assert newest_training_state(work_dir)[0] == older
    moved = save(work_dir, 'iter_1.pth')  # its own, not those of the work dir that it was copied from
    assert newest_training_state(work_dir)[0] == moved


def test_a_file_that_may_not_be_read_is_not_called_cut_off(tmp_path, monkeypatch):
    path = save(tmp_path, 'iter_2.pth')

    def refuse(*args, **kwargs):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))

    monkeypatch.setattr('builtins.open', refuse)
    with pytest.raises(OSError, match='Permission denied'):
        read_checkpoint(path)


def test_what_mmengine_keeps_in_objects_becomes_plain_and_comes_back(tmp_path):
    loss = HistoryBuffer([1., 2.5], [1, 1], max_length=7)
    hub = dict(log_scalars=dict(loss=loss), runtime_info=dict(best=np.float32(0.5)))
    torch.save(to_plain(hub), tmp_path / 'hub.pth')
    if hasattr(torch.serialization, 'get_unsafe_globals_in_checkpoint'):  # not in torch 2.5
        assert torch.serialization.get_unsafe_globals_in_checkpoint(tmp_path / 'hub.pth') == []
    back = from_plain(torch.load(tmp_path / 'hub.pth', weights_only=True))
    loss = back['log_scalars']['loss']
    assert loss.data[0].tolist() == [1., 2.5] and loss.mean() == 1.75 and loss.max_length == 7
    assert back['runtime_info'] == dict(best=0.5) and type(back['runtime_info']['best']) is float


def test_a_file_that_does_not_exist_and_a_url(tmp_path, monkeypatch):
    with pytest.raises(FileNotFoundError, match="checkpoint 'absent.pth' does not exist"):
        read_checkpoint('absent.pth')
    monkeypatch.setattr(checkpoint_file, '_load_checkpoint', lambda *args, **options: dict(opened=args))
    for url in ('https://host/a.pth', 'open-mmlab://resnet18'):
        assert read_checkpoint(url) == dict(opened=(url, 'cpu'))
