# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Pictures of the uncertainty reach every backend: PNG files, TensorBoard's event files, and W&B's calls."""
import sys
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest
from mmengine.registry import DefaultScope
from mmengine.visualization import Visualizer
from mmseg.visualization import SegLocalVisualizer
from PIL import Image

from mmseg_entmin.engine.runner import ResumableRunner
from mmseg_entmin.visualization import UncertaintyVisualizationHook
from tests.tiny import build
from tests.tiny_checkpoint import KINDS, model_cfg

META = dict(classes=('background', 'square', 'disc'), palette=[[0, 0, 0], [200, 60, 60], [60, 60, 200]])
LOAD = dict(type='LoadImageFromFile')
PIPELINE = [LOAD, dict(type='Resize', scale=(64, 64)), dict(type='LoadAnnotations'), dict(type='PackSegInputs')]


def dataset(cfg):
    return ResumableRunner.build_dataloader(
        dict(batch_size=1, num_workers=0, sampler=dict(type='DefaultSampler', shuffle=False), dataset=cfg)).dataset


@pytest.fixture
def data(tiny_dataset):
    """Validation and semi-supervised training data, whose unlabeled images are augmented, as the tools build them."""
    common = dict(type='BaseSegDataset', metainfo=META, data_root=str(tiny_dataset), img_suffix='.png',
                  serialize_data=False)  # which collects garbage, for a second
    masks = dict(seg_map_suffix='.png', data_prefix=dict(img_path='images', seg_map_path='annotations'))
    augmented = [LOAD, dict(type='RandomFlip', prob=0.5), dict(type='PackSegInputs')]
    with DefaultScope.overwrite_default_scope('mmseg'):
        validation = dataset(dict(common, **masks, ann_file='splits/val.txt', pipeline=PIPELINE))
        training = dataset(dict(
            type='SemiDataset',
            labeled=dict(common, **masks, ann_file='splits/1-3_labeled.txt', pipeline=PIPELINE),
            unlabeled=dict(common, ann_file='splits/1-3_unlabeled.txt', data_prefix=dict(img_path='images'),
                           pipeline=augmented)))  # yapf: disable
    return validation, training


@pytest.fixture
def make_runner(data, tmp_path, monkeypatch):

    def make(kind, *backends):
        validation, training = data
        visualizer = SegLocalVisualizer(
            vis_backends=[dict(type=f'{name}VisBackend') for name in ('Local', *backends)], save_dir=str(tmp_path))
        monkeypatch.setattr(Visualizer, '_instance_dict', dict(visualizer=visualizer))  # where mmseg's hook looks
        return SimpleNamespace(
            model=build(model_cfg(kind)).eval(), iter=7, visualizer=visualizer, _train_loop=object(),
            val_dataloader=SimpleNamespace(dataset=validation), train_dataloader=SimpleNamespace(dataset=training))

    return make


def draw(runner, **options):
    hook = UncertaintyVisualizationHook(**options)
    hook.before_train(runner)
    hook.after_val_epoch(runner, {})
    return hook




def test_files_and_event_files(make_runner, tmp_path):
    events = pytest.importorskip('tensorboard.backend.event_processing.event_accumulator')
    runner = make_runner('EntMin', 'Tensorboard')
    hook = draw(runner, images=2, unlabeled=1)
    runner.iter = 14
    hook.after_val_epoch(runner, {})
    runner.visualizer.close()
    names = ['uncertainty_unlabeled_005', 'uncertainty_val_013', 'uncertainty_val_016']
    files = sorted(tmp_path.glob('vis_data/vis_image/*.png'))
    assert [path.name for path in files] == [f'{name}_{step}.png' for name in names for step in (14, 7)]
    board = events.EventAccumulator(str(tmp_path / 'vis_data'), size_guidance=dict(images=0))
    board.Reload()
    assert sorted(board.Tags()['images']) == names
    shown = board.Images(names[1])
    assert [event.step for event in shown] == [7, 14]
    with Image.open(files[3]) as file:
        assert (shown[0].width, shown[0].height) == file.size


@pytest.mark.parametrize('kind', KINDS)
def test_columns_follow_from_the_model(make_runner, tmp_path, figure, kind):
    draw(make_runner(kind), images=1, unlabeled=1)
    axes = [ax for ax in figure().axes if ax.get_label() != '<colorbar>']
    titles = [ax.get_title() for ax in axes]
    variance = [] if kind == 'EncoderDecoder' else ['variance']
    assert titles == ['image', 'pseudo-label', 'entropy', *variance, 'feature gradients'], 'the last is unlabeled'
    assert all(ax.images[0].get_array().shape[:2] == (32, 32) for ax in axes), 'at the size of the file'


