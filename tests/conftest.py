# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Fixtures for all tests: tiny data sets, a tiny stock config, and the same random state at the start of every test."""
import functools
import gc
import os
import random
import shutil
from pathlib import Path

import mmengine.runner.runner
import numpy as np
import pytest
import torch
from matplotlib.figure import Figure
from PIL import Image
from yapf.yapflib import yapf_api

from tests.tiny_project import CLASSES, LABELED, VAL

try:
    from hypothesis import settings
    settings.register_profile('repeatable', derandomize=True, database=None, deadline=None)
    settings.load_profile('repeatable')
except ImportError:  # only the tests that use it need it
    pass

REPO_ROOT = Path(__file__).resolve().parents[1]

# Debian's browser, for the tests that open pages in it.
BROWSER, DRIVER = '/usr/bin/chromium', '/usr/bin/chromedriver'
OPTIONS = ('--headless=new', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
           '--disable-background-networking', '--disable-component-update', '--disable-sync')

# A stock FCN on a UNet with 700 parameters. It asks for SyncBN as mmseg's own configs do, and its data_root does not
# exist: --data-root has to be given.
TINY_CONFIG = '''
custom_imports = dict(imports=['mmseg_entmin'], allow_failed_imports=False)
default_scope = 'mmseg'
data_root = 'data/absent'
metainfo = dict(classes=('background', 'square', 'disc'), palette=[[0, 0, 0], [200, 60, 60], [60, 60, 200]])
norm_cfg = dict(type='SyncBN', requires_grad=True)
model = dict(
    type='EncoderDecoder',
    data_preprocessor=dict(type='SegDataPreProcessor', mean=[127.] * 3, std=[60.] * 3, bgr_to_rgb=True, size=(32, 32)),
    backbone=dict(
        type='UNet', in_channels=3, base_channels=4, num_stages=2, strides=(1, 1), enc_num_convs=(1, 1),
        dec_num_convs=(1, ), downsamples=(True, ), enc_dilations=(1, 1), dec_dilations=(1, ), norm_cfg=norm_cfg),
    decode_head=dict(
        type='FCNHead', in_channels=4, in_index=1, channels=4, num_convs=1, concat_input=False, num_classes=3,
        norm_cfg=norm_cfg, align_corners=False, loss_decode=dict(type='CrossEntropyLoss', avg_non_ignore=True)),
    train_cfg=dict(),
    test_cfg=dict(mode='whole'))
train_pipeline = [dict(type='LoadImageFromFile'), dict(type='LoadAnnotations'), dict(type='PackSegInputs')]
tta_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='TestTimeAug', transforms=[
        [dict(type='RandomFlip', prob=0.), dict(type='RandomFlip', prob=1., direction='horizontal')],
        [dict(type='LoadAnnotations')], [dict(type='PackSegInputs')]])]
tta_model = dict(type='SegTTAModel')
dataset = dict(
    type='BaseSegDataset', metainfo=metainfo, data_root=data_root, img_suffix='.png', seg_map_suffix='.png',
    data_prefix=dict(img_path='images', seg_map_path='annotations'), ann_file='splits/train.txt',
    pipeline=train_pipeline)
train_dataloader = dict(
    batch_size=2, num_workers=0, sampler=dict(type='InfiniteSampler', shuffle=True), dataset=dataset)
val_dataloader = dict(
    batch_size=1, num_workers=0, sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(dataset, ann_file='splits/test.txt'))
test_dataloader = val_dataloader
val_evaluator = dict(type='IoUMetric', iou_metrics=['mIoU'], nan_to_num=0)
test_evaluator = val_evaluator
optim_wrapper = dict(type='OptimWrapper', optimizer=dict(type='SGD', lr=0.01, momentum=0.9))
param_scheduler = [dict(type='PolyLR', eta_min=1e-4, power=0.9, begin=0, end=6, by_epoch=False)]
train_cfg = dict(type='IterBasedTrainLoop', max_iters=4, val_interval=4)
val_cfg = dict(type='ValLoop')
test_cfg = dict(type='TestLoop')
default_hooks = dict(
    logger=dict(type='LoggerHook', interval=1, log_metric_by_epoch=False),
    checkpoint=dict(type='CheckpointHook', by_epoch=False, interval=2),
    visualization=dict(type='SegVisualizationHook'))
vis_backends = [dict(type='LocalVisBackend')]
visualizer = dict(type='SegLocalVisualizer', vis_backends=vis_backends, name='visualizer')
log_processor = dict(by_epoch=False)
randomness = dict(seed=0)
'''


