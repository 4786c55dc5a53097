# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""From a folder of images and a few masks to a project that trains."""
import locale
import shutil
import sys
from fractions import Fraction

import numpy as np
import pytest
from mmengine.config import Config
from mmengine.registry import DefaultScope
from PIL import Image

from mmseg_entmin.datasets.checks import check_data
from mmseg_entmin.datasets.splits import read_list
from mmseg_entmin.project.create import create
from mmseg_entmin.project.masks import own_palette
from mmseg_entmin.project.palette import default_palette
from mmseg_entmin.registry import DATASETS

CLASSES = ['background', 'square', 'disc']
COLORS = np.array([[10, 10, 10], [200, 60, 60], [60, 60, 200]], np.uint8)


@pytest.fixture
def folders(tiny_dataset, tmp_path):
    """Sixteen images, and the masks of six of them in colors."""
    masks = tmp_path / 'few'
    masks.mkdir()
    for path in sorted((tiny_dataset / 'annotations').iterdir())[:6]:
        Image.fromarray(COLORS[np.array(Image.open(path))]).save(masks / path.name)
    return tiny_dataset / 'images', masks


def options(tiny_config, tmp_path, **changes):
    return {**dict(out=tmp_path / 'cells', base=str(tiny_config), classes=CLASSES, side=32,
                   colors=['#0a0a0a', '200,60,60', '#3c3cc8']), **changes}


def test_masks_lists_and_configs_belong_together(folders, tiny_config, tiny_dataset, tmp_path):
    originals = {path: path.read_bytes() for folder in folders for path in folder.iterdir()}
    project = create(*folders, **options(tiny_config, tmp_path))
    out = tmp_path / 'cells'
    labeled, val, unlabeled = (read_list(out / f'splits/{name}.txt') for name in ('labeled', 'val', 'unlabeled'))
    assert (len(labeled), len(val), len(unlabeled)) == (4, 2, 10) and project.lists == (labeled, val, unlabeled)
    for name in labeled + val:
        mask = Image.open(out / f'masks/{name}.png')
        assert (np.array(mask) == np.array(Image.open(tiny_dataset / f'annotations/{name}.png'))).all()
        assert mask.getpalette()[3:6] == [200, 60, 60]
    supervised, semi = (Config.fromfile(path) for path in project.configs)
    for key in ('optim_wrapper', 'param_scheduler', 'train_cfg', 'test_dataloader', 'test_evaluator'):
        assert supervised[key] == semi[key]
    assert semi.model.decode_head.head == supervised.model.decode_head
    with DefaultScope.overwrite_default_scope('mmseg'):
        data = DATASETS.build(semi.train_dataloader.dataset)
        assert (data.num_labeled, data.num_unlabeled) == (4, 10)
        assert data.metainfo['classes'] == tuple(CLASSES) and 'gt_sem_seg' not in data[5]['data_samples']
    assert originals == {path: path.read_bytes() for path in originals}


def test_images_and_masks_may_share_a_folder(folders, tiny_config, tmp_path):
    images, masks = folders
    for path in masks.iterdir():
        path.rename(images / f'{path.stem}_mask.png')
    for one in ({}, dict(image_suffix='.png'), dict(mask_suffix='_mask.png')):
        with pytest.raises(ValueError, match='--image-suffix=.png --mask-suffix=_mask.png'):
            create(images, images, **options(tiny_config, tmp_path, **one))
    for path in list(images.glob('???.png')):
        Image.open(path).save(path.with_suffix('.bmp'))
    project = create(images, images, **options(tiny_config, tmp_path, image_suffix='.bmp', mask_suffix='_mask.png'))
    assert len(project.lists.unlabeled) == 10 and "img_suffix='.bmp'" in project.configs[0].read_text()


def test_masks_below_the_images_are_no_images(folders, tiny_config, tmp_path):
    images, masks = folders
    masks.rename(images / 'masks')
    assert len(create(images, images / 'masks', **options(tiny_config, tmp_path)).lists.unlabeled) == 10


