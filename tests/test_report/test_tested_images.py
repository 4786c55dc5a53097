# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Every test image is there once, under a name of its own, and what has no truth is refused."""
import shutil

import numpy as np
import pytest
from PIL import Image

from mmseg_entmin.report.evaluate import evaluate
from mmseg_entmin.report.tested_images import find_images, plain_dataset, read_truth
from mmseg_entmin.report.work_dir import read_run


@pytest.fixture
def run(make_work_dir):
    return read_run(make_work_dir('run'))


@pytest.fixture
def other_root(tiny_dataset, tmp_path):
    """Images of the same names with other masks, and one more test image."""
    root = tmp_path / 'other'
    shutil.copytree(tiny_dataset, root)
    for path in (root / 'annotations').iterdir():
        Image.fromarray(np.full((32, 32), 1, np.uint8)).save(path)
    for folder in ('images', 'annotations'):
        (root / folder / '016.png').rename(root / folder / '017.png')
    (root / 'splits' / 'test.txt').write_text('013\n014\n015\n017\n')
    return root


def concatenate(config, root):
    """A config's test data and those of another folder."""
    here = config.test_dataloader.dataset
    config.test_dataloader.dataset = dict(
        type='ConcatDataset', datasets=[here, dict(here.to_dict(), data_root=str(root))])


def test_images_of_one_name_below_two_roots(run, tiny_dataset, other_root):
    concatenate(run.config, other_root)
    found = find_images(run.config)
    both = [str(root / 'images' / f'{k:03d}.png') for root in (tiny_dataset, other_root) for k in (13, 14, 15)]
    assert set(found) == {*both, 'images/016.png', 'images/017.png'}
    assert (read_truth(*found[both[-1]]) == 1).all() and (read_truth(*found[both[0]]) != 1).any()
    evaluation = evaluate(run, device='cpu')
    assert evaluation.confidence.count.sum() == 8 * 32 * 32 and set(evaluation.miou) == set(found)


def test_one_pipeline_for_all_parts(run, other_root):
    concatenate(run.config, other_root)
    assert plain_dataset(run.config).type == 'BaseSegDataset'
    run.config.test_dataloader.dataset.datasets[1].pipeline[0].color_type = 'grayscale'
    with pytest.raises(ValueError, match=r'dataset\.datasets\[1\]\.pipeline is not test_dataloader'):
        evaluate(run, device='cpu')


def test_masks_that_are_not_loaded_are_missed_before_anything_is_predicted(run, monkeypatch):
    monkeypatch.setattr('mmseg_entmin.report.evaluate.EntMinInferencer', None)
    del run.config.test_dataloader.dataset.pipeline[1]
    with pytest.raises(ValueError, match=r"test_dataloader\.dataset\.pipeline loads no masks.*type='LoadAnnotations'"):
        evaluate(run, device='cpu')


def test_no_test_data(run):
    run.config.test_dataloader = None
    with pytest.raises(ValueError, match='has no test_dataloader'):
        find_images(run.config)
