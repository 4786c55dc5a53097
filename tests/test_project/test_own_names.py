# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Masks whose own list numbers the classes otherwise."""
import pytest

from mmseg_entmin.project.own_names import refuse_own_names

CLASSES = ['background', 'cell', 'nucleus']


def mask(folder, names):
    folder.mkdir()
    (folder / 'label_names.txt').write_text('\n'.join(names) + '\n')
    return folder / 'label.png'


def test_names_that_agree(tmp_path):
    refuse_own_names([mask(tmp_path / 'a', ['_background_', 'cell', 'nucleus']), mask(tmp_path / 'b', CLASSES[:2]),
                      tmp_path / 'alone.png'], CLASSES)


@pytest.mark.parametrize('names', [['_background_', 'nucleus'], ['cell', 'nucleus'], [*CLASSES, 'debris']])
def test_other_numbers(tmp_path, names):
    good, bad = mask(tmp_path / 'a', CLASSES), mask(tmp_path / 'b', names)
    with pytest.raises(ValueError, match=f"b/label_names.txt' numbers the classes as {', '.join(names)}, .*JSON files"):
        refuse_own_names([good, bad], CLASSES)