@pytest.mark.parametrize('change, message', [
    (dict(colors=[]), 'is in colors'),
    (dict(classes=['a']), '--colors has 3'),
    (dict(classes=[], colors=[]), 'give 2 to 255'),
    (dict(batch=5), '--batch 5'),
    (dict(base='gone.py'), 'gone.py'),
    (dict(colors=['#0a0a0a', '200,60,60', '#3c3cc9']), '#3c3cc8'),
    (dict(colors=['#000001', '#000002', '#000003'], ignore_unknown=True),
     'few. show none of the classes, all is ignored'),
    (dict(side=0), '--size 0'), (dict(side=-8), '--size -8'),
])
def test_nothing_is_written_when_something_is_wrong(folders, tiny_config, tmp_path, change, message):
    with pytest.raises((ValueError, FileNotFoundError), match=message):
        create(*folders, **options(tiny_config, tmp_path, **change))
    assert not (tmp_path / 'cells').exists()


@pytest.fixture
def beside(folders, tmp_path):
    """The folders of images and masks as ``data/images`` and ``data/masks``."""
    (tmp_path / 'data').mkdir()
    return [path.rename(tmp_path / 'data' / name) for path, name in zip(folders, ('images', 'masks'))]


def contents(folder):
    return {path: path.read_bytes() for path in folder.rglob('*') if path.is_file()}


@pytest.mark.parametrize('out', ['data', 'data/images', 'data/images/cells', 'data/masks/cells'])
def test_originals_are_neither_overwritten_nor_mixed_with_results(beside, tiny_config, tmp_path, out):
    before = contents(tmp_path)
    with pytest.raises(ValueError, match='written over or into the input'):
        create(*beside, **options(tiny_config, tmp_path, out=tmp_path / out, force=True))
    assert contents(tmp_path) == before


def test_originals_behind_links_are_not_overwritten(beside, tiny_config, tmp_path):
    images, masks = beside
    links = tmp_path / 'links'
    links.mkdir()
    for path in masks.iterdir():
        (links / path.name).symlink_to(path)
    before = contents(tmp_path)
    with pytest.raises(ValueError, match='written over or into the input .*links/001.png'):
        create(images, links, **options(tiny_config, tmp_path, out=tmp_path / 'data', force=True))
    assert contents(tmp_path) == before


@pytest.mark.parametrize('name', ['masks/001.png', 'splits/val.txt'])
def test_files_of_another_origin_are_not_overwritten(folders, tiny_config, tmp_path, name):
    path = tmp_path / 'cells' / name
    path.parent.mkdir(parents=True)
    path.write_text('mine')
    with pytest.raises(FileExistsError, match=f'{name}.*--force'):
        create(*folders, **options(tiny_config, tmp_path))
    assert contents(tmp_path / 'cells') == {path: b'mine'}
    create(*folders, **options(tiny_config, tmp_path, force=True))
    assert path.read_bytes() != b'mine'


def test_an_unlabeled_image_that_cannot_be_measured_is_said(folders, tiny_config, tmp_path):
    (folders[0] / '016.png').write_bytes(b'')
    error, = create(*folders, **options(tiny_config, tmp_path, side=None)).unreadable
    assert '016.png' in error


def test_grey_palettes_say_nothing():
    for scale, expected in ((1, default_palette(3)), (100, [(0, ) * 3, (100, ) * 3, (200, ) * 3])):
        image = Image.fromarray(np.arange(3, dtype=np.uint8)[None])
        image.putpalette([scale * index for index in range(3) for _ in range(3)])
        assert own_palette(bytes(image.getpalette()), {0: 0, 1: 1, 2: 2}, 3) == expected
    assert own_palette(bytes(image.getpalette()), {0: 0, 1: 1, 9: 2}, 3) == default_palette(3)  # 9 has no color
    image.putpalette([0, 0, 0, 100, 0, 0, 100, 0, 0])
    assert own_palette(bytes(image.getpalette()), {0: 0, 1: 1, 2: 2}, 3) == default_palette(3)


