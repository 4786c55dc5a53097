# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""A file is there as a whole or as it was."""
import errno
import os

import pytest
from mmengine.fileio import get_file_backend

from mmseg_entmin import atomic


@pytest.mark.parametrize('step', ['open', 'fsync', 'replace'])
def test_what_cannot_be_written_leaves_the_old_file_and_no_other(tmp_path, monkeypatch, step):
    path = tmp_path / 'a.pth'
    atomic.write_atomic(b'old', path)

    def fail(*args):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(*((atomic, step) if step == 'open' else (atomic.os, step)), fail, raising=False)
    with pytest.raises(OSError, match=f'No space left on device: .*{path.name}'):
        atomic.write_atomic(b'new', path)
    assert path.read_bytes() == b'old' and list(tmp_path.iterdir()) == [path]


def test_written_and_on_the_disk_before_it_has_its_name(tmp_path, monkeypatch):
    calls = []
    for name in ('fsync', 'replace'):
        original = getattr(os, name)
        monkeypatch.setattr(atomic.os, name, lambda *args, n=name, f=original: (calls.append(n), f(*args)))
    atomic.write_atomic(b'data', tmp_path / 'new' / 'a.pth')
    assert calls == ['fsync', 'replace', 'fsync']
    assert (tmp_path / 'new' / 'a.pth').read_bytes() == b'data'


def test_two_writers_of_one_file_leave_a_whole_one(tmp_path, monkeypatch):
    path, fsync = tmp_path / 'a.pth', os.fsync

    def another_writes(descriptor):
        monkeypatch.setattr(atomic.os, 'fsync', fsync)
        atomic.write_atomic(b'other', path)
        assert path.read_bytes() == b'other'

    monkeypatch.setattr(atomic.os, 'fsync', another_writes)
    atomic.write_atomic(b'mine', path)
    assert path.read_bytes() == b'mine' and list(tmp_path.iterdir()) == [path]


def test_a_disk_that_has_become_read_only_is_what_is_named(tmp_path, monkeypatch):
    def fail(*args, **kwargs):
        raise OSError(errno.EROFS, os.strerror(errno.EROFS), 'the partial file')

    monkeypatch.setattr(atomic.os, 'fsync', fail)
    monkeypatch.setattr(atomic.Path, 'unlink', fail)
    with pytest.raises(OSError, match="Read-only file system: '.*a.pth'"):
        atomic.write_atomic(b'new', tmp_path / 'a.pth')


def test_partial_files_of_a_killed_process_are_removed_and_no_others(tmp_path):
    (tmp_path / f'.iter_2.pth{atomic.PARTIAL}').touch()
    (tmp_path / '.other').touch()
    atomic.remove_partial_files(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ['.other']


def test_backend(tmp_path):
    backend = get_file_backend(backend_args=dict(backend='atomic'))
    backend.put_text('é', tmp_path / 'a.txt')
    assert backend.get_text(tmp_path / 'a.txt') == 'é'


@pytest.mark.parametrize('result', ['images', 'images/out', 'elsewhere/../images/out', 'link/out', 'photo.png'])
def test_results_are_not_written_into_inputs(tmp_path, result):
    (tmp_path / 'images').mkdir()
    (tmp_path / 'link').symlink_to(tmp_path / 'images')
    inputs = [tmp_path / 'images', tmp_path / 'photo.png']
    atomic.refuse_inside([tmp_path, tmp_path / 'images2', tmp_path / 'out/images'], inputs)
    with pytest.raises(ValueError, match=f"{result}' would be written over or into the input .*--out outside it"):
        atomic.refuse_inside([tmp_path / 'out', tmp_path / result], inputs)


def test_a_linked_input_is_not_written_over(tmp_path):
    (tmp_path / 'masks').mkdir()
    (tmp_path / 'masks/a.png').touch()
    (tmp_path / 'link.png').symlink_to(tmp_path / 'masks/a.png')
    with pytest.raises(ValueError, match='link.png'):
        atomic.refuse_inside([tmp_path / 'masks/a.png'], [tmp_path / 'link.png'])


def test_what_exists_needs_force(tmp_path):
    paths = [tmp_path / 'a.png', tmp_path / 'b.png']
    atomic.refuse_existing(paths, force=False)
    paths[1].touch()
    with pytest.raises(FileExistsError, match=r"b.png' exists \(1 of 2 results do\); .*--force"):
        atomic.refuse_existing(paths, force=False)
    atomic.refuse_existing(paths, force=True)