@pytest.fixture(scope='session', autouse=True)
def one_thread():
    """Tiny models are fastest on one thread, and sums then have one order.

    The first backward pass starts a thread for each device that is known; after an export this is more than the CPU,
    and a forked process could make no backward pass.
    """
    torch.set_num_threads(1)
    torch.zeros((), requires_grad=True).backward()


def pytest_collection_finish():
    """What is imported by now stays; the garbage collector would go through all of it for every data set."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope='session', autouse=True)
def quick_start_of_a_training():
    """The machine is described once: this runs the compiler. Dumped configs get no line breaks: they take a second."""
    describe = functools.cache(mmengine.runner.runner.collect_env)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(mmengine.runner.runner, 'collect_env', lambda: describe().copy())
        patch.setattr(yapf_api, 'FormatCode', lambda code, **options: (code.rstrip('\n') + '\n', True))
        yield


@pytest.fixture(autouse=True)
def fixed_seed():
    random.seed(0)
    np.random.seed(0)
    # without a GPU torch.manual_seed would note a stack trace each time
    (torch.manual_seed if torch.cuda.is_available() else torch.default_generator.manual_seed)(0)


@pytest.fixture(scope='session')
def repo_root() -> Path:
    return REPO_ROOT


@pytest.fixture(scope='session')
def shared_data() -> Path:
    """The real data sets beside the clone, which few tests need; they are not part of the repository."""
    folder = REPO_ROOT.parent / 'shared' / 'data'
    if not folder.is_dir():
        pytest.skip('no real data: the folder ../shared/data does not exist')
    return folder


@pytest.fixture(scope='session')
def tool_env() -> dict:
    """The environment of a subprocess that runs a tool of this clone, installed or not."""
    paths = [str(REPO_ROOT), os.environ.get('PYTHONPATH')]
    return dict(
        os.environ, PYTHONPATH=os.pathsep.join(filter(None, paths)), OMP_NUM_THREADS='1', MKL_NUM_THREADS='1')


def draw_sample(rng: np.random.Generator, height: int, width: int, classes: tuple, border: bool = False) -> tuple:
    """Draws a square and a disc, of the two classes, on a noisy ground: an RGB image and its map."""
    label = np.zeros((height, width), np.uint8)
    rows, columns = np.mgrid[:height, :width]
    side = min(height, width) // 3
    top, left = rng.integers(1, height - side - 1), rng.integers(1, width // 2 - side // 2)
    label[top:top + side, left:left + side] = classes[0]
    centre = rng.integers(side, height - side), rng.integers(width // 2 + side // 2, width - side // 2)
    label[(rows - centre[0])**2 + (columns - centre[1])**2 <= (side // 2)**2] = classes[1]
    colours = np.array([[40, 40, 40], [200, 60, 60], [60, 60, 200]])
    image = colours[np.where(label == classes[0], 1, np.where(label == classes[1], 2, 0))]
    image = np.clip(image + rng.normal(0, 15, image.shape), 0, 255).astype(np.uint8)
    if border:
        edge = (label != np.roll(label, 1, 0)) | (label != np.roll(label, 1, 1))
        label[edge] = 255
    return image, label


def write_splits(folder: Path, **splits: list) -> None:
    folder.mkdir(parents=True)
    for name, stems in splits.items():
        (folder / f'{name}.txt').write_text('\n'.join(stems) + '\n')


@pytest.fixture
def tiny_dataset(tiny_original, tmp_path) -> Path:
    """A copy of ``tiny_original`` of the test's own."""
    return shutil.copytree(tiny_original, tmp_path / 'tiny')


@pytest.fixture(scope='session')
def tiny_original(tmp_path_factory) -> Path:
    """Sixteen 32x32 images of 3 classes, in the layout of the small real data sets; not to be changed.

    ``images/NNN.png``, ``annotations/NNN.png`` (for all of them), and ``splits/``: ``train`` (12), which is
    ``1-3_labeled`` (4) with ``1-3_unlabeled`` (8); ``test`` and ``val`` (the same 4).
    """
    root = tmp_path_factory.mktemp('data') / 'tiny'
    stems = [f'{number:03d}' for number in range(1, 17)]
    rng = np.random.default_rng(0)
    for folder in ('images', 'annotations'):
        (root / folder).mkdir(parents=True)
    for stem in stems:
        image, label = draw_sample(rng, 32, 32, (1, 2))
        Image.fromarray(image).save(root / 'images' / f'{stem}.png')
        Image.fromarray(label).save(root / 'annotations' / f'{stem}.png')
    write_splits(root / 'splits', train=stems[:12], val=stems[12:], test=stems[12:], **{
        '1-3_labeled': stems[:4],
        '1-3_unlabeled': stems[4:12]
    })
    return root


@pytest.fixture
def tiny_voc(voc_original, tmp_path) -> Path:
    """A copy of ``voc_original`` of the test's own."""
    return shutil.copytree(voc_original, tmp_path / 'VOC2012')


