# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Names of classes stay whole."""
import pytest

from mmseg_entmin.project.class_names import class_names

LINES = ['background', 'red blood cell', 'nucleus']
WORDS = ' '.join(LINES).split()


def test_a_file_has_one_name_per_line(tmp_path):
    path = tmp_path / 'names.txt'
    path.write_text('\ufeff' + '\r\n'.join(LINES) + '\r\n\r\n', encoding='utf-8')
    assert class_names([str(path)]) == LINES
    path.write_bytes(b'\xff\xfe')
    with pytest.raises(ValueError, match="names.txt' is no text in UTF-8"):
        class_names([str(path)])


@pytest.mark.parametrize('place', ['cwd', 'masks', '.'])
def test_names_that_the_shell_has_split_are_refused(tmp_path, monkeypatch, place):
    for folder in ('cwd', 'masks'):
        (tmp_path / folder).mkdir()
    monkeypatch.chdir(tmp_path / 'cwd')
    path = tmp_path / place / 'class_names.txt'
    path.write_text('\n'.join(LINES) + '\n')
    with pytest.raises(ValueError, match=r"--classes gives 5 names, but '.*class_names.txt' has them as 3 lines"):
        class_names(WORDS, tmp_path / 'masks')
    assert class_names(LINES, tmp_path / 'masks') == LINES
    assert class_names(WORDS[:4], tmp_path / 'masks') == WORDS[:4]
    path.write_text('\n'.join(WORDS))
    assert class_names(WORDS, tmp_path / 'masks') == WORDS


def test_other_files_do_no_harm(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / 'a.txt').write_bytes(b'\xff')
    (tmp_path / 'folder.txt').mkdir()
    assert class_names([f'{word}\r' for word in WORDS]) == WORDS
