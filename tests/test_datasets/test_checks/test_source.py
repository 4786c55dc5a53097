# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Where the files of a dataset are."""
from pathlib import Path

import pytest
from mmengine.config import Config
from mmengine.fileio import BaseStorageBackend, register_backend
from mmengine.registry import DefaultScope

from mmseg_entmin.datasets.checks import Source, check_data
from mmseg_entmin.registry import DATASETS


@register_backend('packed', prefixes='packed')
class PackedBackend(BaseStorageBackend):
    """Files by name in one place, as in LMDB."""

    def __init__(self, folder='/') -> None:
        self.folder = Path(folder)

    def get(self, filepath) -> bytes:
        if '://' in filepath:
            return (self.folder / filepath.split('://')[1]).read_bytes()
        return (self.folder / Path(filepath).parent.name / Path(filepath).name).read_bytes()

    def get_text(self, filepath) -> str:
        return self.get(filepath).decode()


@pytest.fixture(autouse=True)
def scope():
    with DefaultScope.overwrite_default_scope('mmseg'):
        yield


def semi(root, backend_args) -> dict:
    """Lists on the disk, and loaders that have a backend."""
    image, mask = (dict(type=f'Load{name}', backend_args=backend_args) for name in ('ImageFromFile', 'Annotations'))
    common = dict(type='BloodCellsDataset', data_root=str(root),
                  data_prefix=dict(img_path='images', seg_map_path='annotations'))
    return dict(
        type='SemiDataset',
        labeled=dict(common, ann_file='splits/1-3_labeled.txt', pipeline=[image, mask, dict(type='PackSegInputs')]),
        unlabeled=dict(common, ann_file='splits/1-3_unlabeled.txt', pipeline=[image, dict(type='PackSegInputs')]))


def test_files_of_a_loader_with_a_backend_are_not_looked_for_on_the_disk(tiny_dataset, tmp_path):
    packed = tmp_path / 'packed'
    packed.mkdir()
    for name in ('images', 'annotations'):
        (tiny_dataset / name).rename(packed / name)
    cfg = semi(tiny_dataset, dict(backend='packed', folder=str(packed)))
    assert check_data(Config(dict(train_dataloader=dict(dataset=cfg)))).problems == []
    dataset = DATASETS.build(cfg)
    assert all(dataset[index]['inputs'].shape[0] == 3 for index in (0, len(dataset) - 1))


@pytest.mark.parametrize('backend_args', [None, dict(backend='local')])
def test_files_on_the_disk_are_looked_for(tiny_dataset, backend_args):
    cfg = semi(tiny_dataset, backend_args)
    assert Source('key', 'labeled', DATASETS.build(cfg['labeled'])).local
    (tiny_dataset / 'images/001.png').unlink()
    with pytest.raises(FileNotFoundError, match='001.png'):
        DATASETS.build(cfg)


def test_a_prefix_names_a_backend_as_well(tiny_dataset):
    cfg = semi(tiny_dataset, None)
    for part in (cfg['labeled'], cfg['unlabeled']):
        part.update(data_root=None, ann_file=str(tiny_dataset / part['ann_file']))
        part['data_prefix'] = {key: f'packed:/{tiny_dataset}/{name}' for key, name in part['data_prefix'].items()}
    assert check_data(Config(dict(train_dataloader=dict(dataset=cfg)))).problems == []
    assert DATASETS.build(cfg)[4]['inputs'].shape == (3, 32, 32)


def test_the_image_need_not_be_loaded_first(tiny_dataset):
    cfg = semi(tiny_dataset, None)
    image, mask, pack = cfg['labeled']['pipeline']
    cfg['labeled']['pipeline'] = [mask, image, pack]
    assert check_data(Config(dict(train_dataloader=dict(dataset=cfg)))).problems == []


def test_what_trains_and_judges_is_in_two_sets(tiny_dataset):
    """Where both dataloaders have the same config, too; one that only judges is looked at once."""
    part = semi(tiny_dataset, None)['labeled']
    loader = dict(dataset=part)
    report = check_data(Config(dict(train_dataloader=loader, val_dataloader=loader, test_dataloader=loader)))
    assert [source['role'] for source in report.sources] == ['labeled', 'test']
    assert [problem.kind for problem in report.problems] == ['in two sets'] * 4
    assert report.problems[0].reason == 'this image is trained on and tested on (as are 3 more)'
