# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The method on top of supervised configs, as text configs inherit it."""
import json
import runpy
import sys
from pathlib import Path

import mmseg
import pytest
from mmengine.config import Config, ConfigDict

from mmseg_entmin.config import semi_supervised, with_unlabeled
from mmseg_entmin.config.read_config import read_config
from tests.test_models.test_any_model import HEADS, RESNET, complete
from tests.tiny import build

THREE_LINES = '''
_base_ = './tiny_fcn.py'
from mmseg_entmin.config import semi_supervised
model, train_dataloader, optim_wrapper, custom_imports = semi_supervised(_base_, unlabeled='splits/1-3_unlabeled.txt')
'''
DATASET = dict(type='BaseSegDataset', ann_file='a.txt', data_prefix=dict(img_path='i', seg_map_path='m'), pipeline=[])


def base(head=None, **other) -> ConfigDict:
    """A supervised config with a small ResNet."""
    head = complete(HEADS['FCN']) if head is None else head
    return ConfigDict({
        'model': dict(type='EncoderDecoder', backbone=RESNET[0], decode_head=head, test_cfg=dict(mode='whole')),
        'train_dataloader': dict(batch_size=2, dataset=DATASET), **other})


@pytest.fixture
def config(tiny_config, tiny_dataset) -> Path:
    text = tiny_config.read_text().replace('data/absent', str(tiny_dataset))
    tiny_config.write_text(text.replace("ann_file='splits/train.txt'", "ann_file='splits/1-3_labeled.txt'"))
    path = tiny_config.with_name('semi.py')
    path.write_text(THREE_LINES)
    return path


def test_three_lines_train_with_mmsegs_own_tool_and_so_does_the_dumped_config(config, tmp_path, monkeypatch):
    work_dir = tmp_path / 'work'
    train = Path(mmseg.__file__).parent / '.mim/tools/train.py'
    for path, folder in ((config, work_dir), (work_dir / 'semi.py', tmp_path / 'again')):
        monkeypatch.setattr(sys, 'argv', ['train.py', str(path), '--work-dir', str(folder)])
        runpy.run_path(str(train), run_name='__main__')
        assert (folder / 'iter_4.pth').is_file()
    records = [json.loads(line) for line in next(work_dir.glob('*/vis_data/scalars.json')).open()]
    assert sum('unsup.weight' in record for record in records) == 2 * 4  # MMEngine's visualizer serves both runs
    dumped = Config.fromfile(work_dir / 'semi.py')
    assert 'semi_supervised' not in dumped and '_base_' not in (work_dir / 'semi.py').read_text()


def test_what_it_infers(config):
    cfg = Config.fromfile(config)
    assert cfg.model.type == 'EntMin' and cfg.model.decode_head.type == 'UncertaintyHead'
    assert cfg.model.decode_head.head.type == 'FCNHead'
    assert cfg.model.cls_head == dict(type='UncertaintyClsHead', in_channels=8, num_classes=3)
    loader = cfg.train_dataloader
    assert loader.batch_size == 4 and loader.sampler == dict(type='LabeledUnlabeledSampler', labeled=2, unlabeled=2)
    assert loader.dataset.unlabeled.ann_file == 'splits/1-3_unlabeled.txt'
    assert [step.type for step in loader.dataset.unlabeled.pipeline] == ['LoadImageFromFile', 'PackSegInputs']
    assert cfg.custom_imports.imports == ['mmseg_entmin']


@pytest.mark.parametrize('options, labeled, unlabeled', [
    ({}, 2, 2), (dict(labeled_batch=3), 3, 3), (dict(unlabeled_batch=5), 2, 5),
    (dict(labeled_batch=3, unlabeled_batch=5), 3, 5)])
def test_images_of_each_kind_in_a_batch(options, labeled, unlabeled):
    loader = semi_supervised(base(), 'u.txt', **options).train_dataloader
    assert loader['batch_size'] == labeled + unlabeled
    assert (loader['sampler']['labeled'], loader['sampler']['unlabeled']) == (labeled, unlabeled)


