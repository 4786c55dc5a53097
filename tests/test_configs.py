# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Every config and every ablation builds and runs one step on random data; pairs share network and schedule."""
import re

import pytest
import torch
from mmengine.config import Config
from mmengine.optim import build_optim_wrapper
from mmengine.registry import DefaultScope
from mmseg.models.backbones import ResNet
from mmseg.models.backbones.resnet import Bottleneck

from benchmarks.results.methods import CONFIGS, all_methods, peers
from benchmarks.results.run_configs import exists, load, run_ids
from tests.tiny import batch, build

FILES = [(method, f'{method.runs}/{stem}') for method in all_methods() for stem in method.configs()]
PAIRS = [run for method, run in FILES if method.role != 'baseline']
STEMS = ('unet_wbc_1-10', 'unet_toycells_1-10', 'deeplabv2_camvid_1-8', 'deeplabv2_voc_1-8')  # of a peer
stepped = set()  # what a step is made of, of the configs whose step went well


def baseline_of(run: str) -> str:
    """The supervised config with the same augmentation: a recipe's own, or the plain one."""
    plain = f"supervised/{run.split('/')[1]}"
    augmented = re.sub(r'(_3k)?$', r'_augmented\1', plain, count=1)
    return augmented if exists(augmented) else plain


@pytest.fixture(scope='module', autouse=True)
def shallow_resnets():
    """A ResNet-50 or ResNet-101 has one block a stage, which leaves all channels as they are."""
    with pytest.MonkeyPatch.context() as patch:
        for depth in (50, 101):
            patch.setitem(ResNet.arch_settings, depth, (Bottleneck, (1, 1, 1, 1)))
        yield


def small(run: str) -> Config:
    """The config on BN in place of SyncBN, and without pretrained weights, which tests do not have."""
    cfg = load(run)
    model = cfg.model.to_dict()

    def strip(node):
        if isinstance(node, dict):
            if node.get('type') == 'SyncBN':
                node['type'] = 'BN'
            if isinstance(node.get('init_cfg'), dict) and node['init_cfg'].get('type') == 'Pretrained':
                node['init_cfg'] = None
            if node.get('type') != 'TIMMBackbone':  # which has a flag of that name
                node.pop('pretrained', None)
            node = list(node.values())
        if isinstance(node, (list, tuple)):
            for part in node:
                strip(part)

    strip(model)
    cfg.model = model
    return cfg


@pytest.mark.filterwarnings('ignore:When align_corners=True')  # maps of so small images
@pytest.mark.parametrize('run', run_ids())
def test_builds_and_runs_one_step(run):
    """Of configs that differ in data or schedule alone, one makes the step for all; if it fails, so do all."""
    cfg = small(run)
    assert cfg.default_scope == 'mmseg' and 'mmseg_entmin' in cfg.custom_imports.imports
    semi = cfg.model.type != 'EncoderDecoder'
    sampler = cfg.train_dataloader.sampler
    assert sampler.type == ('LabeledUnlabeledSampler' if semi else 'InfiniteSampler')
    if semi:
        assert cfg.train_dataloader.batch_size == sampler.labeled + sampler.unlabeled
    step = repr((cfg.model, cfg.optim_wrapper, sampler))
    if step in stepped:
        return
    model = build(cfg.model).train()
    with DefaultScope.overwrite_default_scope('mmseg'):
        optim_wrapper = build_optim_wrapper(model, cfg.optim_wrapper)
    images, samples = batch(2, 2 if semi else 0, (32, 32), model.num_classes)
    loss, log = model.parse_losses(model.loss(images, samples))
    optim_wrapper.update_params(loss)
    assert all(torch.as_tensor(value).isfinite().all() for value in log.values())
    terms = sum('unsup.loss' in key for key in log)
    assert terms == len(model.unsupervised_losses) if hasattr(model, 'unsupervised_losses') else (terms > 0) == semi
    stepped.add(step)


