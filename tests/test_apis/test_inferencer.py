# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The inferencer says what the model's own test says, and what its heads say, however the images are batched."""
import os
import signal

import numpy as np
import pytest
import torch
from mmseg.apis import MMSegInferencer
from PIL import Image

from mmseg_entmin.apis import EntMinInferencer, UnreadableImage
from mmseg_entmin.models.encoder_stages import record_outputs
from tests.tiny_checkpoint import CLASSES, KINDS, save

ARRAYS = ('labels', 'confidence', 'entropy', 'variance', 'presence', 'features', 'probabilities')
SIZES = [(32, 32), (40, 24), (32, 32), (27, 45), (40, 24)]
SLIDE = dict(mode='slide', crop_size=(24, 24), stride=(16, 16))


@pytest.fixture
def images():
    return [np.random.randint(0, 256, (*size, 3), dtype=np.uint8) for size in SIZES]


def assert_equal(one, other):
    for name in ARRAYS:
        a, b = getattr(one, name), getattr(other, name)
        if a is None or b is None:
            assert a is b
        elif name == 'labels':
            assert (a == b).mean() > 0.999  # a tie may fall either way
        else:
            np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5)


def prepared(inferencer, image):
    """The inferencer, after the forwards with which it folds batch norms."""
    next(inferencer(image))
    return inferencer


@pytest.mark.parametrize('test_cfg', [dict(mode='whole'), SLIDE], ids=['whole', 'slide'])
@pytest.mark.parametrize('kind', KINDS)
def test_batches_of_mixed_sizes_equal_single_images(kind, test_cfg, tmp_path, images):
    paths = save(tmp_path, kind, test_cfg=test_cfg)
    batched = list(EntMinInferencer(*paths, device='cpu', batch_size=4)(images, probabilities=True))
    single = EntMinInferencer(*paths, device='cpu', batch_size=1)
    assert [p.labels.shape for p in batched] == SIZES
    for image, prediction in zip(images, batched):
        assert_equal(prediction, next(single(image, probabilities=True)))


@pytest.mark.parametrize('kind', KINDS)
def test_each_array_is_what_it_is_said_to_be(kind, tmp_path, images):
    inferencer = EntMinInferencer(*save(tmp_path, kind), device='cpu')
    assert inferencer.classes == CLASSES and len(inferencer.palette) == 3
    p = next(inferencer(images[3], probabilities=True))
    probs = p.probabilities.astype(np.float64)
    np.testing.assert_allclose(probs.sum(axis=0), 1, rtol=1e-5)
    assert p.labels.dtype == np.uint8 and (p.labels == probs.argmax(axis=0)).all() and len(np.unique(p.labels)) > 1
    np.testing.assert_allclose(p.confidence, probs.max(axis=0), rtol=1e-5)
    np.testing.assert_allclose(p.entropy, -(probs * np.log(probs)).sum(axis=0), atol=1e-5)
    assert p.features.shape == (32, ) and p.source is None
    assert (p.variance is None) == (p.presence is None) == (kind == 'EncoderDecoder')
    if p.variance is not None:
        assert p.variance.shape == SIZES[3] and p.variance.min() > 0
        np.testing.assert_allclose(p.presence.sum(), 1, rtol=1e-5)


@pytest.mark.filterwarnings('ignore:dataset_meta or class names')
@pytest.mark.parametrize('options', [{}, dict(resize=(48, 40))], ids=['as is', 'resized'])
@pytest.mark.parametrize('test_cfg', [dict(mode='whole'), SLIDE], ids=['whole', 'slide'])
@pytest.mark.parametrize('kind', [*KINDS, 'MeanTeacher', 'UAMT', 'S4GAN'])
def test_labels_are_those_of_mmsegs_inferencer(kind, test_cfg, options, tmp_path, images):
    if kind == 'S4GAN':
        options = dict(options, classifier=dict(
            backbone=dict(type='ResNet', depth=18, base_channels=4), in_channels=32), presence_threshold=0.5)
    config, checkpoint = save(tmp_path, kind, test_cfg=test_cfg, **options)
    text = config.read_text() + "visualizer = dict(type='SegLocalVisualizer')\n"
    config.write_text(text)
    theirs = MMSegInferencer(str(config), str(checkpoint), device='cpu', show_progress=False)
    for image, p in zip(images, EntMinInferencer(config, checkpoint, device='cpu')(images)):
        assert (p.labels == theirs(image)['predictions']).all()