@pytest.fixture(scope='session')
def voc_original(tmp_path_factory) -> Path:
    """Sixteen 80x96 images laid out as VOC2012 with the augmented maps; not to be changed.

    ``JPEGImages/*.jpg``; ``SegmentationClassAug/*.png``, paletted, with classes of 0..20 and 255 on the borders;
    ``ImageSets/Segmentation/{train,val}.txt`` (12, 4); ``splits/``: ``train`` (12), ``1-8_labeled`` (2) and
    ``1-8_unlabeled`` (10).
    """
    root = tmp_path_factory.mktemp('data') / 'VOC2012'
    stems = [f'2007_{number:06d}' for number in range(1, 17)]
    rng = np.random.default_rng(0)
    for folder in ('JPEGImages', 'SegmentationClassAug'):
        (root / folder).mkdir(parents=True)
    for number, stem in enumerate(stems):
        image, label = draw_sample(rng, 80, 96, (1 + number % 20, 1 + (number + 7) % 20), border=True)
        Image.fromarray(image).save(root / 'JPEGImages' / f'{stem}.jpg', quality=95)
        label = Image.fromarray(label, mode='P')
        label.putpalette(rng.integers(0, 256, 768).astype(np.uint8).tobytes())
        label.save(root / 'SegmentationClassAug' / f'{stem}.png')
    write_splits(root / 'ImageSets' / 'Segmentation', train=stems[:12], val=stems[12:])
    write_splits(root / 'splits', train=stems[:12], **{'1-8_labeled': stems[:2], '1-8_unlabeled': stems[2:12]})
    return root


@pytest.fixture
def tiny_config(tmp_path) -> Path:
    """A config file that trains ``TINY_CONFIG`` for 4 iterations; use it with ``--data-root`` and ``tiny_dataset``."""
    path = tmp_path / 'tiny_fcn.py'
    path.write_text(TINY_CONFIG)
    return path


@pytest.fixture(scope='session')
def project_original(tiny_original, tmp_path_factory) -> Path:
    """A project of sixteen images and six masks; not to be changed."""
    from mmseg_entmin.project.create import create
    folder = tmp_path_factory.mktemp('project')
    (folder / 'few').mkdir()
    (folder / 'base.py').write_text(TINY_CONFIG)
    (folder / 'val.txt').write_text('\n'.join(VAL))
    for name in LABELED + VAL:
        shutil.copy(tiny_original / f'annotations/{name}.png', folder / 'few')
    create(tiny_original / 'images', folder / 'few', folder / 'cells', str(folder / 'base.py'), CLASSES, side=32,
           batch=2, val_list=folder / 'val.txt')
    return folder / 'cells'


@pytest.fixture
def cells(project_original, tmp_path) -> Path:
    """A copy of ``project_original`` of the test's own."""
    folder = shutil.copytree(project_original, tmp_path / 'cells')
    for path in folder.glob('*.py'):
        path.write_text(path.read_text().replace(str(project_original), str(folder)))
    return folder


@pytest.fixture
def corrected(tiny_original, tmp_path):
    """A folder with masks of these images, which have another class in one corner."""

    def write(*names) -> Path:
        folder = tmp_path / 'corrected'
        folder.mkdir(exist_ok=True)
        for name in names:
            labels = np.array(Image.open(tiny_original / f'annotations/{name}.png'))
            labels[0, :3] = 1
            Image.fromarray(labels).save(folder / f'{name}.png')
        return folder

    return write


@pytest.fixture
def figure(monkeypatch):
    """The figure that was drawn last."""
    figures = []
    savefig = Figure.savefig
    monkeypatch.setattr(Figure, 'savefig', lambda self, *args, **kwargs: (figures.append(self),
                                                                          savefig(self, *args, **kwargs)))
    return lambda: figures[-1]


@pytest.fixture(scope='session')
def browser(tmp_path_factory):
    """Debian's chromium, one for all tests; it must be there in continuous integration."""
    if not (os.path.exists(BROWSER) and os.path.exists(DRIVER)):
        reason = f'no browser: {BROWSER} and {DRIVER} (apt-get install chromium chromium-driver)'
        (pytest.fail if os.environ.get('CI') == 'true' else pytest.skip)(reason)
    webdriver = pytest.importorskip('selenium.webdriver')
    options = webdriver.ChromeOptions()
    options.binary_location = BROWSER
    for option in (*OPTIONS, f"--user-data-dir={tmp_path_factory.mktemp('browser')}"):
        options.add_argument(option)
    options.set_capability('goog:loggingPrefs', dict(browser='ALL', performance='ALL'))
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(DRIVER))
    yield driver
    driver.quit()
