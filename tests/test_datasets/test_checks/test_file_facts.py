# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Sizes and links of files; what is no file has size -1."""
from mmseg_entmin.datasets.checks.file_facts import look


def test_files_links_and_what_is_missing(tmp_path):
    (tmp_path / 'a').write_bytes(b'123')
    (tmp_path / 'link').symlink_to('a')
    (tmp_path / 'dead').symlink_to('nowhere')
    names = ['a', 'link', 'dead', 'absent', '.']
    files = look(str(tmp_path / name) for name in names)
    assert files.sizes.tolist() == [3, 3, -1, -1, -1]
    assert files.links == {1: str(tmp_path / 'a'), 2: str(tmp_path / 'nowhere')}
