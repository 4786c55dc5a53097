# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""What ``entmin train`` refuses, names or mends before the first step, and what would else go wrong without a word."""
import pytest
import torch
from PIL import Image

from entmin.command_line import main


@pytest.fixture
def train(tiny_config, tiny_dataset, tmp_path):
    """Trains the tiny config with other settings; gives the log, or the line with which the command ends."""

    def run(*options: str, schedule: list | None = None, resume: bool = False) -> str:
        work = tmp_path / 'work'
        if schedule is not None:
            with open(tiny_config, 'a') as file:
                file.write(f'param_scheduler = {schedule}\n')
        try:
            main(['train', str(tiny_config), *(['--resume'] if resume else []), '--data-root', str(tiny_dataset),
                  '--work-dir', str(work), '--cfg-options', 'train_cfg.val_interval=100', *options])
        except SystemExit as end:
            if end.code:
                return str(end.code)
        return max(work.glob('*/*.log')).read_text()

    return run


@pytest.mark.parametrize('option, said', [
    ('model.decode_head.loss_decode.loss_name=ce', "error: model.decode_head.loss_decode.loss_name='ce'"),
    ('model.decode_head.loss_decode.class_weight=[1.,2.]', 'error: model.decode_head.loss_decode.class_weight: '),
    ('model.decode_head.loss_decode.use_mask=True', 'error: model.decode_head.loss_decode: CrossEntropyLoss cannot be'),
    ('model.decode_head.loss_decode.use_sigmoid=True model.decode_head.loss_decode.use_mask=True',
     'error: model.decode_head.loss_decode: CrossEntropyLoss refuses its options: it needs assert (use_sigmoid is'),
    ('model.data_preprocessor.mean=[1.,2.,3.,4.] model.data_preprocessor.std=[1.,1.,1.,1.]',
     'error: model.data_preprocessor.mean: 4 values for images of 3 channels'),
    ('val_dataloader.persistent_workers=True', 'error: val_dataloader (num_workers=0, persistent_workers=True, '),
    ('model.data_preprocessor=None', 'error: model.data_preprocessor=None: '),
    ('model.decode_head.loss_decode=None', 'error: model.decode_head.loss_decode=None: FCNHead needs a value here ('),
    ('model.backbone=None', 'error: model.backbone=None: EncoderDecoder needs a value here'),
    ('train_cfg.max_iters=None', 'error: train_cfg.max_iters=None: IterBasedTrainLoop needs a value here'),
    ('optim_wrapper=None', 'error: config'),
    ('val_evaluator=None', 'error: val_evaluator is missing: set all of val_dataloader, val_cfg, and val_evaluator'),
    ('custom_hooks.0.interval=3', 'error: custom_hooks[0]: this component has no type; set custom_hooks[0].type'),
    ('param_scheduler.0.by_epoch=True', 'error: param_scheduler[0].by_epoch=True: PolyLR counts epochs'),
    ('model.decode_head.loss_decode.class_weight=no.npy',
     'error: model.decode_head.loss_decode.class_weight: [Errno 2] No such file or directory'),
    ('model.decode_head.loss_decode.class_weight=[0.,0.,0.]',
     'error: model.decode_head.loss_decode.class_weight=[0.0, 0.0, 0.0]: no class counts'),
    ('optim_wrapper.optimizer.lr=-1', 'error: optim_wrapper.optimizer: SGD refuses its options: Invalid learning rate'),
    ('param_scheduler.0.type=CosineAnnealingLR', 'error: param_scheduler[0].power: CosineAnnealingParamScheduler has '),
    ('param_scheduler.0.begin=5 param_scheduler.0.end=3', 'error: param_scheduler[0]: PolyLR refuses its options: end'),
    ('optim_wrapper.clip_grad=5', 'error: optim_wrapper: OptimWrapper refuses its options: If `clip_grad` is not None'),
    ('default_hooks.checkpoint.save_best=mIOU', "error: default_hooks.checkpoint.save_best='mIOU': the validation re"),
    ('log_level=FOO', "error: log_level='FOO': give one of"),
    ('model.decode_head.in_channels=7', 'error: iteration 1: model.decode_head.'),
    ('model.decode_head.in_index=9', 'error: iteration 1: model.decode_head cannot take its input: '),
])
def test_a_training_that_would_fail_or_not_learn_is_refused_by_key(train, option, said):
    assert train(*option.split()).startswith(said)


def test_and_one_whose_rate_is_0_before_its_end(train):
    assert train(schedule=[poly(end=2)]).startswith('error: param_scheduler[0]: PolyLR ends at 2')


def poly(**options) -> dict:
    return dict(type='PolyLR', by_epoch=False, **options)


