# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""A list of images held as one text gives what mmseg gives."""
import pickle

import pytest
from mmengine.registry import DefaultScope

from mmseg_entmin.datasets.many_images import ManyImages, lean
from mmseg_entmin.registry import DATASETS


def config(root, **options) -> dict:
    return dict(type='BaseSegDataset', data_root=str(root), ann_file='names.txt', img_suffix='.jpg', pipeline=[],
                data_prefix=dict(img_path='images', seg_map_path='masks'), metainfo=dict(classes=('a', 'b')), **options)


@pytest.mark.parametrize('options', [{}, dict(reduce_zero_label=True), dict(data_prefix=dict(img_path='images/'))])
@pytest.mark.parametrize('text', ['b\na\nfolder/ü 1\n', 'a\n\n b \nc', 'a\r\nb\r\n'])
def test_as_mmseg_reads_it(tmp_path, options, text):
    (tmp_path / 'names.txt').write_bytes(text.encode())
    cfg = {**config(tmp_path), **options}
    with DefaultScope.overwrite_default_scope('mmseg'):
        images, other = lean(cfg), DATASETS.build(cfg)
    assert isinstance(images.data_list, ManyImages) and len(images) == len(other)
    infos = [other.get_data_info(index) for index in range(len(other))]
    assert [images.get_data_info(index) for index in range(len(images))] == infos
    assert list(images.data_list.paths()) == [info['img_path'] for info in infos]
    assert images.get_data_info(-1) == other.get_data_info(-1) and images.data_list[1:][0]['img_path'] in infos[1][
        'img_path']
    assert pickle.loads(pickle.dumps(images)).get_data_info(1) == infos[1]
    with pytest.raises(IndexError):
        images.data_list[len(images)]


@pytest.mark.parametrize('change', [dict(indices=1), dict(ann_file=''), dict(type='DSDLSegDataset'),
                                    dict(backend_args=dict(backend='petrel')),
                                    dict(type='RepeatDataset', times=2, dataset={})])
def test_others_are_left_to_mmseg(tmp_path, change):
    (tmp_path / 'names.txt').write_text('a\nb\n')
    cfg = {**config(tmp_path), **change}
    with DefaultScope.overwrite_default_scope('mmseg'):
        assert lean(cfg) is cfg


def test_names_with_a_folder_of_their_own_are_joined_by_mmseg(tmp_path):
    (tmp_path / 'names.txt').write_text('/elsewhere/a\n')
    with DefaultScope.overwrite_default_scope('mmseg'):
        assert lean(config(tmp_path)).get_data_info(0)['img_path'] == '/elsewhere/a.jpg'
