# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Networks of any config for other classes."""
import functools

import pytest
import torch
from mmengine.config import Config
from torch import nn

from mmseg_entmin.project import base_network
from mmseg_entmin.project.base_network import adapt, check_networks, default_side, pretrained_weights
from mmseg_entmin.walk import dicts, plain
from tests.tiny import batch, build

SEGFORMER = 'mmseg::segformer/segformer_mit-b0_8xb2-160k_ade20k-512x512.py'
OCR = 'mmseg::ocrnet/ocrnet_hr18s_4xb2-40k_cityscapes-512x1024.py'
MOBILE = 'mmseg::mobilenet_v2/mobilenet-v2-d8_fcn_4xb2-80k_cityscapes-512x1024.py'
UNET = 'mmseg::unet/unet-s5-d16_fcn_4xb4-40k_hrf-256x256.py'
WBC = 'configs/supervised/unet_wbc_1-10.py'

load_base = functools.lru_cache(base_network.load_base)  # read once; nothing may change them


@pytest.mark.parametrize('name', [SEGFORMER, OCR, MOBILE, UNET, WBC])
def test_every_head_has_the_classes(name, repo_root):
    base = load_base(name if '::' in name else str(repo_root / name))
    model = adapt(base.model, 3, 64, pretrained=False)
    heads = [node for key in ('decode_head', 'auxiliary_head') for node in dicts(model.get(key))]
    assert {node['num_classes'] for node in heads if 'num_classes' in node} == {3}
    assert not any('class_weight' in node or '_scope_' in node for node in dicts(model))
    assert model['data_preprocessor']['size'] == (64, 64) and 'size_divisor' not in model['data_preprocessor']
    assert pretrained_weights(model) == []


def test_a_base_of_the_zoo_trains():
    model = adapt(load_base(MOBILE).model, 3, 64, pretrained=False)
    for node in dicts(model):
        if node.get('type') == 'SyncBN':
            node['type'] = 'BN'
    losses = build(model).train().loss(*batch(2, 0, (64, 64)))
    assert 'aux.loss_ce' in losses and all(loss.isfinite().all() for loss in losses.values())


def test_a_sliding_window_is_of_the_size():
    assert adapt(load_base(UNET).model, 3, 96)['test_cfg'] == dict(mode='slide', crop_size=(96, 96), stride=(64, 64))


def test_pretrained_weights_are_told_and_dropped():
    base = load_base(SEGFORMER)
    before = plain(base.model)
    assert pretrained_weights(adapt(base.model, 3, 512)) == [base.model.backbone.init_cfg.checkpoint]
    assert pretrained_weights(plain(load_base(OCR).model)) == ['open-mmlab://msra/hrnetv2_w18_small']
    assert pretrained_weights(dict(backbone=dict(type='TIMMBackbone', model_name='a'))) == ['weights of timm for a']
    assert plain(base.model) == before


@pytest.mark.parametrize('options', [
    dict(init_cfg=dict(type='Pretrained', checkpoint='w')), dict(pretrained='w'), dict(checkpoint_path='w'),
    dict(init_cfg=[dict(type='Kaiming', layer='Conv2d'), dict(type='Pretrained', checkpoint='w')])])
def test_weights_are_seen_wherever_a_backbone_takes_them(options):
    model = dict(type='EncoderDecoder', backbone=dict(type='ResNet', **options), decode_head=dict(num_classes=2))
    assert pretrained_weights(model) == ['w']
    bare = adapt(model, 2, 64, pretrained=False)
    assert pretrained_weights(bare) == [] and bare['backbone'] == dict(type='ResNet')


def test_the_size_is_the_bases_but_not_above_small_images_without_pretrained_weights(repo_root):
    sides = [90, 120, 120]
    assert default_side(load_base(SEGFORMER), sides) == 512
    assert default_side(load_base(UNET), sides) == 128
    assert default_side(load_base(str(repo_root / WBC)), sides) == 48
    assert default_side(load_base(SEGFORMER), sides, pretrained=False) == 128


def test_a_checkpoint_to_start_from_is_trained_at_its_size_too():
    base = Config(dict(model=dict(type='EncoderDecoder'), load_from='w.pth'))
    assert default_side(base, [90]) == 512 and default_side(base, [90], pretrained=False) == 96


@pytest.mark.parametrize('base, message', [
    ('gone.py', "'gone.py' does not exist.*mmseg::"), ('mmseg::segformer/gone.py', 'mmseg::segformer/gone.py'),
    ('gone::a.py', 'gone::a.py.*cannot be read'),
    ('mmseg::_base_/models/fcn_unet_s5-d16.py', 'has no optim_wrapper, train_cfg')])
def test_refuses_a_base_that_is_none(base, message):
    with pytest.raises((FileNotFoundError, ValueError), match=message) as error:
        load_base(base)
    assert '\n' not in str(error.value)


@pytest.mark.parametrize('text, message', [
    ('model = dict(', 'SyntaxError: '), ("_base_ = './gone.py'", '.*gone.py'), ("a = {}['b']", "KeyError: 'b'"),
    ("assert False, 'no'", 'AssertionError: no')])
