# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Results go neither over nor among inputs, nor over other results."""
import pytest

from mmseg_entmin.cli import prediction as tool


@pytest.mark.parametrize('result', ['images', 'images/out', 'elsewhere/../images/out', 'link/out', 'photo.png'])
def test_results_are_not_written_into_inputs(tmp_path, result):
    (tmp_path / 'images').mkdir()
    (tmp_path / 'link').symlink_to(tmp_path / 'images')
    inputs = [tmp_path / 'images', tmp_path / 'photo.png']
    tool.refuse_inside([tmp_path, tmp_path / 'images2', tmp_path / 'out/images'], inputs)
    with pytest.raises(ValueError, match=f"{result}' would be written over or into the input .*--out outside it"):
        tool.refuse_inside([tmp_path / 'out', tmp_path / result], inputs)


def test_a_linked_input_is_not_written_over(tmp_path):
    (tmp_path / 'masks').mkdir()
    (tmp_path / 'masks/a.png').touch()
    (tmp_path / 'link.png').symlink_to(tmp_path / 'masks/a.png')
    with pytest.raises(ValueError, match='link.png'):
        tool.refuse_inside([tmp_path / 'masks/a.png'], [tmp_path / 'link.png'])


def test_what_exists_needs_force(tmp_path):
    paths = [tmp_path / 'a.png', tmp_path / 'b.png']
    tool.refuse_existing(paths, force=False)
    paths[1].touch()
    with pytest.raises(FileExistsError, match=r"b.png' exists \(1 of 2 results do\); .*--force"):
        tool.refuse_existing(paths, force=False)
    tool.refuse_existing(paths, force=True)


