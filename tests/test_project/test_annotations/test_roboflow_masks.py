# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Roboflow's _classes.csv describes the masks beside the images."""
import pytest

from mmseg_entmin.project.annotations.registry import recognise


def written(folder, text, part='train', suffix='.jpg'):
    (folder / part).mkdir(exist_ok=True)
    for name in (f'a_jpg.rf.0{suffix}', 'a_jpg.rf.0_mask.png'):
        (folder / part / name).touch()
    (folder / part / '_classes.csv').write_text(text)
    return folder


TEXT = 'Pixel Value, Class\n0, background\n1, cell\n2, cell nucleus\n\n'


def test_values_names_and_endings(tmp_path):
    written(tmp_path, TEXT, 'valid')
    (tmp_path / 'README.md').touch()
    form = recognise(written(tmp_path, TEXT))
    assert form.folder == tmp_path and form.options == dict(
        classes=['background', 'cell', 'cell nucleus'], values=[0, 1, 2], mask_suffix=['_mask.png'],
        image_suffix='.jpg')


def test_what_contradicts_itself_is_refused(tmp_path):
    written(tmp_path, TEXT, 'valid')
    with pytest.raises(ValueError, match='give different classes'):
        recognise(written(tmp_path, 'Pixel Value, Class\n0, background\n2, cell\n'))
    with pytest.raises(ValueError, match="'0, cell' is no value and name of a class of its own"):
        recognise(written(tmp_path, 'Pixel Value, Class\n0, background\n0, cell\n') / 'train')
