# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
import pytest
from PIL import Image

from mmseg_entmin.compare.project import read_project


def test_what_a_project_says(project):
    assert project.name == 'cells' and project.iters == 4 and not project.turned
    assert len(project.masks) == 12 and [len(part) for part in project.unlabeled] == [6]
    assert project.presence[:2].tolist() == [[True, True, False], [True, False, True]]
    assert (project.labeled_batch, project.unlabeled_batch) == (2, 2)


def test_the_fingerprint_follows_masks_and_configs(project, project_folder):
    before = project.fingerprint()
    assert read_project(project_folder).fingerprint() == before
    Image.new('L', (16, 16), 1).save(project_folder / 'masks' / '03.png')
    changed = read_project(project_folder).fingerprint()
    with open(project_folder / 'cells_semi.py', 'a') as file:
        file.write('# a line\n')
    assert len({before, changed, read_project(project_folder).fingerprint()}) == 3


def test_vertical_flips_are_seen(project_folder):
    path = project_folder / 'cells_supervised.py'
    path.write_text(path.read_text().replace("dict(type='PackSegInputs')]", (
        "dict(type='RandomFlip', prob=0.5, direction='vertical'), dict(type='PackSegInputs')]"), 1))
    assert read_project(project_folder).turned


def test_what_is_no_project(tmp_path, project_folder):
    with pytest.raises(FileNotFoundError, match='does not exist .* make one with entmin new-project'):
        read_project(tmp_path / 'absent')
    with pytest.raises(FileNotFoundError, match='it has no NAME_supervised.py'):
        read_project(tmp_path)
    (project_folder / 'masks' / '00.png').unlink()
    with pytest.raises(FileNotFoundError, match='00.png. of the lists in .* does not exist'):
        read_project(project_folder)
