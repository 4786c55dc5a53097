# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""entmin pseudo-label: the masks are the confident pixels, and a data set of this package trains on them."""
import re
from pathlib import Path

import numpy as np
import pytest
from mmengine.config import Config
from PIL import Image

from entmin.command_line import main as entmin
from mmseg_entmin.apis import EntMinInferencer
from mmseg_entmin.cli.pseudo_label import rare_classes
from mmseg_entmin.datasets import SemiDataset
from mmseg_entmin.datasets.splits import class_presence, read_list
from mmseg_entmin.project.annotations.export import draw
from mmseg_entmin.project.annotations.registry import recognise
from mmseg_entmin.registry import DATASETS
from tests.tiny_checkpoint import CLASSES, save

PIPELINE = [dict(type='LoadImageFromFile'), dict(type='LoadAnnotations'), dict(type='PackSegInputs')]
UNLABELED = [dict(type='LoadImageFromFile'), dict(type='PackSegInputs')]


@pytest.fixture(scope='module')
def main():
    return lambda argv: entmin(['pseudo-label', *argv])


@pytest.fixture
def model(tmp_path):
    config, checkpoint = save(tmp_path)
    return ['--config', str(config), '--checkpoint', str(checkpoint), '--device', 'cpu']


def masks_in(folder):
    return {path.stem: np.array(Image.open(path)) for path in sorted(folder.iterdir())}


def test_leaves_out_what_is_not_sure(main, model, tiny_dataset, tmp_path, capsys):
    folder, names = tiny_dataset / 'images', tiny_dataset / 'splits/1-3_unlabeled.txt'
    predictions = list(EntMinInferencer(model[1], model[3], 'cpu')(folder / f'{name}.png' for name in read_list(names)))
    threshold = float(np.median([p.confidence for p in predictions]))
    main([str(folder), '--list', str(names), *model, '--out', str(tmp_path / 'out'), '--threshold', str(threshold)])
    masks = masks_in(tmp_path / 'out/annotations')
    assert list(masks) == read_list(names)
    for p, mask in zip(predictions, masks.values()):
        sure = p.confidence >= threshold
        assert (mask[sure] == p.labels[sure]).all() and (mask[~sure] == 255).all()
    everything = np.stack(list(masks.values()))
    lines = re.findall(r'^\| (\w+) +\| +(\d+) \| +(\d+) \| +([\d.-]+) \|$', capsys.readouterr().out, re.M)
    for label, (name, predicted, kept, share) in enumerate(lines):
        chosen = everything == label if name != 'all' else everything != 255
        assert int(kept) == chosen.sum()
        assert share == '-' or float(share) == round(100 * int(kept) / int(predicted), 2)
    assert lines[-1][0] == 'all' and 45 < float(lines[-1][3]) < 55


def test_data_sets_train_on_them(main, model, tiny_dataset, tmp_path, capsys):
    splits = tiny_dataset / 'splits'
    main([str(tiny_dataset / 'images'), '--list', str(splits / '1-3_unlabeled.txt'), *model, '--out',
          str(tmp_path / 'out'), '--threshold', '0.5'])
    printed = capsys.readouterr().out.split('a config:\n\n')[1]
    (tmp_path / 'supervised.py').write_text(f"""train_dataloader = dict(batch_size=2, dataset=dict(
        type='BaseSegDataset', data_root={str(tiny_dataset)!r}, ann_file='splits/1-3_labeled.txt', img_suffix='.png',
        data_prefix=dict(img_path='images', seg_map_path='annotations'), pipeline={PIPELINE},
        metainfo=dict(classes=('background', 'cytoplasm', 'nucleus'))))""")
    (tmp_path / 'pseudo.py').write_text(printed)
    source = Config.fromfile(tmp_path / 'pseudo.py').train_dataloader.dataset
    both = DATASETS.build(source)
    assert len(both) == 12 and both.metainfo['classes'] == ('background', 'cytoplasm', 'nucleus')
    cfg, dataset = source.datasets[1], both.datasets[1]
    assert len(dataset) == 8 and class_presence(dataset).any(axis=1).all()
    sample = dataset[0]
    assert (sample['data_samples'].gt_sem_seg.data[0].numpy() == masks_in(tmp_path / 'out/annotations')['005']).all()
    semi = DATASETS.build(dict(type='SemiDataset', labeled=cfg, unlabeled={
        **cfg, 'ann_file': str(tiny_dataset / 'splits/test.txt'), 'pipeline': UNLABELED}))
    assert isinstance(semi, SemiDataset) and (semi.num_labeled, semi.num_unlabeled) == (8, 4)