@pytest.mark.parametrize('kind', KINDS[:2])
def test_refines_by_the_classes_as_the_model_does(kind, tmp_path, images):
    paths = save(tmp_path, kind, test_cfg=dict(mode='whole', class_refinement=dict(threshold=0.4)))
    inferencer = EntMinInferencer(*paths, device='cpu')
    for image in images:
        p = next(inferencer(image, probabilities=True))
        data = inferencer.collate_fn([inferencer.pipeline(image)])
        with torch.no_grad():
            theirs = inferencer.model.test_step(data)[0].pred_sem_seg.data[0].numpy()
        assert (p.labels == theirs).all() and np.isfinite(p.entropy).all()
        absent = (p.presence < 0.4) & (np.arange(3) > 0) & (p.presence < p.presence.max())
        assert absent.any() and (p.probabilities[absent] == 0).all()


def test_variance_is_that_of_the_predicted_class(tmp_path, images):
    inferencer = prepared(EntMinInferencer(*save(tmp_path), device='cpu'), images[0])
    with record_outputs([inferencer.model.decode_head]) as outputs:
        p = next(inferencer(images[0]))
    assert len(outputs) == 1  # one forward
    variance = outputs[0][1][0].numpy()  # logits and image are of one size here
    np.testing.assert_allclose(p.variance, np.take_along_axis(variance, p.labels[None].astype(int), 0)[0], rtol=1e-5)


def test_a_sliding_window_averages_the_variance_and_keeps_the_largest_presence(tmp_path):
    """Two windows, 8 pixels apart, each of which runs alone for comparison; the variance of one class, as logits do."""
    image = np.random.randint(0, 256, (24, 32, 3), dtype=np.uint8)
    image[:, 16:] //= 8
    config, checkpoint = save(tmp_path, test_cfg=dict(SLIDE, stride=(24, 8)))
    inferencer = prepared(EntMinInferencer(config, checkpoint, device='cpu'), image)
    with record_outputs([inferencer.model.decode_head]) as heads, record_outputs([inferencer.model.cls_head]) as cls:
        p = next(inferencer(image))
    assert len(heads) == len(cls) == 2
    variance = np.zeros((2, 3, 24, 32))
    for window, (_, part) in zip(variance, heads):
        window[:, :, :24] = part[0].numpy()
    variance[1] = np.roll(variance[1], 8, axis=2)
    variance = variance.sum(axis=0) / np.repeat([1, 2, 1], [8, 16, 8])
    np.testing.assert_allclose(p.variance, np.take_along_axis(variance, p.labels[None].astype(int), 0)[0], rtol=1e-4)
    presence = torch.cat([mean for mean, _ in cls]).softmax(dim=1)
    assert (presence[0] - presence[1]).abs().max() > 1e-3
    np.testing.assert_allclose(p.presence, presence.amax(dim=0).numpy(), rtol=1e-5)


def test_a_consistency_segmentor_predicts_by_its_teacher(tmp_path, images):
    inferencer = prepared(EntMinInferencer(*save(tmp_path, 'EntMinConsistency'), device='cpu'), images[0])
    model, teacher = inferencer.model, inferencer.model.teacher
    with record_outputs([model.backbone.encoder[0], model.decode_head]) as student, record_outputs(
            [teacher.backbone.encoder[0], teacher.decode_head]) as averaged, record_outputs([model.cls_head]) as cls:
        p = next(inferencer(images[0]))
    assert (len(student), len(averaged), len(cls)) == (0, 2, 1)
    np.testing.assert_allclose(p.presence, cls[0][0].softmax(dim=1)[0].numpy(), rtol=1e-5)


def test_reads_files_and_folders_in_order(tmp_path, tiny_dataset):
    inferencer = EntMinInferencer(*save(tmp_path), device='cpu', batch_size=3)
    folder = tiny_dataset / 'images'
    files = sorted(folder.iterdir())
    sources = [p.source for p in inferencer(folder)]
    assert sources == [str(file) for file in files]
    assert [p.source for p in inferencer(iter(files[:4]))] == sources[:4]
    assert_equal(next(inferencer(files[0])), next(inferencer(np.array(Image.open(files[0]))[..., ::-1])))


def test_names_an_image_that_cannot_be_read(tmp_path, tiny_dataset):
    inferencer = EntMinInferencer(*save(tmp_path), device='cpu')
    files = sorted((tiny_dataset / 'images').iterdir())[:3]
    files[0].write_bytes(b'')
    files[1].write_text('no image')
    with pytest.raises(UnreadableImage, match=files[0].name):
        list(inferencer(files))
    problems = []
    left = list(inferencer([*files, tiny_dataset / 'gone.png'], on_unreadable=problems.append))
    assert [p.source for p in left] == [str(files[2])]
    assert [file in str(problem) for file, problem in zip(('001', '002', 'gone'), problems)] == [True] * 3


