# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The two config files of a project."""
import pytest
from mmengine.config import Config

from mmseg_entmin.config.checks import copy_warnings
from mmseg_entmin.project.config_text import config_texts, with_counts, with_date
from mmseg_entmin.project.rare_classes import Rare, config_lines
from mmseg_entmin.project.schedule import Schedule
from mmseg_entmin.project.sizes import Sizes

MODEL = dict(type='EncoderDecoder', backbone=dict(type='UNet', base_channels=4), decode_head=dict(num_classes=2))


def texts(**changes):
    base = Config(dict(optim_wrapper=dict(type='OptimWrapper', optimizer=dict(type='SGD', lr=0.1)),
                       custom_hooks=[dict(type='EMAHook')], custom_imports=dict(imports=['json'])))
    options = dict(
        base='mmseg::a.py', semi='x_semi.py', supervised='x_supervised.py', labeled=3, val=2, unlabeled=9,
        root='/data/it\'s', images='/a b', suffix='.jpg', classes=('a', 'b'), palette=[[0, 0, 0], [1, 2, 3]],
        any_orientation=False, sizes=Sizes(64, 64), model=MODEL, load_from=None,
        unlabeled_sources="'splits/unlabeled.txt'",
        schedule=Schedule(40, 400, 2, [dict(type='PolyLR', end=40, by_epoch=False)]))
    options.update(config_lines(Rare([], [], []), False))
    return list(config_texts(base, **{**options, **changes}).values())


@pytest.mark.parametrize('project', ['x', "Bob's v1.0"])
def test_both_are_configs_that_say_what_they_were_given(tmp_path, project):
    paths = [tmp_path / f'{project}_{kind}.py' for kind in ('supervised', 'semi')]
    for path, text in zip(paths, texts(supervised=paths[0].name, semi=paths[1].name)):
        path.write_text(text)
    supervised, semi = map(Config.fromfile, paths)
    assert supervised.model == MODEL and supervised.data_root == "/data/it's"
    assert supervised.train_dataloader.dataset.data_prefix == dict(img_path='/a b', seg_map_path='masks')
    assert supervised.optim_wrapper.optimizer.lr == 0.1 and supervised.custom_hooks[0].type == 'EMAHook'
    assert supervised.custom_imports.imports == ['json', 'mmseg_entmin']
    assert supervised.scale == (256, 64) and supervised.load_from is None
    assert supervised.train_cfg.max_iters == 40 and supervised.param_scheduler[0].end == 40
    assert semi.model.type == 'EntMin' and semi.train_dataloader.batch_size == 4
    unlabeled = semi.train_dataloader.dataset.unlabeled
    assert unlabeled.ann_file == 'splits/unlabeled.txt' and unlabeled.img_suffix == '.jpg'
    crop = next(step for step in unlabeled.pipeline if step.type == 'RandomCrop')
    assert crop.cat_max_ratio == 1. and crop.crop_size == (64, 64)


def test_rare_classes_stand_in_the_config_with_the_reason(tmp_path):
    path = tmp_path / 'x_supervised.py'
    path.write_text(texts(**config_lines(Rare([1], ['b'], [0.015]), True))[0])
    cfg = Config.fromfile(path)
    crop = next(step for step in cfg.train_dataloader.dataset.pipeline if step.type == 'RareClassCrop')
    assert crop.classes == cfg.rare_classes == [1] and crop.crop_size == (64, 64) and crop.cat_max_ratio == 0.75
    assert '# Rare: b (1.5 % of the pixels). So half of the crops' in path.read_text()


def test_turns_are_asked_for():
    assert 'RandomRotate' not in texts()[0]
    assert "type='RandomRotate'" in texts(any_orientation=True)[0]


def test_another_source_is_said_to_the_method_alone(tmp_path):
    paths = [tmp_path / f'x_{kind}.py' for kind in ('supervised', 'semi')]
    for path, text, plain in zip(paths, texts(other_source=True), texts()):
        path.write_text(text)
        assert (text == plain) == ('supervised' in path.name)
    cfg = Config.fromfile(paths[1])
    assert cfg.train_dataloader.dataset.labeled.pipeline[2].type == 'ColorTransfer'