@pytest.mark.parametrize('labeled', [
    dict(type='BaseSegDataset', reduce_zero_label=True, img_suffix='.png',
         pipeline=[PIPELINE[0], dict(type='LoadAnnotations', reduce_zero_label=True), PIPELINE[2]]),
    dict(type='BloodCellsDataset', pipeline=[PIPELINE[0], dict(type='LoadAnnotations', imdecode_backend='cv2'),
                                             PIPELINE[2]]),
])
def test_masks_are_read_as_they_were_written_whatever_becomes_of_other_labels(
        main, model, tiny_dataset, tmp_path, capsys, labeled):
    """Those of the labeled set are shifted in one case, and mapped in the other, by another order of its classes."""
    classes = ['nucleus', 'background', 'cytoplasm']
    config = Config.fromfile(model[1])
    config.test_dataloader.dataset.metainfo = dict(classes=classes, palette=[[0] * 3] * 3)
    config.dump(model[1])
    main([str(tiny_dataset / 'images'), '--list', str(tiny_dataset / 'splits/1-3_unlabeled.txt'), *model, '--out',
          str(tmp_path / 'out'), '--threshold', '0.5'])
    (tmp_path / 'pseudo.py').write_text(capsys.readouterr().out.split('a config:\n\n')[1])
    Config(dict(train_dataloader=dict(dataset=dict(
        labeled, data_root=str(tiny_dataset), ann_file='splits/1-3_labeled.txt', metainfo=dict(classes=classes),
        data_prefix=dict(img_path='images', seg_map_path='annotations'))))).dump(tmp_path / 'supervised.py')
    both = DATASETS.build(Config.fromfile(tmp_path / 'pseudo.py').train_dataloader.dataset)
    masks = masks_in(tmp_path / 'out/annotations')
    for sample in map(both.__getitem__, range(4, 12)):
        found, path = sample['data_samples'].gt_sem_seg.data[0].numpy(), sample['data_samples'].seg_map_path
        assert (found == masks[Path(path).stem]).all()
    first = both[0]['data_samples']
    assert not (first.gt_sem_seg.data[0].numpy() == np.array(Image.open(first.seg_map_path))).all()


def test_an_image_without_a_sure_pixel_is_not_in_the_list(main, model, tiny_dataset, tmp_path, capsys):
    predictions = list(EntMinInferencer(model[1], model[3], 'cpu')(tiny_dataset / 'images'))
    best = sorted(p.confidence.max() for p in predictions)
    threshold = (float(best[3]) + float(best[4])) / 2
    main([str(tiny_dataset / 'images'), *model, '--out', str(tmp_path / 'out'), '--threshold', str(threshold)])
    assert len(read_list(tmp_path / 'out/splits/pseudo.txt')) == 12
    assert '4 of them have no pixel' in capsys.readouterr().out


def test_without_a_sure_pixel_no_list_of_an_earlier_run_is_left(main, model, tiny_dataset, tmp_path, capsys):
    args = [str(tiny_dataset / 'images'), *model, '--out', str(tmp_path / 'out')]
    path = tmp_path / 'out/splits/pseudo.txt'
    main([*args, '--threshold', '0'])
    assert path.is_file()
    main([*args, '--threshold', '1', '--force'])
    assert not path.exists() and f'{path} is not written: no image has a pixel that' in capsys.readouterr().out