@pytest.mark.parametrize('run', PAIRS)
def test_the_method_has_the_network_schedule_and_labels_of_its_baseline(run):
    ours, baseline = load(run), load(baseline_of(run))
    assert ours.model.decode_head.get('head', ours.model.decode_head) == baseline.model.decode_head
    for key in ('backbone', 'data_preprocessor', 'test_cfg'):
        assert ours.model[key] == baseline.model[key]
    for key in ('train_cfg', 'test_dataloader', 'test_evaluator'):
        assert ours[key] == baseline[key]
    schedule = ours.param_scheduler  # by the name of the optimizer where there are several with schedules of their own
    assert (schedule['segmentor'] if isinstance(schedule, dict) else schedule) == baseline.param_scheduler
    assert ours.optim_wrapper.optimizer == baseline.optim_wrapper.optimizer
    labeled = ours.train_dataloader.dataset.labeled
    labeled.pipeline = [step for step in labeled.pipeline if step.type != 'ColorTransfer']  # of another source
    assert labeled == baseline.train_dataloader.dataset
    assert ours.train_dataloader.sampler.labeled == baseline.train_dataloader.batch_size
    assert ours.train_dataloader.dataset.unlabeled.ann_file == \
        baseline.train_dataloader.dataset.ann_file.replace('_labeled', '_unlabeled')


def test_an_augmented_baseline_differs_from_the_plain_one_by_its_pipeline_alone():
    augmented = [run for _, run in FILES if run.endswith('_augmented')]
    assert len(augmented) > 3
    for run in augmented:
        ours, plain = load(run), load(run.replace('_augmented', ''))
        for key in ('model', 'optim_wrapper', 'train_cfg', 'param_scheduler', 'test_dataloader', 'test_evaluator'):
            assert ours[key] == plain[key]
        assert ours.train_dataloader.dataset.pop('pipeline') != plain.train_dataloader.dataset.pop('pipeline')
        assert ours.train_dataloader == plain.train_dataloader


def test_a_head_learns_ten_times_faster_on_a_pretrained_encoder():
    cfg = small('entmin/deeplabv2_voc_1-8')
    model = build(cfg.model)
    rates = {name: group['lr'] for group, (name, p) in zip(
        build_optim_wrapper(model, cfg.optim_wrapper).optimizer.param_groups,
        [(n, p) for n, p in model.named_parameters() if p.requires_grad])}
    assert all(lr == pytest.approx(2.5e-4 * (10 if 'head' in name else 1)) for name, lr in rates.items())


def test_required_configs_exist():
    shares = {'deeplabv2_voc': '1-20 1-8 1-3', 'deeplabv2_context': '1-8 1-3', 'unet_leukocyte': '1-10',
              'unet_wbc': '1-20 1-10 1-8 1-3', 'deeplabv2_camvid': '1-8 1-3', 'unet_toycells': '1-10'}
    expected = {f'{stem}_{share}' for stem, text in shares.items() for share in text.split()}
    for folder in ('entmin', 'supervised'):
        assert all(exists(f'{folder}/{stem}') for stem in expected)
    assert all(exists(f'entmin_plus/{stem}') for stem in expected if 'wbc' in stem)
    for method in peers():
        assert {'unet_wbc_1-10'} <= {*method.configs()} <= {*STEMS}
        assert all(exists(f'{method.runs}/ablation/unet_wbc_1-10_{corners}') for corners in ('reflect', 'void-corners'))


@pytest.mark.parametrize('stem', STEMS)
def test_a_path_of_0_x_leads_to_the_same_config(stem):
    assert Config.fromfile(CONFIGS / 'entropy' / f'{stem}.py').to_dict() == load(f'entropy/{stem}').to_dict()


def test_no_config_keeps_the_best_checkpoint_on_the_images_that_it_is_evaluated_on():
    assert not [path for path in CONFIGS.rglob('*.py') if 'save_best' in path.read_text()]


def test_there_are_few_configs():
    assert len(list(CONFIGS.rglob('*.py'))) <= 96 + 4 * len(peers())