def test_refuses_what_cannot_work(tmp_path):
    config, checkpoint = save(tmp_path)
    (tmp_path / 'other').mkdir()
    other = save(tmp_path / 'other', 'EncoderDecoder')
    with pytest.raises(ValueError, match='batch_size=0'):
        EntMinInferencer(config, checkpoint, batch_size=0)
    with pytest.raises(ValueError, match="device 'nowhere'"):
        EntMinInferencer(config, checkpoint, device='nowhere')
    with pytest.raises(ValueError, match='model.pth.* is not of config .*lacks .*adds'):
        EntMinInferencer(other[0], checkpoint, device='cpu')
    for content in (b'', b'# text', checkpoint.read_bytes()[:-500]):
        (tmp_path / 'cut.pth').write_bytes(content)
        with pytest.raises(ValueError, match='checkpoint .*cut.pth.* cannot be read'):
            EntMinInferencer(config, tmp_path / 'cut.pth', device='cpu')
    config.write_text(config.read_text().replace('test_dataloader', 'val_dataloader'))
    with pytest.raises(ValueError, match='config.py.* has no test_dataloader'):
        EntMinInferencer(config, checkpoint, device='cpu')
    with pytest.raises(ValueError, match='shape'):
        next(EntMinInferencer(*other, device='cpu')(np.zeros((8, 8), np.uint8)))


def test_computes_only_what_is_asked_for(tmp_path, images):
    paths = save(tmp_path)
    inferencer = prepared(EntMinInferencer(*paths, device='cpu', outputs=('confidence', )), images[0])
    expected = next(EntMinInferencer(*paths, device='cpu')(images[0]))
    with record_outputs([inferencer.model.decode_head.head.conv_seg.variance, inferencer.model.cls_head]) as extra:
        p = next(inferencer(images[0]))
    assert not extra and (p.labels == expected.labels).all()
    assert [name for name in ARRAYS if getattr(p, name) is not None] == ['labels', 'confidence']
    np.testing.assert_allclose(p.confidence, expected.confidence, rtol=1e-5)


def test_workers_change_nothing(tmp_path, tiny_dataset):
    files = sorted((tiny_dataset / 'images').iterdir())
    files[5].write_bytes(b'no image')
    paths = save(tmp_path)
    problems = []
    ahead = list(EntMinInferencer(*paths, device='cpu', batch_size=3, workers=2)(files, on_unreadable=problems.append))
    assert [str(files[5]) in str(problem) for problem in problems] == [True]
    alone = list(EntMinInferencer(*paths, device='cpu', batch_size=3)([*files[:5], *files[6:]]))
    for one, other in zip(ahead, alone, strict=True):
        assert one.source == other.source
        assert_equal(one, other)
    with pytest.raises(UnreadableImage, match=files[5].name):
        list(EntMinInferencer(*paths, device='cpu', workers=1)(files))


def test_a_batch_on_a_cpu_has_a_number_of_pixels(tmp_path):
    inferencer = EntMinInferencer(*save(tmp_path), device='cpu')
    sizes = []
    forward = inferencer.network.forward
    inferencer.network.forward = lambda batch: sizes.append(len(batch)) or forward(batch)
    list(inferencer([np.zeros((8, 8, 3), np.uint8)] * 20))
    list(inferencer([np.zeros((128, 128, 3), np.uint8)] * 5))
    list(inferencer([np.zeros((264, 256, 3), np.uint8)] * 2))
    assert sizes == [16, 4, 4, 1, 1, 1]


def test_a_worker_that_is_killed_is_named(tmp_path, tiny_dataset, monkeypatch):
    inferencer = EntMinInferencer(*save(tmp_path), device='cpu', workers=1)
    monkeypatch.setattr(type(inferencer.reader), '__call__', lambda *_: os.kill(os.getpid(), signal.SIGKILL))
    with pytest.raises(OSError, match='a process that reads images was ended from outside.*--workers'):
        list(inferencer(tiny_dataset / 'images'))


def test_an_image_of_other_channels_is_named_by_a_worker_too(tmp_path, tiny_dataset, monkeypatch):
    inferencer = EntMinInferencer(*save(tmp_path), device='cpu', workers=1)
    inferencer.reader.channels = 4
    with pytest.raises(ValueError, match='001.png: the test pipeline gives 3 channels, the network takes 4'):
        list(inferencer(tiny_dataset / 'images'))


def test_refuses_outputs_and_workers_that_there_are_not(tmp_path):
    for options, message in ((dict(outputs=['entropie']), "no 'entropie'; choose from confidence, entropy"),
                             (dict(workers=-1), 'workers=-1, must be at least 0')):
        with pytest.raises(ValueError, match=message):
            EntMinInferencer(*save(tmp_path), device='cpu', **options)
