# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Networks for images of 1, 4 and 6 channels: every command that takes a trained one works, or says why not."""
import json

import numpy as np
import pytest
import torch
from PIL import Image

from entmin.command_line import main
from mmseg_entmin.apis import EntMinInferencer
from tests.tiny import build
from tests.work_dirs import as_text, make_config  # noqa: F401

LOADERS = {
    1: dict(type='LoadImageFromFile', color_type='grayscale'),
    4: dict(type='LoadImageFromFile', color_type='unchanged'),
    6: dict(type='LoadImageFromNpyFile'),
}
FILES = {1: '.png', 4: '.png', 6: '.npy'}


def write_image(path, channels: int) -> None:
    """The image at ``path`` with this number of channels, instead of the RGB image."""
    pixels = np.array(Image.open(path))
    if channels == 6:
        np.save(path.with_suffix('.npy'), np.concatenate([pixels, 255 - pixels], axis=2))
        path.unlink()
    else:
        Image.fromarray(pixels[..., 0] if channels == 1 else np.dstack([pixels, 255 - pixels[..., 0]])).save(path)


@pytest.fixture(params=[1, 4, 6])
def trained(request, make_config, tiny_dataset, tmp_path):  # noqa: F811
    """Number of channels, config file, checkpoint and work dir of a network, and images that it can read."""
    channels = request.param
    for path in (tiny_dataset / 'images').iterdir():
        write_image(path, channels)
    config = make_config()
    config.merge_from_dict({'model.backbone.in_channels': channels, 'model.data_preprocessor.std': [60.] * channels,
                            'model.data_preprocessor.mean': [100. + k for k in range(channels)]})
    for loader in (config.train_dataloader, config.val_dataloader, config.test_dataloader):
        loader.dataset.pipeline[0] = LOADERS[channels]
        loader.dataset.img_suffix = FILES[channels]
    work_dir = tmp_path / 'run'
    work_dir.mkdir()
    (work_dir / 'config.py').write_text(as_text(config))
    torch.save(dict(state_dict=build(config.model).state_dict(), meta=dict()), work_dir / 'iter_40.pth')
    return channels, str(work_dir / 'config.py'), str(work_dir / 'iter_40.pth'), work_dir, tiny_dataset / 'images'


@pytest.mark.parametrize('trained', [4], indirect=True)
def test_export(trained, tmp_path, capsys):
    channels, config, checkpoint, _, images = trained
    out = tmp_path / 'model.pt2'
    main(['export', config, checkpoint, '--out', str(out), '--images', str(images), '--check', '3'])
    assert capsys.readouterr().out.count('largest difference from PyTorch') == 2
    files = {'metadata.json': ''}
    network = torch.export.load(str(out), extra_files=files).module(check_guards=False)
    assert f'(N, {channels}, H, W), values 0..255' in json.loads(files['metadata.json'])['input']
    # the logits of the file are those of the inferencer, for the image as the pipeline loads it
    inferencer = EntMinInferencer(config, checkpoint, 'cpu')
    path = sorted(images.iterdir())[0]
    image = inferencer.pipeline(dict(img_path=str(path)))['inputs']
    assert len(image) == channels
    labels = network(image[None].float()).argmax(1)[0]
    assert (next(inferencer(path)).labels == labels.numpy()).mean() > 0.999


def test_predict(trained, tmp_path):
    channels, config, checkpoint, _, images = trained
    out = tmp_path / 'out'
    main(['predict', str(images), '--config', config, '--checkpoint', checkpoint, '--device', 'cpu', '--overlay',
          '--out', str(out), '--image-suffix', FILES[channels]])
    names = sorted(path.stem for path in images.iterdir())
    assert len(names) == 16
    for folder in ('masks', 'overlays'):
        assert sorted(path.stem for path in (out / folder).iterdir()) == names
    assert len(np.unique(np.array(Image.open(out / 'overlays' / f'{names[0]}.png')))) > 10, 'the image shows'


def test_test_and_report(trained, tmp_path, capsys):
    _, config, checkpoint, work_dir, _ = trained
    main(['test', config, checkpoint, '--work-dir', str(tmp_path / 'test')])
    assert 'mIoU' in capsys.readouterr().out
    main(['report', str(work_dir), '--out', str(tmp_path / 'report.html'), '--device', 'cpu'])
    page = (tmp_path / 'report.html').read_text()
    assert 'accuracy by confidence' in page and page.count('alt="test image') == 4
    assert 'Predictions and calibration of' not in page, 'nothing is missing'


def test_arrays(trained):
    channels, config, checkpoint, *_ = trained
    inferencer = EntMinInferencer(config, checkpoint, 'cpu')
    image = np.random.randint(0, 256, (24, 40, channels), np.uint8)
    if channels == 6:
        with pytest.raises(ValueError, match='no LoadImageFromFile: give paths of images, not arrays'):
            next(inferencer(image))
    else:
        assert next(inferencer(image)).labels.shape == (24, 40)
    with pytest.raises(ValueError, match=r'an array of shape \(24, 40, 3\) is no image of this network; give \(H, W, '):
        next(inferencer(image[..., [0, 0, 0]]))


def test_images_of_other_channels_are_one_line(trained, tmp_path):
    channels, config, checkpoint, _, images = trained
    other = tmp_path / 'other'
    other.mkdir()
    if channels == 6:
        np.save(other / '001.npy', np.zeros((32, 32, 5), np.uint8))
        with pytest.raises(SystemExit, match='001.npy: the test pipeline gives 5 channels, the network takes 6; g'):
            main(['predict', str(other), '--config', config, '--checkpoint', checkpoint, '--device', 'cpu', '--out',
                  str(tmp_path / 'out'), '--image-suffix', '.npy'])
    elif channels == 4:
        Image.new('RGB', (32, 32)).save(other / '001.png')
        with pytest.raises(SystemExit, match="001.png' is read with 3 channels, the network takes 4; give images"):
            main(['export', config, checkpoint, '--out', str(tmp_path / 'model.pt2'), '--images', str(other)])


@pytest.mark.parametrize('values', ['[1.,2.,3.]', '[1.,2.]'])
def test_a_network_that_fails_gets_no_advice_about_sizes(trained, tmp_path, values):
    """The mean is for another number of channels than the backbone."""
    _, config, checkpoint, *_ = trained
    with pytest.raises(SystemExit) as caught:
        main(['export', config, checkpoint, '--out', str(tmp_path / 'model.pt2'), '--cfg-options',
              f'model.data_preprocessor.mean={values}', f'model.data_preprocessor.std={values}'])
    text = caught.value.code
    assert 'cannot be exported as torch: RuntimeError: ' in text and 'a fixed --size' not in text and '\n' not in text


@pytest.mark.parametrize('trained', [4], indirect=True)
def test_a_model_that_cannot_be_built_is_one_line(trained, tmp_path):
    _, config, checkpoint, _, images = trained
    options = ['model.backbone.num_stages=9']
    with pytest.raises(SystemExit, match='error: model.backbone: UNet refuses its options: The length of strides'):
        main(['export', config, checkpoint, '--out', str(tmp_path / 'model.pt2'), '--cfg-options', *options])
    path = tmp_path / 'changed.py'
    path.write_text(f"_base_ = {config!r}\nmodel = dict(backbone=dict(num_stages=9))\n")
    with pytest.raises(SystemExit, match='error: model.backbone: UNet refuses its options: The length of strides'):
        main(['predict', str(images), '--config', str(path), '--checkpoint', checkpoint, '--out', str(tmp_path / 'o')])
