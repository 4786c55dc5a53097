# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""What a terminal shows of a training: a few lines before its first iteration, and one at its end."""
import shlex
from argparse import Namespace

from mmengine.model import is_model_wrapper
from mmengine.runner import Runner

from mmseg_entmin.datasets.semi_dataset import leaves
from mmseg_entmin.walk import dict_at, dicts, type_name
from mmseg_entmin.words import amount

from .checkpoints.checkpoint_file import noted_checkpoint
from .hooks.safe_checkpoint_hook import counts_epochs


def opening(runner: Runner) -> str:
    """Data, network, schedule and place of the results of a training whose data is built, one line each."""
    cfg, loop, val, loader = runner.cfg, runner.train_loop, runner.val_loop, runner.train_dataloader
    dataset = loader.dataset
    images = dict(labeled=getattr(dataset, 'labeled', dataset), unlabeled=getattr(dataset, 'unlabeled', None),
                  validation=val and val.dataloader.dataset)
    classes = next(iter(leaves(dataset))).metainfo.get('classes') or ()
    model = runner.model.module if is_model_wrapper(runner.model) else runner.model
    parts = [type(part).__name__ for name in ('backbone', 'decode_head') if (part := getattr(model, name, None))]
    trained = sum(weight.numel() for weight in model.parameters() if weight.requires_grad) / 1e6
    optimizer = dict_at(cfg, 'optim_wrapper.optimizer')
    schedules = [type_name(node) for node in dicts(cfg.get('param_scheduler')) if 'type' in node]
    length = f'{loop.max_epochs} epochs' if counts_epochs(runner) else f'{loop.max_iters} iterations'
    device = next(model.parameters()).device
    hint = ' (--fast looks for faster steps)' if device.type == 'cpu' and cfg.get('fast') is None else ''
    lines = dict(
        data=f"{', '.join(f'{len(part)} {name}' for name, part in images.items() if part)} images",
        classes=', '.join(classes[:6]) + (f', ... ({len(classes)})' if len(classes) > 6 else ''),
        network=f"{type(model).__name__} ({', '.join(parts)})",
        size=f'{trained:.3g} million parameters, on {device}{hint}',
        schedule=f'{length} of {amount(loader.batch_size, "image")}' + (
            f', validation every {loop.val_interval}' if val else ''),
        optimizer=f"{type_name(optimizer)} with lr {optimizer.get('lr')} ({', '.join(schedules) or 'constant'})",
        results=f'{runner.work_dir}, log in {runner.timestamp}')
    return '\n'.join(['training', *(f'  {name:9} {line}' for name, line in lines.items())])


def closing(runner: Runner, args: Namespace) -> str:
    """One line: mIoU, checkpoint, and the next command."""
    history, checkpoint = runner.message_hub.log_scalars.get('val/mIoU'), noted_checkpoint(runner.work_dir)
    words = ['entmin', 'test', args.config, checkpoint, *(['--data-root', args.data_root] if args.data_root else [])]
    score = '' if history is None else f'mIoU {history.current():.2f}, '
    return f'{score}checkpoint {checkpoint}, next: {shlex.join(words)}'
