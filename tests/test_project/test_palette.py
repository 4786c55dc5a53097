# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Names and colors of classes."""
import pytest

from mmseg_entmin.project.palette import class_names, colors_of, default_palette, parse_color, read_palette


@pytest.mark.parametrize('text', ['#ff8000', 'FF8000', '255,128,0', '255 128 0'])
def test_colors_are_read(text):
    assert parse_color(text) == (255, 128, 0)


@pytest.mark.parametrize('text', ['red', '256,0,0', '1,2', '#ff80', '²,0,0', '-1,0,0'])
def test_other_words_are_no_colors(text):
    with pytest.raises(ValueError, match=f"'{text}' is no color"):
        parse_color(text)


def test_a_file_of_names_and_colors(tmp_path):
    path = tmp_path / 'colors.txt'
    path.write_text('# a comment\nbackground #000000\n\nred cell: 255 0 0\nplatelet,0,255,16\n')
    expected = {'background': (0, 0, 0), 'red cell': (255, 0, 0), 'platelet': (0, 255, 16)}
    assert read_palette(path) == expected
    assert colors_of([str(path)], []) == expected
    names = ['platelet', 'background', 'red cell']
    assert list(colors_of([str(path)], names)) == names


def test_cvats_label_map(tmp_path):
    path = tmp_path / 'labelmap.txt'
    path.write_text('# label:color_rgb:parts:actions\nbackground:0,0,0::\nnucleus:128,0,64::\n'
                    'man:1,2,3:head,hand:walk\n')
    assert read_palette(path) == {'background': (0, 0, 0), 'nucleus': (128, 0, 64), 'man': (1, 2, 3)}


@pytest.mark.parametrize('text, message', [('cell', "line 1: 'cell'"), ('a #000000\nb #000000', "line 2: 'b'"),
                                           ('a #000000\na #000001', "line 2: 'a'"),
                                           ('a 300 0 0', '300 0 0')])
def test_refuses_lines_that_are_no_class(tmp_path, text, message):
    path = tmp_path / 'colors.txt'
    path.write_text(text)
    with pytest.raises(ValueError, match=message):
        read_palette(path)


def test_colors_go_with_classes():
    with pytest.raises(ValueError, match="'gone.txt' is neither a color nor an existing file"):
        colors_of(['gone.txt'], [])
    assert colors_of(['#000000', '#ffffff'], ['a', 'b']) == {'a': (0, 0, 0), 'b': (255, 255, 255)}
    for colors in (['#000000'], ['#000000', '0,0,0']):
        with pytest.raises(ValueError, match='for 2 --classes'):
            colors_of(colors, ['a', 'b'])


@pytest.mark.parametrize('count', [2, 10, 11, 20, 21, 150, 255])
def test_default_colors_differ(count):
    palette = default_palette(count)
    assert len(set(palette)) == len(palette) == count and palette[0] == (0, 0, 0)


def test_a_file_that_windows_wrote(tmp_path):
    path = tmp_path / 'colors.txt'
    path.write_text('cell 255 0 0\n', encoding='utf-8-sig')
    assert read_palette(path) == {'cell': (255, 0, 0)}


def test_classes_that_are_not_those_of_the_file_are_refused(tmp_path):
    path = tmp_path / 'colors.txt'
    path.write_text('cell 255 0 0\nground 0 0 0\n')
    with pytest.raises(ValueError, match='--classes cell disc: .* has cell, ground; leave it out'):
        colors_of([str(path)], ['cell', 'disc'])


@pytest.mark.parametrize('encoding', ['latin-1', 'utf-16'])
def test_a_file_in_another_encoding_is_named(tmp_path, encoding):
    path = tmp_path / 'colors.txt'
    path.write_text('Gef\u00e4\u00df 255 0 0\n', encoding=encoding)
    with pytest.raises(ValueError, match="colors.txt' is no text in UTF-8, from byte [03] on; save it as UTF-8"):
        read_palette(path)


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