def test_refuses_a_base_that_cannot_be_read(text, message, tmp_path):
    path = tmp_path / 'base.py'
    path.write_text(text)
    with pytest.raises(ValueError, match=rf"--base '.*base.py' cannot be read: {message}.*another base") as error:
        base_network.load_base(str(path))
    assert '\n' not in str(error.value)


@pytest.mark.parametrize('text, message', [
    ("_base_ = './a.py'\nmodel = dict(decode_head=dict(type='Gone'))", 'KeyError: .*Gone'),
    ("raise RuntimeError('install\\nthat')", 'RuntimeError: install that')])
def test_names_the_config_whose_network_cannot_be_built(text, message, tmp_path, monkeypatch, tiny_config):
    monkeypatch.chdir(tmp_path)
    before = sorted(tmp_path.iterdir())
    texts = {'a.py': tiny_config.read_text()}
    check_networks(texts, 'zoo.py')
    with pytest.raises(ValueError, match=f"--base 'zoo.py': the network of b.py cannot be built: {message}.*base"):
        check_networks({**texts, 'b.py': text}, 'zoo.py')
    assert sorted(tmp_path.iterdir()) == before


def test_a_size_that_the_backbone_does_not_take_is_refused(tiny_config):
    texts = {'a.py': tiny_config.read_text(),
             'b.py': "_base_ = './a.py'\nmodel = dict(data_preprocessor=dict(size=(36, 35)))"}
    with pytest.raises(ValueError, match=r"--base 'zoo.py': its backbone, UNet, does not take images of 35 x 36 pixels"
                                         r': .*divisible.*; give another --size'):
        check_networks(texts, 'zoo.py')


@pytest.mark.parametrize('error', [NotImplementedError('deform_conv on a CPU'), None])
def test_a_backbone_of_which_a_cpu_shows_nothing_is_let_through(error):
    class Backbone(nn.Module):
        def forward(self, image):
            assert image.shape == (1, 3, 8, 16) and not torch.is_grad_enabled()
            if error:
                raise error

    base_network.check_size(Backbone(), (8, 16), 'zoo.py')


def test_the_size_follows_the_median_in_whatever_order_the_images_come():
    assert default_side(load_base(UNET), [300, 90, 120]) == 128


def test_padding_is_void_and_void_counts_in_no_average():
    model = adapt(load_base(MOBILE).model, 3, 64, pretrained=False)
    assert model['data_preprocessor']['seg_pad_val'] == 255
    losses = [node for node in dicts(model) if node.get('type') == 'CrossEntropyLoss']
    assert losses and all(node['avg_non_ignore'] for node in losses)


def test_a_head_of_one_channel_gets_one_for_each_class():
    head = dict(type='FCNHead', num_classes=2, out_channels=1)
    assert adapt(dict(type='EncoderDecoder', decode_head=head), 3, 64)['decode_head'] == dict(
        type='FCNHead', num_classes=3)


def test_timm_loads_no_weights_where_none_are_wanted():
    backbone = dict(type='TIMMBackbone', model_name='a')
    assert adapt(dict(backbone=backbone), 3, 64, pretrained=False)['backbone']['pretrained'] is False


def test_an_ignored_class_belongs_to_other_classes():
    model = plain(load_base('mmseg::unet/unet-s5-d16_fcn_4xb4-160k_hsidrive-192x384.py').model)
    model['backbone']['in_channels'] = 3
    assert model['decode_head']['ignore_index'] == 0
    assert not any('ignore_index' in node for node in dicts(adapt(model, 3, 64)))


def test_a_backbone_for_other_than_color_images_is_refused():
    with pytest.raises(ValueError, match='backbone, UNet, takes 4 channels, but images are read with 3'):
        adapt(dict(backbone=dict(type='UNet', in_channels=4)), 3, 64)


def test_a_base_may_be_in_pure_python(tiny_config, tmp_path):
    text = tiny_config.read_text().split('train_pipeline')[0] + """
optim_wrapper = dict(type=OptimWrapper, optimizer=dict(type='SGD', lr=0.01))
train_cfg = dict(type='IterBasedTrainLoop', max_iters=4)
"""
    for name in ('EncoderDecoder', 'SegDataPreProcessor', 'UNet', 'FCNHead'):
        text = text.replace(f"'{name}'", name)
    path = tmp_path / 'pure.py'
    path.write_text('from mmengine.optim import OptimWrapper\n'
                    'from mmseg.models import EncoderDecoder, FCNHead, SegDataPreProcessor, UNet\n' + text)
    model = adapt(load_base(str(path)).model, 2, 64)
    assert model['backbone']['type'] == 'mmseg.models.UNet'
    check_networks({'a.py': f'model = {model!r}'}, 'pure.py')


def test_configs_are_free_of_the_marks_of_a_package():
    assert not any('_scope_' in node for node in dicts(load_base(SEGFORMER).to_dict()))


def test_what_sizes_are_divisible_by_is_kept_for_the_test():
    for given, expected in (({}, dict(size_divisor=32)), (dict(test_cfg=dict(size=(9, 9))), dict(size=(9, 9)))):
        model = dict(data_preprocessor=dict(size_divisor=32, **given))
        assert adapt(model, 3, 64)['data_preprocessor']['test_cfg'] == expected


def test_without_a_size_of_images_that_of_crops_counts():
    assert default_side(Config(dict(model={}, crop_size=(64, 48))), [900]) == 48
