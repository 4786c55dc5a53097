# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Reading once: the same results, within a bound, unharmed by what comes after, shared with the workers."""
import numpy as np
import pytest
from mmengine.config import Config
from mmengine.dataset import Compose
from mmengine.registry import DefaultScope
from mmengine.runner import Runner

from benchmarks.results.run_configs import load
from mmseg_entmin.datasets import Cached
from mmseg_entmin.datasets.transforms.cached import cache_pipelines

START = [dict(type='LoadImageFromFile'), dict(type='LoadAnnotations'), dict(type='Resize', scale=(24, 24))]


@pytest.fixture(autouse=True)
def scope():
    with DefaultScope.overwrite_default_scope('mmseg'):
        yield


def info(root, stem='001'):
    return dict(img_path=str(root / f'images/{stem}.png'), seg_map_path=str(root / f'annotations/{stem}.png'),
                label_map=None, reduce_zero_label=False, seg_fields=[], sample_idx=7)


def test_the_results_are_those_of_the_transforms_and_the_files_are_read_once(tiny_dataset):
    cached, expected = Cached(START), Compose(START)(info(tiny_dataset))
    for _ in range(2):
        results = cached(info(tiny_dataset))
        assert set(results) == set(expected) and results['seg_fields'] == expected['seg_fields']
        assert np.array_equal(results['img'], expected['img'])
        assert np.array_equal(results['gt_seg_map'], expected['gt_seg_map'])
        (tiny_dataset / 'images/001.png').unlink(missing_ok=True)  # the second time no file is there
        results['img'][:] = 0  # as a transform that works in place would
        results['seg_fields'].append('other')
    assert cached({**info(tiny_dataset), 'sample_idx': 9})['sample_idx'] == 9


def test_the_bound_holds_and_is_said_once(tiny_dataset, capfd):
    one = 24 * 24 * 4 / 2**20  # image and map
    cached = Cached(START, max_mib=2.5 * one)
    for _ in range(2):
        for stem in ('001', '002', '003', '004'):
            assert cached(info(tiny_dataset, stem))['img'].shape == (24, 24, 3)
    assert len(cached.kept) == 2 and cached.bytes == 2 * 24 * 24 * 4


def test_mistakes_are_refused():
    with pytest.raises(ValueError, match='RandomFlip is random'):
        Cached([*START, dict(type='RandomFlip', prob=0.5)])
    with pytest.raises(ValueError, match='max_mib=0,'):
        Cached(START, max_mib=0)


@pytest.mark.parametrize('workers', [0, 2])
def test_a_config_trains_on_cached_images_with_the_same_batches(repo_root, tiny_dataset, workers):
    """With workers too, who find what was read before they started: the files are gone by then."""
    for kind in ('labeled', 'unlabeled'):
        (tiny_dataset / f'splits/1-3_{kind}.txt').rename(tiny_dataset / f'splits/1-10_{kind}.txt')
    batches = []
    for mib in (None, 10):
        cfg = load('entmin/ablation/unet_wbc_1-10_paper')
        if mib:
            cache_pipelines(cfg, mib)
            first = cfg.train_dataloader.dataset.unlabeled.pipeline[0]
            assert first.type == 'Cached' and [t['type'] for t in first.transforms] == ['LoadImageFromFile', 'Resize']
        loader = cfg.train_dataloader
        loader.dataset.labeled.data_root = loader.dataset.unlabeled.data_root = str(tiny_dataset)
        loader.update(batch_size=4, num_workers=workers, persistent_workers=workers > 0)
        loader.sampler.update(labeled=2, unlabeled=2)
        loader = Runner.build_dataloader(loader, seed=0)
        if mib:
            for path in (tiny_dataset / 'images').glob('*.png'):
                path.unlink()
        batches.append(next(iter(loader)))
    assert all((a == b).all() for a, b in zip(batches[0]['inputs'], batches[1]['inputs']))
    assert [('gt_sem_seg' in sample) for sample in batches[1]['data_samples']] == [True, True, False, False]


def test_that_the_bound_is_reached_is_said_once(tiny_dataset, monkeypatch):
    said = []
    monkeypatch.setattr('mmseg_entmin.datasets.transforms.cached.print_log', lambda message, **_: said.append(message))
    cached = Cached(START, max_mib=24 * 24 * 4 / 2**20)  # of one image and its map
    for stem in ('001', '002', '003'):
        cached(info(tiny_dataset, stem))
    assert len(said) == 1 and 'holds 1 image;' in said[0]


def test_distorted_colors_are_random_too():
    with pytest.raises(ValueError, match='PhotoMetricDistortion is random'):
        Cached([*START, dict(type='PhotoMetricDistortion')])


def test_the_bound_of_the_option_is_that_of_the_pipelines():
    cfg = Config(dict(train_dataloader=dict(dataset=dict(pipeline=[*START, dict(type='PackSegInputs')]))))
    cache_pipelines(cfg, 7)
    assert cfg.train_dataloader.dataset.pipeline[0].max_mib == 7