def test_each_list_is_where_it_belongs(tmp_path):
    paths = [tmp_path / f'x_{kind}.py' for kind in ('supervised', 'semi')]
    for path, text in zip(paths, texts()):
        path.write_text(text)
    for cfg in map(Config.fromfile, paths):
        assert cfg.val_dataloader.dataset.ann_file == cfg.test_dataloader.dataset.ann_file == 'splits/val.txt'
        train = cfg.train_dataloader.dataset
        assert train.get('labeled', train).ann_file == 'splits/labeled.txt'


def test_corners_of_a_turned_image_are_void(tmp_path):
    path = tmp_path / 'x_supervised.py'
    path.write_text(texts(any_orientation=True)[0])
    turn = next(step for step in Config.fromfile(path).train_pipeline if step.type == 'RandomRotate')
    assert turn.seg_pad_val == 255 and turn.degree == 180


@pytest.mark.parametrize('iters, interval', [(40, 10), (3, 1)])
def test_it_is_validated_four_times_or_every_iteration(tmp_path, iters, interval):
    path = tmp_path / 'x_supervised.py'
    path.write_text(texts(schedule=Schedule(iters, 400, 2, []))[0])
    cfg = Config.fromfile(path)
    assert cfg.train_cfg.val_interval == cfg.default_hooks.checkpoint.interval == interval


def test_the_crop_size_and_the_classes_are_written_once(tmp_path):
    """Editing them in the data section changes the network as well."""
    model = dict(MODEL, data_preprocessor=dict(type='SegDataPreProcessor', size=(64, 64)),
                 auxiliary_head=[dict(num_classes=2, channels=2)],
                 test_cfg=dict(mode='slide', crop_size=(64, 64), stride=(42, 42)))
    path, semi = (tmp_path / f'x_{kind}.py' for kind in ('supervised', 'semi'))
    for file, text in zip((path, semi), texts(model=model)):
        file.write_text(text)
    assert Config.fromfile(path).model == model
    text = path.read_text().replace('crop_size = (64, 64)', 'crop_size = (32, 48)').replace(
        "'b',", "'b', 'c',").replace("'b')", "'b', 'c')")
    path.write_text(text)
    for cfg in map(Config.fromfile, (path, semi)):
        assert cfg.model.data_preprocessor.size == cfg.model.test_cfg.crop_size == (32, 48)
        assert cfg.model.test_cfg.stride == (21, 32)
        assert cfg.model.auxiliary_head == [dict(num_classes=3, channels=2)]
        assert not list(copy_warnings(cfg))


@pytest.mark.parametrize('counts', [dict(labeled=31, val=2, unlabeled=8), dict(labeled=1, val=1, unlabeled=1)])
def test_other_numbers_of_images_are_written_into_the_comments(counts):
    assert [with_counts(text, counts) for text in texts()] == texts(**counts)
    assert [with_counts(text, counts) for text in texts(labeled=1, val=1, unlabeled=1)] == texts(**counts)
    assert with_counts('# mine, 3 images\n', counts) == '# mine, 3 images\n'


def test_shares_of_the_first_masks_are_called_so_once_more_masks_are_there():
    rare = Rare([1], ['crack'], [0.004])
    text = texts(**config_lines(rare, True, 'the crop is smaller than the images'))[0]
    dated = with_date(text)
    comment = ' '.join(line.removeprefix('# ') for line in dated.split('rare_classes = ')[0].splitlines()[-4:])
    assert 'Rare when the project was made: crack (0.4 % of the pixels). So half of the crops' in comment
    assert max(map(len, dated.splitlines())) <= max(120, *map(len, text.splitlines()))
    assert dated.split('rare_classes = ')[1] == text.split('rare_classes = ')[1] and with_date(dated) == dated
    assert with_date(texts()[0]) == texts()[0]