def test_masks_are_no_images_though_they_end_alike(folders, tiny_config, tmp_path):
    images, masks = folders
    for path in masks.iterdir():
        path.rename(images / f'{path.stem}_mask.png')
    lists = create(images, images, **options(tiny_config, tmp_path, image_suffix='.png', mask_suffix='_mask.png')).lists
    assert len(lists.unlabeled) == 10 and not any('mask' in name for name in lists.unlabeled)


def test_an_edited_config_is_not_overwritten(folders, tiny_config, tmp_path):
    project = create(*folders, **options(tiny_config, tmp_path))
    project.configs[0].write_text('mine')
    with pytest.raises(FileExistsError, match='cells_supervised.py.*--force'):
        create(*folders, **options(tiny_config, tmp_path))
    assert project.configs[0].read_text() == 'mine'
    create(*folders, **options(tiny_config, tmp_path, force=True))
    assert project.configs[0].read_text() != 'mine'


def test_a_head_that_the_method_does_not_fit_is_refused(folders, tiny_config, tmp_path):
    text = tiny_config.read_text().replace("type='FCNHead'", "type='EncHead'").replace(
        'num_convs=1, concat_input=False, ', '').replace('in_channels=4, in_index=1', 'in_channels=[4], in_index=[1]')
    tiny_config.write_text(text)
    with pytest.raises(ValueError, match=f"--base '{tiny_config}'.*cells_semi.py.*EncHead"):
        create(*folders, **options(tiny_config, tmp_path))
    assert not (tmp_path / 'cells').exists()


def test_a_network_that_cannot_be_built_is_refused_each_time(folders, tiny_config, tmp_path):
    tiny_config.write_text(tiny_config.read_text().replace("type='UNet'", "type='GoneNet'"))
    for _ in range(2):
        with pytest.raises(ValueError, match=f"--base '{tiny_config}'.*cells_supervised.py.*KeyError.*GoneNet"):
            create(*folders, **options(tiny_config, tmp_path))
    assert not (tmp_path / 'cells').exists()


def test_masks_on_two_scales_are_refused(folders, tiny_config, tmp_path):
    for index, path in enumerate(sorted(folders[1].iterdir())):
        square = (np.array(Image.open(path)) == COLORS[1]).all(axis=2)
        Image.fromarray(square if index else (255 * square).astype(np.uint8)).save(path)
    two = options(tiny_config, tmp_path, classes=['ground', 'square'], colors=[])
    with pytest.raises(ValueError, match="holds 1 and '.*001.png' 255"):
        create(*folders, **two)
    project = create(*folders, **two, values=[0, 1])
    assert project.pixels[0, 255] and not project.pixels[1:, 255].any()


@pytest.mark.skipif(sys.flags.utf8_mode, reason='Python is told to use UTF-8 everywhere')
def test_configs_are_in_utf8_whatever_the_locale(folders, tiny_config, tmp_path):
    before = locale.setlocale(locale.LC_CTYPE)
    locale.setlocale(locale.LC_CTYPE, 'C')
    try:
        project = create(*folders, **options(tiny_config, tmp_path, classes=['Gef\u00e4\u00df', 'b', 'c']))
    finally:
        locale.setlocale(locale.LC_CTYPE, before)
    assert Config.fromfile(project.configs[0]).metainfo.classes[0] == 'Gef\u00e4\u00df'


@pytest.mark.parametrize('pretrained, expected', [(True, ['w.pth']), (False, [])])
def test_a_checkpoint_that_the_base_starts_from_is_said_or_left(folders, tiny_config, tmp_path, pretrained, expected):
    tiny_config.write_text(tiny_config.read_text() + "load_from = 'w.pth'\n")
    project = create(*folders, **options(tiny_config, tmp_path, pretrained=pretrained))
    assert project.pretrained == expected
    assert Config.fromfile(project.configs[0]).load_from == (expected[0] if expected else None)


