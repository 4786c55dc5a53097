# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Networks of any config for other classes."""
import functools

import pytest

from mmseg_entmin.walk import dicts, plain
from mmseg_entmin.project import network
from mmseg_entmin.project.network import adapt, check_networks, default_side, pretrained_weights
from tests.tiny import batch, build

SEGFORMER = 'mmseg::segformer/segformer_mit-b0_8xb2-160k_ade20k-512x512.py'
OCR = 'mmseg::ocrnet/ocrnet_hr18s_4xb2-40k_cityscapes-512x1024.py'
MOBILE = 'mmseg::mobilenet_v2/mobilenet-v2-d8_fcn_4xb2-80k_cityscapes-512x1024.py'
UNET = 'mmseg::unet/unet-s5-d16_fcn_4xb4-40k_hrf-256x256.py'
WBC = 'configs/supervised/unet_wbc_1-10.py'

load_base = functools.lru_cache(network.load_base)  # read once; nothing may change them


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


def test_the_size_is_the_bases_but_not_above_small_images_without_pretrained_weights(repo_root):
    sides = [90, 120, 120]
    assert default_side(load_base(SEGFORMER), sides) == 512
    assert default_side(load_base(UNET), sides) == 128
    assert default_side(load_base(str(repo_root / WBC)), sides) == 48


@pytest.mark.parametrize('base, message', [
    ('gone.py', "'gone.py' does not exist.*mmseg::"), ('mmseg::segformer/gone.py', 'mmseg::segformer/gone.py'),
    ('mmseg::_base_/models/fcn_unet_s5-d16.py', 'has no optim_wrapper, train_cfg')])
def test_refuses_a_base_that_is_none(base, message):
    with pytest.raises((FileNotFoundError, ValueError), match=message) as error:
        load_base(base)
    assert '\n' not in str(error.value)


def test_refuses_a_base_that_cannot_be_read(tmp_path):
    path = tmp_path / 'base.py'
    path.write_text('model = dict(')
    with pytest.raises(ValueError, match=r"--base '.*base.py' cannot be read: SyntaxError: .*another base") as error:
        load_base(str(path))
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