def test_pseudo_label_is_void_below_the_threshold(make_runner, figure):
    for threshold, share in ((0., 0), (1., 1)):
        draw(make_runner('EntMin'), images=1, unlabeled=0, threshold=threshold)
        pseudo = next(ax for ax in figure().axes if ax.get_title() == 'pseudo-label')
        assert (np.asarray(pseudo.images[0].get_array()) == 255).all(axis=2).mean() == share
        assert pseudo.get_xlabel() == f'{100 - 100 * share} % above {threshold:g}'


def test_the_threshold_of_the_model_is_the_default(make_runner, figure):
    runner = make_runner('EntMinConsistency')
    runner.model.threshold = 0.25
    draw(runner, images=1, unlabeled=0)
    assert next(ax for ax in figure().axes if ax.get_title() == 'pseudo-label').get_xlabel().endswith('above 0.25')


def test_unlabeled_images_are_the_same_each_time(make_runner):
    runner = make_runner('EntMin')
    hook = draw(runner, images=0)
    inputs = [[data['inputs'] for _, data in hook.samples(runner)] for _ in range(3)]
    assert all((one == other).all() for images in inputs[1:] for one, other in zip(inputs[0], images))
    assert len(inputs[0]) == 2


def test_a_validation_alone_does_not_build_the_training(make_runner, tmp_path):
    runner = make_runner('EncoderDecoder')
    runner._train_loop = dict(type='IterBasedTrainLoop')
    del runner.train_dataloader, runner.iter
    UncertaintyVisualizationHook(images=1).after_val_epoch(runner, {})
    assert [path.name for path in tmp_path.glob('vis_data/vis_image/*')] == ['uncertainty_val_013_0.png']


def test_other_processes_draw_nothing(make_runner, tmp_path, monkeypatch):
    monkeypatch.setattr('mmseg_entmin.visualization.uncertainty_visualization_hook.is_main_process', lambda: False)
    draw(make_runner('EntMin'))
    assert not list(tmp_path.glob('vis_data/vis_image/*'))


def test_wandb(make_runner, monkeypatch):
    """MMEngine's backend with a stand-in for the package, which is not among the tests' requirements."""
    logged = []
    wandb = ModuleType('wandb')
    wandb.init = lambda **options: None
    wandb.Image = lambda image, **options: image
    wandb.log = lambda values, **options: logged.append(values)
    wandb.join = wandb.finish = lambda: None
    monkeypatch.setitem(sys.modules, 'wandb', wandb)
    draw(make_runner('EntMin', 'Wandb'), images=1, unlabeled=1)
    assert [list(values) for values in logged] == [['uncertainty_val_013'], ['uncertainty_unlabeled_005']]
    assert all(image.dtype == np.uint8 and image.shape[2] == 3 for values in logged for image in values.values())


@pytest.mark.parametrize('options, message', [(dict(images=-1), 'images=-1'), (dict(threshold=2), 'threshold=2')])
def test_refuses_options_out_of_range(make_runner, options, message):
    make_runner('EncoderDecoder')
    with pytest.raises(ValueError, match=message):
        UncertaintyVisualizationHook(**options)


def test_the_pictures_are_of_the_averaged_weights(make_runner):
    """EMAHook puts the model's own weights back after the validation, at its place among the hooks."""
    from mmengine.hooks import EMAHook
    make_runner('EncoderDecoder')
    runner = ResumableRunner.__new__(ResumableRunner)
    runner._hooks = []
    for hook in (EMAHook(), UncertaintyVisualizationHook()):
        runner.register_hook(hook)
    assert [type(hook) for hook in runner.hooks] == [UncertaintyVisualizationHook, EMAHook]


@pytest.mark.parametrize('asked', [False, True])
def test_the_images_of_a_test_are_drawn_if_asked_for(make_runner, asked):
    runner = make_runner('EncoderDecoder')
    drawn = []
    hook = UncertaintyVisualizationHook(draw=asked)
    hook._visualizer = SimpleNamespace(add_datasample=lambda *args, **options: drawn.append(args[0]))
    data = runner.val_dataloader.dataset[0]
    runner.iter = 0
    hook.after_test_iter(runner, 0, dict(data_samples=[data['data_samples']]), [data['data_samples']])
    assert len(drawn) == asked


def test_a_model_without_uncertainty_is_refused_before_the_training(make_runner):
    runner = make_runner('EncoderDecoder')
    runner.model.out_channels = 1
    with pytest.raises(ValueError, match='out_channels=1'):
        UncertaintyVisualizationHook().before_train(runner)
