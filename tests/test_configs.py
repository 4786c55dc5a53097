# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Every config builds and runs one step on random data; pairs of configs share network and schedule."""
import copy
import re
from functools import cache
from pathlib import Path

import pytest
import torch
from mmengine.config import Config
from mmengine.optim import build_optim_wrapper
from mmengine.registry import DefaultScope

from tests.tiny import batch, build

CONFIGS = Path(__file__).parents[1] / 'configs'
NAMES = sorted(str(path.relative_to(CONFIGS)) for path in CONFIGS.rglob('*.py') if '_base_' not in path.parts)
PEERS = ('entropy', 'sharpening', 'pseudo_label', 'mean_teacher', 'uamt', 'advsemiseg', 's4gan', 'massl', 'fixmatch',
         'unimatch', 'cps')
PAIRS = [name for name in NAMES if not name.startswith('supervised/') and '/ablation/' not in name]


def baseline_of(name: str) -> str:
    """The supervised config with the same augmentation: a recipe's own, or the plain one."""
    plain = f"supervised/{name.split('/')[1]}"
    augmented = re.sub(r'(_3k)?\.py$', r'_augmented\1.py', plain)
    return augmented if augmented in NAMES else plain


parsed = cache(Config.fromfile)
stepped = set()  # what a step is made of, of the configs whose step went well


def read(name: str) -> Config:
    """The config as it is, for the caller to change."""
    return copy.deepcopy(parsed(CONFIGS / name))


def load(name: str) -> Config:
    """The config on BN in place of SyncBN and without pretrained weights, which tests do not have; of the peers'
    networks, which are the baselines', half the depth will do."""
    cfg = read(name)
    model = cfg.model.to_dict()

    def strip(node):
        if isinstance(node, dict):
            if node.get('type') == 'SyncBN':
                node['type'] = 'BN'
            if isinstance(node.get('init_cfg'), dict) and node['init_cfg'].get('type') == 'Pretrained':
                node['init_cfg'] = None
            if name.startswith(PEERS) and node.get('depth') == 101:
                node['depth'] = 50
            if node.get('type') != 'TIMMBackbone':  # which has a flag of that name
                node.pop('pretrained', None)
            node = list(node.values())
        if isinstance(node, (list, tuple)):
            for part in node:
                strip(part)

    strip(model)
    cfg.model = model
    return cfg


@pytest.mark.parametrize('name', NAMES)
def test_builds_and_runs_one_step(name):
    """Of configs that differ in data or schedule alone one makes the step; if it fails, so do all."""
    cfg = load(name)
    assert cfg.default_scope == 'mmseg' and 'mmseg_entmin' in cfg.custom_imports.imports
    model = build(cfg.model).train()
    semi = cfg.model.type != 'EncoderDecoder'
    sampler = cfg.train_dataloader.sampler
    assert sampler.type == ('LabeledUnlabeledSampler' if semi else 'InfiniteSampler')
    if semi:
        assert cfg.train_dataloader.batch_size == sampler.labeled + sampler.unlabeled
    with DefaultScope.overwrite_default_scope('mmseg'):
        optim_wrapper = build_optim_wrapper(model, cfg.optim_wrapper)
    step = repr((cfg.model, cfg.optim_wrapper, sampler))
    if step in stepped:
        return
    images, samples = batch(2, 2 if semi else 0, (64, 64), model.num_classes)
    loss, log = model.parse_losses(model.loss(images, samples))
    optim_wrapper.update_params(loss)
    assert all(torch.as_tensor(value).isfinite().all() for value in log.values())
    terms = sum('unsup.loss' in key for key in log)
    assert terms == len(model.unsupervised_losses) if hasattr(model, 'unsupervised_losses') else (terms > 0) == semi
    stepped.add(step)


@pytest.mark.parametrize('name', PAIRS)
def test_the_method_has_the_network_schedule_and_labels_of_its_baseline(name):
    ours, baseline = read(name), read(baseline_of(name))
    assert ours.model.decode_head.get('head', ours.model.decode_head) == baseline.model.decode_head
    for key in ('backbone', 'data_preprocessor', 'test_cfg'):
        assert ours.model[key] == baseline.model[key]
    for key in ('train_cfg', 'param_scheduler', 'test_dataloader', 'test_evaluator'):
        assert ours[key] == baseline[key]
    assert ours.optim_wrapper.optimizer == baseline.optim_wrapper.optimizer
    assert ours.train_dataloader.dataset.labeled == baseline.train_dataloader.dataset
    assert ours.train_dataloader.sampler.labeled == baseline.train_dataloader.batch_size
    assert ours.train_dataloader.dataset.unlabeled.ann_file == \
        baseline.train_dataloader.dataset.ann_file.replace('_labeled', '_unlabeled')


def test_an_augmented_baseline_differs_from_the_plain_one_by_its_pipeline_alone():
    for name in (name for name in NAMES if name.endswith('_augmented.py')):
        ours, plain = read(name), read(name.replace('_augmented', ''))
        for key in ('model', 'optim_wrapper', 'train_cfg', 'param_scheduler', 'test_dataloader', 'test_evaluator'):
            assert ours[key] == plain[key]
        assert ours.train_dataloader.dataset.pop('pipeline') != plain.train_dataloader.dataset.pop('pipeline')
        assert ours.train_dataloader == plain.train_dataloader


def test_a_head_learns_ten_times_faster_on_a_pretrained_encoder():
    model = build(load('entmin/deeplabv2_voc_1-8.py').model)
    cfg = load('entmin/deeplabv2_voc_1-8.py').optim_wrapper
    rates = {name: group['lr'] for group, (name, p) in zip(
        build_optim_wrapper(model, cfg).optimizer.param_groups,
        [(n, p) for n, p in model.named_parameters() if p.requires_grad])}
    assert all(lr == pytest.approx(2.5e-4 * (10 if 'head' in name else 1)) for name, lr in rates.items())


def test_required_configs_exist():
    shares = {'deeplabv2_voc': '1-20 1-8 1-3', 'deeplabv2_context': '1-8 1-3', 'unet_leukocyte': '1-10',
              'unet_wbc': '1-20 1-10 1-8 1-3', 'deeplabv2_camvid': '1-8 1-3', 'unet_toycells': '1-10'}
    expected = {f'{stem}_{share}.py' for stem, text in shares.items() for share in text.split()}
    for folder in ('entmin', 'supervised'):
        assert expected <= {path.name for path in (CONFIGS / folder).glob('*.py')}
    for method in PEERS:
        assert {path.name for path in (CONFIGS / method).iterdir()} == {
            'README.md', 'metafile.yml', 'ablation', *(f'{stem}.py' for stem in (
                'unet_wbc_1-10', 'unet_toycells_1-10', 'deeplabv2_camvid_1-8', 'deeplabv2_voc_1-8'))}
        assert sorted(path.name for path in (CONFIGS / method / 'ablation').iterdir()) == [
            'unet_wbc_1-10_reflect.py', 'unet_wbc_1-10_void-corners.py']
    fused = {path.name for path in (CONFIGS / 'entmin_plus').glob('*.py')}
    assert {name for name in expected if 'wbc' in name} <= fused
