# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""What cannot be read in training is replaced or named, in this process and in workers."""
import pytest
from mmengine.registry import DefaultScope
from mmengine.runner import Runner

import mmseg_entmin  # noqa: F401
from mmseg_entmin.datasets.guards import REPLACED, UnreadableFile, guard
from mmseg_entmin.registry import DATASETS

LABELED = [dict(type='LoadImageFromFile'), dict(type='LoadAnnotations'), dict(type='PackSegInputs')]
UNLABELED = [dict(type='LoadImageFromFile'), dict(type='RandomFlip', prob=0.5), dict(type='PackSegInputs')]


def config(root):
    common = dict(type='BloodCellsDataset', data_root=str(root),
                  data_prefix=dict(img_path='images', seg_map_path='annotations'))
    return dict(type='SemiDataset', labeled=dict(common, ann_file='splits/1-3_labeled.txt', pipeline=LABELED),
                unlabeled=dict(common, ann_file='splits/1-3_unlabeled.txt', pipeline=UNLABELED), check_masks=False)


def build(root):
    with DefaultScope.overwrite_default_scope('mmseg'):
        return DATASETS.build(config(root))


def spoil(root, *names):
    for name in names:
        (root / name).write_bytes(b'no image')


def test_the_next_readable_image_stands_in_and_the_file_is_noted(tiny_dataset):
    spoil(tiny_dataset, 'images/006.png', 'images/007.png', 'images/012.png')
    dataset = build(tiny_dataset)
    samples = [dataset[index]['data_samples'] for index in range(4, 12)]
    assert [sample.img_path[-7:-4] for sample in samples] == ['005', '008', '008', '008', '009', '010', '011', '005']
    noted = [[line.split(':')[0][-7:-4] for line in sample.metainfo.get(REPLACED, ())] for sample in samples]
    assert noted == [[], ['006', '007'], ['007'], [], [], [], [], ['012']]
    assert REPLACED not in dataset[0]['data_samples'].metainfo


@pytest.mark.parametrize('num_workers', [0, 2])
def test_the_note_reaches_the_batch(tiny_dataset, num_workers):
    spoil(tiny_dataset, 'images/006.png')
    with DefaultScope.overwrite_default_scope('mmseg'):
        loader = Runner.build_dataloader(
            dict(batch_size=9, num_workers=num_workers, dataset=config(tiny_dataset),
                 sampler=dict(type='LabeledUnlabeledSampler', labeled=1, unlabeled=8)), seed=0)
    samples = next(iter(loader))['data_samples']
    assert sum(len(sample.metainfo.get(REPLACED, ())) for sample in samples) == 1


@pytest.mark.parametrize('name, message', [
    ('images/002.png', r'images/002\.png: this labeled image cannot be read'),
    ('annotations/002.png', r'annotations/002\.png: this mask of a labeled image cannot be read'),
])
def test_a_labeled_file_is_an_error_that_names_it(tiny_dataset, name, message):
    spoil(tiny_dataset, name)
    with pytest.raises(UnreadableFile, match=message):
        build(tiny_dataset)[1]


def test_no_readable_image_at_all(tiny_dataset):
    spoil(tiny_dataset, *(f'images/{number:03d}.png' for number in range(5, 13)))
    with pytest.raises(UnreadableFile, match=r'images/006\.png.*nor can any other of the 8 images'):
        build(tiny_dataset)[5]


def test_a_mistake_in_another_transform_is_not_hidden(tiny_dataset):
    dataset = build(tiny_dataset)
    dataset.unlabeled.pipeline.transforms.insert(1, lambda results: results['absent'])
    with pytest.raises(KeyError, match='absent'):
        dataset[5]


def test_where_a_loader_stands_does_not_matter(tiny_dataset):
    """Masks may be loaded first; what is in a wrapper that maps keys is left to it."""
    spoil(tiny_dataset, 'annotations/002.png', 'images/003.png')
    cfg = config(tiny_dataset)
    image, mask, pack = LABELED
    mapped = dict(type='KeyMapper', transforms=[image], mapping=dict(img_path='img_path'), auto_remap=True)
    cfg['labeled']['pipeline'] = [mask, image, mapped, pack]
    with DefaultScope.overwrite_default_scope('mmseg'):
        dataset = DATASETS.build(cfg)
    assert dataset[0]['inputs'].shape == (3, 32, 32)
    for index, message in ((1, 'annotations/002.png: this mask of'), (2, 'images/003.png: this labeled image')):
        with pytest.raises(UnreadableFile, match=message):
            dataset[index]


def test_a_loader_is_guarded_once(tiny_dataset):
    dataset = build(tiny_dataset)
    before = repr(dataset.labeled.pipeline), repr(dataset.unlabeled.pipeline)
    for part in dataset.datasets:
        guard(part)
    assert (repr(dataset.labeled.pipeline), repr(dataset.unlabeled.pipeline)) == before
    guard(object())
