# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Corrected masks become labeled images, all or none of them."""
import json
import os
import shutil
from contextlib import suppress

import numpy as np
import pytest
from PIL import Image

from mmseg_entmin.apis.pictures import save_mask
from mmseg_entmin.datasets.splits import read_list
from mmseg_entmin.project import add_masks as module
from mmseg_entmin.project import swap
from mmseg_entmin.project.add_masks import add_masks, clean, take
from mmseg_entmin.project.existing import open_project
from mmseg_entmin.project.sources import Wish
from tests.tiny_project import LABELED, UNLABELED, VAL


def files_of(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob('*') if path.is_file()}


def mask(folder, name):
    return np.array(Image.open(folder / f'{name}.png'))


def test_unlabeled_images_become_labeled_and_nothing_else_changes(cells, corrected):
    before = files_of(cells)
    added = add_masks(cells, corrected('001', '003', '008', '010'))
    assert (added.new, added.labeled, added.val) == (['008', '010'], ['003'], ['001'])
    names = open_project(cells).names
    assert names == added.project.names == dict(
        labeled=sorted([*LABELED, '008', '010']), val=VAL, unlabeled=[n for n in UNLABELED if n not in ('008', '010')])
    after = files_of(cells)
    changed = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
    assert changed == {'masks/008.png', 'masks/010.png', 'splits/labeled.txt', 'splits/unlabeled.txt',
                       'cells_supervised.py', 'cells_semi.py'}
    assert (mask(cells / 'masks', '008') == mask(corrected(), '008')).all()
    assert Image.open(cells / 'masks/008.png').getpalette() == Image.open(cells / 'masks/001.png').getpalette()
    text = (cells / 'cells_supervised.py').read_text()
    assert 'on the 6 labeled images alone' in text and '6 labeled training images, 2 validation images' in text
    assert 'the 8 unlabeled images' in (cells / 'cells_semi.py').read_text()
    assert sorted(os.listdir(cells)) == ['cells_semi.py', 'cells_supervised.py', 'masks', 'splits']


def test_other_masks_are_replaced_only_if_asked(cells, corrected):
    folder = corrected('001', '003')
    added = add_masks(cells, folder, update=True)
    assert (added.new, added.updated, added.val) == ([], ['003'], ['001'])
    assert (mask(cells / 'masks', '003') == mask(folder, '003')).all()
    added = add_masks(cells, folder, update_val=True)
    assert (added.updated, added.labeled, added.same) == (['001'], [], ['003'])
    assert open_project(cells).names == dict(labeled=LABELED, val=VAL, unlabeled=UNLABELED)
    before = files_of(cells)
    assert add_masks(cells, folder, update=True, update_val=True).same == ['001', '003'] and files_of(cells) == before


def test_all_images_may_become_labeled(cells, corrected):
    added = add_masks(cells, corrected(*UNLABELED))
    assert added.project.names['unlabeled'] == [] == open_project(cells).names['unlabeled']


def test_masks_of_this_package_hold_labels_whatever_they_show(cells, tmp_path):
    """0 and 255 would else be the two values of two classes; here 255 is ignored."""
    labels = np.full((32, 32), 255, np.uint8)
    labels[:4] = 0
    save_mask(labels, open_project(cells).palette, tmp_path / 'own/008.png')
    add_masks(cells, tmp_path / 'own')
    assert (mask(cells / 'masks', '008') == labels).all()


def test_an_export_is_read_in_the_classes_of_the_project(cells, tmp_path):
    def coco(*names, file='007.png'):
        square = [4, 4, 12, 4, 12, 12, 4, 12]
        document = dict(images=[dict(id=1, file_name=file, width=32, height=32)],
                        categories=[dict(id=number, name=name) for number, name in enumerate(names, 1)],
                        annotations=[dict(id=1, image_id=1, category_id=1, segmentation=[square])])
        (tmp_path / 'coco.json').write_text(json.dumps(document))
        return tmp_path / 'coco.json'

    expected = np.zeros((32, 32), np.uint8)
    expected[4:12, 4:12] = 2
    with pytest.raises(ValueError, match='has regions of Disc, which the project has not'):
        add_masks(cells, coco('Disc'))
    with pytest.raises(ValueError, match='none of the 1 images'):
        add_masks(cells, coco('disc', file='gone.png'))
    added = add_masks(cells, coco('Disc'), rename={'Disc': 'disc'})
    assert added.new == ['007'] and 'what has no region is background' in added.note
    assert (mask(cells / 'masks', '007') == expected).all() and added.pixels[2] == 64
    add_masks(cells, coco('disc', file='008.png'), rest='ignored')
    assert (mask(cells / 'masks', '008') == np.where(expected == 2, 2, 255)).all()


