# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""A folder is replaced as a whole, also where the system cannot exchange two of them."""
import os

import pytest

from mmseg_entmin.project import swap as module
from mmseg_entmin.project.swap import exchange, recover, staged, swap


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / 'masks'
    (path / 'day').mkdir(parents=True)
    for name in ('a', 'day/b'):
        (path / name).write_text('old')
    return path


def texts(folder):
    return {path.relative_to(folder).as_posix(): path.read_text() for path in folder.rglob('*') if path.is_file()}


def test_a_staged_folder_has_the_other_files_and_changes_nothing(folder, tmp_path):
    stage = staged(folder, {folder.relative_to(folder) / 'a'})
    assert texts(stage) == {'day/b': 'old'} and stage.name.startswith('.masks.')
    (stage / 'a').write_text('new')
    assert texts(folder) == {'a': 'old', 'day/b': 'old'}


@pytest.mark.parametrize('system', ['exchanges', 'does not'])
def test_the_new_folder_takes_the_place(system, folder, tmp_path, monkeypatch):
    if system == 'does not':
        monkeypatch.setattr(module, 'exchange', lambda one, other: False)
    (tmp_path / 'link').symlink_to(folder)
    stage = staged(tmp_path / 'link')
    (stage / 'c').write_text('new')
    swap(stage, tmp_path / 'link')
    assert texts(folder) == {'a': 'old', 'day/b': 'old', 'c': 'new'} and (tmp_path / 'link').is_symlink()
    assert sorted(os.listdir(tmp_path)) == ['link', 'masks']


def test_two_folders_are_exchanged_or_left(folder, tmp_path):
    assert not exchange(folder, tmp_path / 'gone') and texts(folder) == {'a': 'old', 'day/b': 'old'}


def test_what_a_killed_process_left_is_put_right(folder, tmp_path):
    staged(folder)
    folder.rename(tmp_path / '.masks.old')
    recover(folder)
    assert texts(folder) == {'a': 'old', 'day/b': 'old'} and os.listdir(tmp_path) == ['masks']
    (tmp_path / '.masks.old').mkdir()
    recover(folder)
    assert os.listdir(tmp_path) == ['masks']


def test_files_are_copied_where_links_are_impossible(folder, monkeypatch):
    def refuse(*args, **options):
        raise OSError('no links here')

    monkeypatch.setattr(os, 'link', refuse)
    assert texts(staged(folder)) == texts(folder)