def test_an_accented_name_may_be_spelled_another_way(folders, tiny_config, tmp_path):
    images, masks = folders
    (images / '001.png').rename(images / 'e\u0301.png')
    (masks / '001.png').rename(masks / '\u00e9.png')
    create(images, masks, **options(tiny_config, tmp_path))
    assert (tmp_path / 'cells/masks/e\u0301.png').is_file()


def test_unlabeled_images_in_folders_of_their_own(folders, tiny_config, tiny_dataset, tmp_path):
    images, masks = folders
    for name in ('a', 'b'):
        (tmp_path / name).mkdir()
    for path in sorted(images.iterdir())[6:]:
        path.rename(tmp_path / 'a' / path.name.replace('0', 'x'))
    shutil.copy(images / '001.png', tmp_path / 'b/copy.png')
    Image.open(images / '002.png').convert('RGB').transpose(Image.Transpose.ROTATE_90).save(tmp_path / 'b/001.jpg')
    with pytest.raises(ValueError, match='nothing is unlabeled; give folders of unlabeled images as --unlabeled DIR'):
        create(*folders, **options(tiny_config, tmp_path))
    project = create(*folders, **options(tiny_config, tmp_path, unlabeled=[tmp_path / 'a', tmp_path / 'b']))
    assert project.num_unlabeled == 11 and [len(each.images) for each in project.more] == [10, 1]
    assert any("1 copy of labeled images in '" in note and 'copy.png' in note for note in project.notes)
    assert not (tmp_path / 'cells/splits/unlabeled.txt').exists()
    semi = Config.fromfile(project.configs[1])
    with DefaultScope.overwrite_default_scope('mmseg'):
        data = DATASETS.build(semi.train_dataloader.dataset)
        assert (data.num_labeled, data.num_unlabeled) == (4, 11)
        assert all(data[index]['inputs'].shape[0] == 3 for index in (4, 14))
    assert not check_data(semi, None).errors
    one = create(*folders, **options(tiny_config, tmp_path, unlabeled=[tmp_path / 'a'], out=tmp_path / 'one'))
    assert Config.fromfile(one.configs[1]).train_dataloader.dataset.unlabeled.ann_file == 'splits/unlabeled_1.txt'


def test_a_share_of_the_masks_where_all_images_have_one(folders, tiny_config, tiny_dataset, tmp_path):
    project = create(folders[0], tiny_dataset / 'annotations', labeled_share=Fraction(1, 6),
                     **options(tiny_config, tmp_path, colors=()))
    assert [len(part) for part in project.lists] == [2, 4, 10]
    assert sorted(project.lists.labeled + project.lists.val) == project.masked
    assert len(project.pixels) == len(project.presence) == len(list((tmp_path / 'cells/masks').iterdir())) == 6
    assert not check_data(Config.fromfile(project.configs[1]), None).errors


def test_groups_that_validate_are_not_seen_without_masks(folders, tiny_config, tmp_path):
    groups = dict(groups='(..)$', val_share=Fraction(1, 3))  # 01 to 16: each is a group of its own
    assert create(*folders, **options(tiny_config, tmp_path, **groups)).num_unlabeled == 10
    rows = ''.join(f'{number:03d},p{number % 3}\n' for number in range(1, 17))
    (tmp_path / 'groups.csv').write_text(rows)
    groups['groups'] = str(tmp_path / 'groups.csv')
    project = create(*folders, **options(tiny_config, tmp_path, out=tmp_path / 'cells_2', **groups))
    held = {int(name) % 3 for name in project.lists.val}
    assert len(held) == 1 and held.isdisjoint(int(name) % 3 for name in project.lists.labeled + project.lists.unlabeled)
    assert any('2 groups are trained on, 1 other validates, with 33% of the masks' in note for note in project.notes)
    kept = create(*folders, **options(tiny_config, tmp_path, out=tmp_path / 'cells_3', val_groups_too=True, **groups))
    assert kept.num_unlabeled == 10 and any('those of known groups' in note for note in kept.notes)