def test_mistakes_leave_the_project_as_it_was(cells, corrected, tmp_path, monkeypatch):
    before = files_of(cells)
    folder = corrected('007', '008')
    Image.new('L', (31, 32)).save(folder / '008.png')
    with pytest.raises(ValueError, match='008.png.* is 31 x 32 pixels'):
        add_masks(cells, folder)
    shutil.rmtree(folder)
    with pytest.raises(ValueError, match='gone.png. is the mask of no image'):
        corrected('007')
        shutil.copy(folder / '007.png', folder / 'gone.png')
        add_masks(cells, folder)
    (folder / 'gone.png').unlink()
    with pytest.raises(ValueError, match='--rest is for exports'):
        add_masks(cells, folder, rest='ignored')
    with pytest.raises(ValueError, match='would be written over or into the input'):
        add_masks(cells, cells / 'masks')
    with pytest.raises(FileNotFoundError, match='gone. is not a folder'):
        add_masks(tmp_path / 'gone', folder)
    path = cells / 'splits/unlabeled.txt'
    path.write_text(path.read_text().replace('007\n', ''))
    with pytest.raises(ValueError, match="007 is in none of the project's lists .*write it into .*unlabeled.txt"):
        add_masks(cells, folder, Wish(values=[0, 1, 2]))
    path.write_bytes(before['splits/unlabeled.txt'])

    def full(*args):
        raise OSError(28, 'No space left on device')

    monkeypatch.setattr(module, 'save_mask', full)
    with pytest.raises(OSError, match='No space left'):
        add_masks(cells, folder)
    assert files_of(cells) == before


class Killed(BaseException):
    pass


class Masks:
    """Masks of these images, all of one class."""

    names, note = ['003', '008', '010'], ''

    def labels(self, name):
        return np.ones((32, 32), np.uint8)

    def doubts(self, pixels, borders):
        return []


def moved(project, folder, copy):
    """The project in a copy of its folder."""
    return project._replace(
        configs=[copy / path.name for path in project.configs], masks=copy / 'masks',
        lists={kind: copy / path.relative_to(folder) for kind, path in project.lists.items()})


@pytest.mark.parametrize('exchanges', [True, False])
def test_a_process_killed_at_any_step_leaves_a_whole_project(exchanges, cells, tmp_path, monkeypatch):
    """After each number of changes on the disk, nothing more happens, not even the removal of what is unfinished."""
    project = open_project(cells)
    if not exchanges:
        monkeypatch.setattr(swap, 'exchange', lambda one, other: False)
    for count in range(1, 100):
        copy = shutil.copytree(cells, tmp_path / f'{count}')
        steps = iter(range(count))

        def counted(function, steps=steps):
            def run(*args, **options):
                if next(steps, None) is None:
                    raise Killed
                return function(*args, **options)
            return run

        with monkeypatch.context() as patch:
            for place, name in ((os, 'link'), (os, 'replace'), (os, 'rename'), (shutil, 'rmtree')):
                patch.setattr(place, name, counted(getattr(place, name)))
            if exchanges:
                patch.setattr(swap, 'exchange', counted(swap.exchange))
            with suppress(Killed):
                take(moved(project, cells, copy), Masks(), True, False, [])
        killed = next(steps, None) is None
        if exchanges:
            check_whole(copy)
        clean(copy)
        check_whole(copy)
        lists = {kind: read_list(copy / f'splits/{kind}.txt') for kind in project.names}
        take(moved(project, cells, copy)._replace(names=lists), Masks(), True, False, [])
        assert read_list(copy / 'splits/labeled.txt') == sorted([*LABELED, '008', '010'])
        assert mask(copy / 'masks', '003').all() and mask(copy / 'masks', '010').all()
        assert '6 labeled training images' in (copy / 'cells_supervised.py').read_text()
        assert sorted(os.listdir(copy)) == ['cells_semi.py', 'cells_supervised.py', 'masks', 'splits']
        if not killed:
            assert count > 15
            return
    raise AssertionError('more than 100 steps')


def check_whole(folder):
    names = {kind: read_list(folder / f'splits/{kind}.txt') for kind in ('labeled', 'val', 'unlabeled')}
    assert sorted(sum(names.values(), [])) == sorted(LABELED + VAL + UNLABELED)
    assert all(mask(folder / 'masks', name).shape == (32, 32) for name in names['labeled'] + names['val'])


def test_masks_by_a_label_map_and_files_per_stroke_are_read(cells, tiny_original, tmp_path):
    """CVAT's colors in another order and with another name, and Label Studio's PNG files with a list of tasks."""
    colors = np.array([[0, 0, 0], [250, 50, 83], [51, 221, 255]], np.uint8)
    expected = np.array(Image.open(tiny_original / 'annotations/007.png'))
    root = tmp_path / 'cvat'
    (root / 'SegmentationClass').mkdir(parents=True)
    Image.fromarray(colors[expected]).save(root / 'SegmentationClass/007.png')
    (root / 'labelmap.txt').write_text('# label:color_rgb:parts:actions\nround:51,221,255::\nbackground:0,0,0::\n'
                                       'square:250,50,83::\n')
    with pytest.raises(ValueError, match="has regions of round, which .*--rename 'round=CLASS'"):
        add_masks(cells, root)
    add_masks(cells, root, rename={'round': 'disc'})
    strokes = tmp_path / 'strokes'
    strokes.mkdir()
    for label, name in ((1, 'square'), (2, 'disc')):
        shown = (np.array(Image.open(tiny_original / 'annotations/008.png')) == label) * np.uint8(255)
        Image.fromarray(shown).save(strokes / f'task-5-annotation-1-by-1-tag-{name}-0.png')
    (tmp_path / 'tasks.txt').write_text('5 008.png\n')
    assert add_masks(cells, strokes, Wish(tasks=tmp_path / 'tasks.txt')).new == ['008']
    for name in ('007', '008'):
        assert (mask(cells / 'masks', name) == mask(tiny_original / 'annotations', name)).all()