def test_a_warm_up_of_one_step_is_left_out_and_the_rest_of_the_schedule_is_named(train, tmp_path):
    warmup = dict(type='LinearLR', start_factor=1e-6, end=1, by_epoch=False)
    log = train(schedule=[warmup, poly(end=40)])
    assert 'param_scheduler[0]: LinearLR warms up for less than two steps' in log
    assert 'PolyLR ends at 40, but the training ends at train_cfg.max_iters=4' in log
    checkpoint = torch.load(tmp_path / 'work' / 'iter_4.pth', weights_only=False)
    assert checkpoint['optimizer']['param_groups'][0]['lr'] > 0.008  # of 0.01
    assert 'Saving checkpoint at 4' in train(schedule=[warmup])


def test_a_training_made_longer_after_its_schedule_has_ended_is_refused(train):
    assert 'Saving checkpoint at 4' in train(schedule=[poly(end=4)])
    longer = train('train_cfg.max_iters=8', schedule=[poly(end=8)], resume=True)
    assert longer.startswith('error: the schedules are those of the checkpoint: param_scheduler[0]: PolyLR ends at 4')
    assert train('train_cfg.max_iters=8', schedule=[poly(end=4)], resume=True).startswith('error: param_scheduler[0]')


def test_images_of_four_channels_train(train, tiny_dataset):
    for path in (tiny_dataset / 'images').iterdir():
        image = Image.open(path)
        image.putalpha(image.convert('L'))
        image.save(path)
    pipelines = ('train_dataloader.dataset.pipeline', 'val_dataloader.dataset.pipeline')
    log = train('model.backbone.in_channels=4', 'model.data_preprocessor.mean=[100.,110.,120.,130.]',
                'model.data_preprocessor.std=[50.,60.,70.,80.]', *(f'{p}.0.color_type=unchanged' for p in pipelines))
    assert 'Saving checkpoint at 4' in log


def test_class_weights_train(train):
    assert 'Saving checkpoint at 4' in train('model.decode_head.loss_decode.class_weight=[1.,2.,3.]')


def test_a_hook_that_is_none_is_left_out(train):
    log = train('default_hooks.visualization=None', 'custom_hooks.0=None', 'param_scheduler.0=None')
    assert 'Saving checkpoint at 4' in log


@pytest.fixture
def wider(tiny_dataset) -> str:
    """The third of the four test images is wider than the others."""
    for folder in ('images', 'annotations'):
        path = tiny_dataset / folder / '015.png'
        Image.open(path).resize((48, 32), Image.Resampling.NEAREST).save(path)
    return '015.png'


@pytest.mark.parametrize('count, fixed', [(2, False), (4, False), (1, False), (2, True)])
def test_a_validation_batch_of_images_of_different_sizes_is_refused(train, wider, count, fixed):
    steps = [dict(type='LoadImageFromFile')] + [dict(type='Resize', scale=(32, 32), keep_ratio=False)] * fixed + [
        dict(type='LoadAnnotations'), dict(type='PackSegInputs')]
    said = train(f'val_dataloader.batch_size={count}', f'val_dataloader.dataset.pipeline={steps}',
                 'train_cfg.val_interval=4')
    refused = said.startswith(f'error: val_dataloader.batch_size={count}: mmseg stacks images of one size, but the '
                              'pipeline gives (32, 32) for ')
    assert refused is (count > 1 and not fixed)
    assert (wider in said and said.endswith('; set val_dataloader.batch_size=1')) if refused else 'mIoU' in said


def test_and_a_test_batch(train, wider, tiny_config, tiny_dataset, tmp_path):
    train()
    with pytest.raises(SystemExit, match=r'^error: test_dataloader.batch_size=2: .* and \(32, 48\) for .*015.png'):
        main(['test', str(tiny_config), str(tmp_path / 'work/iter_4.pth'), '--data-root', str(tiny_dataset),
              '--work-dir', str(tmp_path / 'test'), '--cfg-options', 'test_dataloader.batch_size=2'])


@pytest.mark.parametrize('option, line', [
    ('model.data_preprocessor.size=(32,32)', 'error: train_dataloader.batch_size=2: mmseg stacks images of one size'),
    ('model.data_preprocessor.size=None', 'error: model.data_preprocessor: neither size nor size_divisor is set'),
    ('model.data_preprocessor.size=(32,48)', None),
    ('model.data_preprocessor.size=None model.data_preprocessor.size_divisor=16', None),
    ('train_dataloader.dataset.pipeline.3.type=PackSegInputs train_dataloader.dataset.pipeline.2.type=RandomCrop '
     'train_dataloader.dataset.pipeline.2.crop_size=(32,32)', None)])
def test_a_training_batch_of_images_of_different_sizes_is_refused(train, tiny_dataset, option, line):
    for folder in ('images', 'annotations'):
        path = tiny_dataset / folder / '003.png'
        Image.open(path).resize((48, 32), Image.Resampling.NEAREST).save(path)
    said = train(*option.split(), 'train_cfg.max_iters=8', 'param_scheduler.0.end=8')
    assert said.startswith(line) if line else 'Saving checkpoint at 8' in said