def test_a_base_that_does_not_say_its_batch_size_has_mmengines():
    assert with_unlabeled(base(train_dataloader=dict(dataset=DATASET)), 'u.txt')['batch_size'] == 1 + 1


@pytest.mark.parametrize('options', [dict(labeled_batch=0), dict(unlabeled_batch=0), dict(unlabeled_batch=-1)])
def test_a_batch_has_images_of_both_kinds(options):
    (name, value), = options.items()
    with pytest.raises(ValueError, match=f'{name}={value}'):
        semi_supervised(base(), 'u.txt', **options)


def test_the_last_of_the_named_encoder_stages_is_classified():
    model = semi_supervised(base(), 'u.txt', encoder_stages=['layer1', 'layer2']).model
    assert model['encoder_stages'] == ['layer1', 'layer2'] and model['cls_head']['in_channels'] == 16


def test_options_go_to_the_segmentor_and_the_heads():
    ours = semi_supervised(
        base(), 'u.txt', type='EntMinConsistency', unsup_weight=0.5,
        decode_head=dict(kernel_size=1), cls_head=dict(activation='sigmoid', in_channels=7))
    assert ours.model['type'] == 'EntMinConsistency' and ours.model['unsup_weight'] == 0.5
    assert ours.model['decode_head']['kernel_size'] == 1
    assert ours.model['cls_head'] == dict(
        type='UncertaintyClsHead', in_channels=7, num_classes=3, activation='sigmoid')


def test_images_of_another_source_have_options_of_their_own_unless_they_are_given():
    ours = semi_supervised(base(), 'u.txt', other_source=True).model
    assert ours['running_statistics'] == 'labeled'
    given = semi_supervised(base(), 'u.txt', other_source=True, running_statistics='unlabeled').model
    assert given['running_statistics'] == 'unlabeled'
    assert not {'running_statistics', 'other_source'} & {*semi_supervised(base(), 'u.txt').model}


LOAD, MASKS, PACK = (dict(type=name) for name in ('LoadImageFromFile', 'LoadAnnotations', 'PackSegInputs'))


@pytest.mark.parametrize('wrapped', [False, True])
def test_half_of_the_images_of_one_source_are_learned_in_the_colors_of_the_other(wrapped):
    dataset = dict(DATASET, pipeline=[LOAD, MASKS, dict(type='RandomFlip', prob=0.5), PACK])
    cfg = base()
    cfg.train_dataloader.dataset = dict(type='RepeatDataset', times=2, dataset=dataset) if wrapped else dataset
    ours = semi_supervised(cfg, 'u.txt', other_source=True).train_dataloader['dataset']
    labeled = ours['labeled']['dataset'] if wrapped else ours['labeled']
    assert labeled['pipeline'] == [LOAD, MASKS, dict(type='ColorTransfer', prob=0.5), *dataset['pipeline'][2:]]
    assert 'ColorTransfer' not in str(ours['unlabeled']) and 'ColorTransfer' not in str(cfg)
    assert with_unlabeled(cfg, 'u.txt', other_source=True)['dataset'] == ours
    assert 'ColorTransfer' not in str(with_unlabeled(cfg, 'u.txt'))


def test_colors_are_transferred_once_and_only_where_there_are_three_channels():
    own = dict(type='ColorTransfer', prob=1.)
    cfg = base()
    cfg.train_dataloader.dataset = dict(DATASET, pipeline=[LOAD, MASKS, own, PACK])
    assert with_unlabeled(cfg, 'u.txt', other_source=True)['dataset']['labeled']['pipeline'] == [LOAD, MASKS, own, PACK]
    cfg.train_dataloader.dataset = dict(DATASET, pipeline=[LOAD, MASKS, PACK])
    cfg.model.data_preprocessor = dict(type='SegDataPreProcessor', mean=[0.] * 4, std=[1.] * 4)
    assert 'ColorTransfer' not in str(with_unlabeled(cfg, 'u.txt', other_source=True))


