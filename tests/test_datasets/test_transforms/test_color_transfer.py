# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Labeled images in the colors of other images."""
import cv2
import numpy as np
import pytest
from mmengine.registry import DefaultScope

import mmseg_entmin  # noqa: F401
from mmseg_entmin.datasets.transforms import ColorTransfer
from mmseg_entmin.datasets.transforms.color_transfer import statistics, to_lab
from mmseg_entmin.registry import DATASETS
from tests.test_datasets.test_semi_dataset import LABELED, UNLABELED, build, config, source


def noise(seed: int, low: int, high: int) -> np.ndarray:
    """An image of muted colors, which have room on every side."""
    return np.random.default_rng(seed).integers(low, high, (40, 30, 3)).astype(np.uint8)


def transfer(*images, **options) -> ColorTransfer:
    made = ColorTransfer(**{'prob': 1., **options})
    made.take_from([lambda image=image: dict(img=image) for image in images])
    return made


def test_each_channel_gets_mean_and_deviation_of_the_reference():
    image, reference = noise(0, 100, 140), noise(1, 130, 190)
    results = transfer(reference)(dict(img=image, gt_seg_map='kept'))
    assert results['img'].dtype == np.uint8 and results['gt_seg_map'] == 'kept'
    for ours, theirs, before in zip(*(statistics(to_lab(each)) for each in (results['img'], reference, image))):
        np.testing.assert_allclose(ours, theirs, atol=0.2)
        assert np.abs(before - theirs).max() > 1


def test_16_bits_are_treated_as_8():
    image, reference = noise(0, 100, 140), noise(1, 130, 190)
    eight = transfer(reference)(dict(img=image))['img']
    sixteen = transfer(reference.astype(np.uint16) * 257)(dict(img=image.astype(np.uint16) * 257))['img']
    assert sixteen.dtype == np.uint16 and np.abs(sixteen / 257 - eight).max() <= 1


def test_an_image_in_its_own_colors_stays():
    image = noise(0, 60, 200)
    assert np.abs(transfer(image)(dict(img=image.copy()))['img'].astype(int) - image).max() <= 1
    assert transfer(image)(dict(img=image.astype(np.float32)))['img'].dtype == np.float32


def test_the_contrast_changes_by_its_bound_at_most():
    image, reference = noise(0, 115, 125), noise(1, 60, 190)
    before, after = (statistics(to_lab(each))[1] for each in (image, transfer(reference)(dict(img=image))['img']))
    assert (after < before * 2.2).all() and (after > before * 1.8).all()
    flat = transfer(reference)(dict(img=np.full((8, 8, 3), 90, np.uint8)))['img']
    assert (flat == flat[0, 0]).all()


def test_values_beyond_the_range_stop_at_its_ends():
    image = np.concatenate([np.zeros((9, 9, 3), np.uint8), np.full((9, 9, 3), 255, np.uint8)])
    out = transfer(np.full((9, 9, 3), 250, np.uint8))(dict(img=image))['img']
    assert out[:9].max() < 200 and out[9:].min() == 255


def test_it_happens_as_often_as_it_is_said_to_and_every_reference_has_its_turn():
    np.random.seed(0)
    images = [np.full((4, 4, 3), value, np.uint8) for value in (40, 120, 200)]
    change = transfer(*images, prob=0.6)
    values = [int(change(dict(img=np.full((4, 4, 3), 80, np.uint8)))['img'][0, 0, 0]) for _ in range(400)]
    shares = [np.mean(np.isclose(values, value, atol=1)) for value in (80, 40, 120, 200)]
    np.testing.assert_allclose(shares, [0.4, 0.2, 0.2, 0.2], atol=0.06)


def test_many_references_are_thinned_out_evenly_and_one_that_fails_is_left_out():
    read = []

    def load(value):
        read.append(value)
        if value == 3:
            raise OSError('broken')
        return dict(img=np.full((4, 4, 3), value, np.uint8))

    change = ColorTransfer(prob=1., max_references=4)
    change.take_from([lambda value=value: load(value) for value in range(10)])
    assert read == [0, 3, 6, 9] and len(change.references) == 3 and '3 images' in repr(change)


def test_the_unlabeled_images_are_the_references_of_a_semi_supervised_dataset(tiny_dataset):
    step = dict(type='ColorTransfer', prob=1.)
    cfg = config(tiny_dataset)
    cfg['labeled'] = source(tiny_dataset, 'splits/1-3_labeled.txt', [LABELED[0], LABELED[1], step, LABELED[2]])
    dataset = build(cfg)
    found = dataset.labeled.pipeline.transforms[2].references
    paths = [dataset.unlabeled.get_data_info(index)['img_path'] for index in range(8)]
    expected = [statistics(to_lab(cv2.imread(path))) for path in paths]
    np.testing.assert_array_equal(np.array(found), np.array(expected))
    assert dataset[0]['inputs'].shape == build(config(tiny_dataset))[0]['inputs'].shape


def test_a_supervised_pipeline_names_its_references(tiny_dataset):
    references = source(tiny_dataset, 'splits/1-3_unlabeled.txt', UNLABELED)
    step = dict(type='ColorTransfer', prob=1., references=references)
    cfg = source(tiny_dataset, 'splits/1-3_labeled.txt', [LABELED[0], LABELED[1], step, LABELED[2]])
    with DefaultScope.overwrite_default_scope('mmseg'):
        dataset = DATASETS.build(cfg)
    assert len(dataset.pipeline.transforms[2].references) == 8 and 'gt_sem_seg' in dataset[0]['data_samples']
    assert references['pipeline'] == UNLABELED


def test_references_that_are_given_stay(tiny_dataset):
    references = source(tiny_dataset, 'splits/1-3_labeled.txt', UNLABELED)
    cfg = config(tiny_dataset)
    cfg['labeled']['pipeline'] = [*LABELED[:2], dict(type='ColorTransfer', references=references), LABELED[2]]
    assert len(build(cfg).labeled.pipeline.transforms[2].references) == 4


@pytest.mark.parametrize('options, message', [
    (dict(prob=1.5), 'prob=1.5, must be in 0..1'), (dict(prob=-0.1), 'prob=-0.1'),
    (dict(max_references=0), 'max_references=0'), (dict(max_contrast=0.5), 'max_contrast=0.5, must be at least 1')])
def test_refuses_options_out_of_range(options, message):
    with pytest.raises(ValueError, match=message):
        ColorTransfer(**options)


def test_says_what_to_do_without_references():
    with pytest.raises(ValueError, match='no images to take colors from: a SemiDataset .* references=dict'):
        ColorTransfer(prob=0.)(dict(img=noise(0, 0, 9)))
    with pytest.raises(ValueError, match='none of 2 images to take colors from can be read'):
        transfer(None, None)
    with pytest.raises(ValueError, match=r'an image of shape \(4, 4\); it takes \(height, width, 3\)'):
        transfer(noise(0, 0, 9))(dict(img=np.zeros((4, 4), np.uint8)))