def test_refuses_what_no_data_set_reads(main, model, tiny_dataset, tmp_path):
    folder, out = tiny_dataset / 'images', str(tmp_path / 'out')
    for args, message in (([str(folder), '--threshold', '95'], '--threshold 95'),
                          ([str(folder / '001.png')], 'a dataset has one folder'),
                          ([str(folder), str(tiny_dataset / 'annotations')], 'both named 001')):
        with pytest.raises(SystemExit, match=message):
            main([*args, *model, '--out', out])
    (folder / '001.png').rename(folder / '001.jpg')
    with pytest.raises(SystemExit, match='end in .jpg, .png'):
        main([str(folder), *model, '--out', out])
    assert not (tmp_path / 'out').exists()


@pytest.mark.parametrize('options, outside', [([], 0), (['--all-classes', '--objects'], 255)])
def test_an_annotation_tool_gets_what_is_kept(options, outside, main, model, tiny_dataset, tmp_path, capsys):
    """The first class is the background, where no region is, and so are the pixels that are not sure."""
    folder, names = tiny_dataset / 'images', tiny_dataset / 'splits/test.txt'
    predictions = list(EntMinInferencer(model[1], model[3], 'cpu')(folder / f'{name}.png' for name in read_list(names)))
    threshold = float(np.median([p.confidence for p in predictions]))
    main([str(folder), '--list', str(names), *model, '--out', str(tmp_path / 'out'), '--threshold', str(threshold),
          '--format', 'cvat', *options])
    export = recognise(tmp_path / 'out')
    assert [*export.images] == [f'{name}.png' for name in read_list(names)]
    assert export.classes == list(CLASSES[1 if outside == 0 else 0:])
    for p, image in zip(predictions, export.images.values()):
        expected = np.where(p.confidence < threshold, outside, p.labels)
        assert (draw(image, CLASSES, outside).labels == expected).all()
    said = capsys.readouterr().out
    assert '| all ' in said and 'entmin add-masks PROJECT EXPORT' in said
    assert ('background is not drawn: it is where no region is' in said) == (outside == 0)
    assert not (tmp_path / 'out/splits').exists()


def test_classes_of_which_nearly_nothing_is_kept_are_named():
    kept, predicted = np.array([900, 0, 1, 0]), np.array([1000, 50, 10000, 0])
    assert rare_classes(['soil', 'crop', 'weed', 'stone'], kept, predicted, 0.9) == [
        'crop: 0 pixels kept at 0.9', 'weed: 0.01 % of its pixels kept at 0.9', 'stone: 0 pixels kept at 0.9']


def test_the_warning_names_them(main, model, tiny_dataset, tmp_path, capsys):
    main([str(tiny_dataset / 'images'), *model, '--out', str(tmp_path / 'out'), '--threshold', '1'])
    assert 'warning: background: 0 pixels kept at 1; cytoplasm: 0 pixels kept at 1' in capsys.readouterr().err


@pytest.mark.parametrize('options, message', [
    (['--objects'], '--objects and --all-classes are for annotation tools'),
    (['--format', 'coco', '--url', 'x'], "--url 'x' is for --format label-studio")])
def test_options_of_tools_need_one(options, message, main, model, tiny_dataset, tmp_path):
    with pytest.raises(SystemExit, match=message):
        main([str(tiny_dataset / 'images'), *model, '--out', str(tmp_path / 'out'), *options])


def test_files_of_a_tool_are_overwritten_only_if_asked(main, model, tiny_dataset, tmp_path):
    args = [str(tiny_dataset / 'images'), *model, '--out', str(tmp_path / 'out'), '--format', 'labelme']
    main(args)
    assert (tmp_path / 'out/001.json').is_file()
    with pytest.raises(SystemExit, match=r'labels.txt. exists \(17 of 17 results do\)'):
        main(args)
    main([*args, '--force'])
