# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Projects are opened by what their configs say."""
import pytest

from mmseg_entmin.project.existing import open_project
from tests.tiny_project import CLASSES, LABELED, UNLABELED, VAL


def test_a_project_is_read_from_its_configs(cells, tiny_original):
    project = open_project(cells)
    assert [path.name for path in project.configs] == ['cells_supervised.py', 'cells_semi.py']
    assert (project.images, project.suffix, project.masks) == (tiny_original / 'images', '.png', cells / 'masks')
    assert project.classes == CLASSES and len(project.palette) == 3
    assert project.names == dict(labeled=LABELED, val=VAL, unlabeled=UNLABELED)
    assert (project.batch, project.unlabeled_batch, project.iters) == (2, 2, 4)
    (cells / 'splits/unlabeled.txt').write_text('')
    assert open_project(cells).names['unlabeled'] == []


def test_edited_lists_and_batches_are_followed(cells):
    (cells / 'splits/labeled.txt').rename(cells / 'mine.txt')
    path = cells / 'cells_supervised.py'
    path.write_text(path.read_text().replace('splits/labeled.txt', 'mine.txt'))
    semi = cells / 'cells_semi.py'
    semi.write_text(semi.read_text().replace("unlabeled='splits/unlabeled.txt'",
                                             "unlabeled='splits/unlabeled.txt', unlabeled_batch=3"))
    project = open_project(cells)
    assert project.names['labeled'] == LABELED and project.unlabeled_batch == 3


def test_unlabeled_images_in_other_folders_are_counted(cells):
    semi, unlabeled = cells / 'cells_semi.py', cells / 'splits/unlabeled.txt'
    (cells / 'splits/unlabeled_1.txt').write_text('a\nb\n')
    other = "dict(ann_file='splits/unlabeled_1.txt', data_prefix=dict(img_path='/elsewhere'))"
    text = semi.read_text()
    for value, own in ((f"['splits/unlabeled.txt', {other}]", UNLABELED), (other, [])):
        semi.write_text(text.replace("'splits/unlabeled.txt'", value))
        project = open_project(cells)
        assert project.names['unlabeled'] == own and project.more == 2
        assert project.lists['unlabeled'] == unlabeled
        if own:
            unlabeled.unlink()


@pytest.mark.parametrize('before, after, message', [
    ("data_root = '", "data_root = '/elsewhere", "data_root .* is '/elsewhere.*: if the project was moved"),
    ("seg_map_suffix='.png'", "seg_map_suffix='.tif'", 'has no folder of PNG masks'),
    ("ann_file='splits/val.txt', ", '', 'the val dataset .* has no list of images'),
    ('dataset=dict(dataset, ann_file=\'splits/labeled.txt\', pipeline=train_pipeline))',
     "dataset=dict(type='ConcatDataset', datasets=[dict(dataset, ann_file='splits/labeled.txt')] * 2))",
     'are in 2 datasets')])
def test_what_does_not_fit_is_named(before, after, message, cells):
    path = cells / 'cells_supervised.py'
    text = path.read_text()
    assert before in text
    path.write_text(text.replace(before, after))
    with pytest.raises(ValueError, match=message):
        open_project(cells)


def test_other_folders_are_refused(cells, tmp_path):
    with pytest.raises(FileNotFoundError, match=r'has 0 files \*_supervised.py'):
        open_project(tmp_path)
    with pytest.raises(FileNotFoundError, match='gone. is not a folder'):
        open_project(tmp_path / 'gone')