def test_a_cascade_becomes_one_uncertain_head():
    cfg = base(complete(HEADS['OCR']))
    cfg.model.update(type='CascadeEncoderDecoder', num_stages=2)
    model = Config._merge_a_into_b(dict(model=semi_supervised(cfg, 'u.txt').model), dict(model=cfg.model))['model']
    built = build(model)
    assert type(built.decode_head.head).__name__ == 'OCRHead' and len(built.decode_head.earlier_heads) == 1


def test_the_base_is_left_as_it_is():
    cfg = base()
    before = cfg.to_dict()
    ours = semi_supervised(cfg, 'u.txt')
    ours.model['decode_head']['head']['num_classes'] = 9
    assert cfg.to_dict() == before


@pytest.mark.parametrize('keys, expected', [
    ({}, None), ({'decode_head': 10.}, 10.), ({'head': 10.}, None), ({'head': 2., 'decode_head': 10.}, 10.),
    ({'backbone': 0.1}, None), ({'decode_head': 10., 'cls_head': 10.}, None)])
def test_the_new_head_learns_as_fast_as_the_decode_head(keys, expected):
    custom_keys = {key: dict(lr_mult=value) for key, value in keys.items()}
    cfg = base(optim_wrapper=dict(paramwise_cfg=dict(custom_keys=custom_keys)))
    assert semi_supervised(cfg, 'u.txt').optim_wrapper == ({} if expected is None else dict(
        paramwise_cfg=dict(custom_keys=dict(cls_head=dict(lr_mult=expected)))))


@pytest.mark.parametrize('imports', [['mmseg_entmin'], 'json', ['json', 'mmseg_entmin'], None])
def test_the_bases_own_modules_stay_imported(imports):
    cfg = base(custom_imports=dict(imports=imports) if imports else None)
    found = semi_supervised(cfg, 'u.txt').custom_imports['imports']
    assert found.count('mmseg_entmin') == 1 and ('json' in found) == ('json' in (imports or []))


@pytest.mark.parametrize('allowed', [False, True])
def test_the_users_own_modules_are_imported_before_the_backbone_is_asked(allowed, tmp_path, monkeypatch):
    (tmp_path / 'own_module.py').touch()
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, 'own_module', raising=False)
    imports = dict(imports=['own_module'], allow_failed_imports=allowed)
    found = semi_supervised(base(custom_imports=imports), 'u.txt').custom_imports
    assert 'own_module' in sys.modules and found['allow_failed_imports'] == allowed


def test_data_of_a_base_that_does_not_fit_are_refused_alone_too():
    with pytest.raises(ValueError, match='counts epochs'):
        with_unlabeled(base(train_cfg=dict(by_epoch=True)), 'u.txt')


@pytest.mark.parametrize('change, message', [
    (dict(train_cfg=dict(type='EpochBasedTrainLoop', max_epochs=9)), 'EpochBasedTrainLoop, max_epochs=9.*IterBased'),
    (dict(train_cfg=dict(by_epoch=True, max_epochs=9)), 'by_epoch, max_epochs=9'),
    (dict(auto_scale_lr=dict(enable=True, base_batch_size=16)), "the base's auto_scale_lr.enable=True would scale"),
    (dict(train_dataloader=None), 'no train_dataloader'),
    (dict(model=None), 'no model'),
    (dict(model=dict(type='EntMin')), 'EntMin.*not semi-supervised yet'),
    (dict(model=dict(type='EncoderDecoder', decode_head=dict(type='IterativeDecodeHead'))), 'no num_classes'),
])
def test_refuses_bases_that_do_not_fit(change, message):
    with pytest.raises(ValueError, match=message):
        semi_supervised(base(**change), 'u.txt')


def test_a_tool_ends_with_one_line(config):
    config.with_name('tiny_fcn.py').write_text(
        config.with_name('tiny_fcn.py').read_text() + "train_cfg = dict(by_epoch=True, max_epochs=2)\n")
    with pytest.raises(ValueError, match='semi.py.*counts epochs') as error:
        read_config(str(config))
    assert '\n' not in str(error.value)
