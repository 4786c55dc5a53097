# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""From its command line to its end, a training reads each list, each mask and each checkpoint once."""
from collections import Counter
from pathlib import Path

import pytest
import torch
from mmcv.transforms import LoadAnnotations

from entmin.command_line import main
from mmseg_entmin.cli import train

SEMI = '''
_base_ = './tiny_fcn.py'
from mmseg_entmin.config import semi_supervised
model, train_dataloader, optim_wrapper, custom_imports = semi_supervised(_base_, unlabeled='splits/1-3_unlabeled.txt')
'''


@pytest.fixture
def reads(monkeypatch) -> dict[str, Counter]:
    """How often each list and each checkpoint is read; each mask as well, until the training starts."""
    found, training = dict(lists=Counter(), masks=Counter(), checkpoints=Counter()), []
    read_text, load_map, load, run = Path.read_text, LoadAnnotations.transform, torch.load, train.train

    def count_list(path, *args, **kwargs):
        if path.parent.name == 'splits':
            found['lists'][path.name] += 1
        return read_text(path, *args, **kwargs)

    def count_mask(loader, results):
        found['masks'].update([] if training else [Path(results['seg_map_path']).stem])
        return load_map(loader, results)

    def count_checkpoint(path, *args, **kwargs):
        found['checkpoints'][Path(path).name] += 1
        return load(path, *args, **kwargs)

    def start(runner):
        training.append(runner)
        run(runner)
        training.clear()

    monkeypatch.setattr(Path, 'read_text', count_list)
    monkeypatch.setattr(LoadAnnotations, 'transform', count_mask)
    monkeypatch.setattr(torch, 'load', count_checkpoint)
    monkeypatch.setattr(train, 'train', start)
    return found


@pytest.fixture
def command_line(tiny_config, tiny_dataset) -> list[str]:
    """Command line of a semi-supervised training of two iterations."""
    tiny_config.write_text(tiny_config.read_text().replace('splits/train.txt', 'splits/1-3_labeled.txt'))
    path = tiny_config.with_name('semi.py')
    path.write_text(SEMI)
    return [str(path), '--data-root', str(tiny_dataset), '--work-dir', str(path.parent / 'work')]


def test_each_list_mask_and_checkpoint_is_read_once(command_line, tiny_dataset, tmp_path, reads):
    labeled, test = ((tiny_dataset / f'splits/{name}.txt').read_text().split() for name in ('1-3_labeled', 'test'))
    reads['lists'].clear()
    lists = dict.fromkeys(['1-3_labeled.txt', '1-3_unlabeled.txt', 'test.txt'], 1)
    main(['train', *command_line, '--cfg-options', 'train_cfg.max_iters=2'])
    masks = dict.fromkeys(labeled + test, 1)
    assert reads == dict(lists=lists, masks=masks, checkpoints={})

    for part in reads.values():
        part.clear()
    options = ['train_cfg.max_iters=3', 'train_cfg.val_interval=9']
    main(['train', *command_line, '--resume', '--cfg-options', *options])
    assert reads == dict(lists=lists, masks=masks, checkpoints={'iter_2.pth': 1})
    assert (tmp_path / 'work/iter_3.pth').is_file()

    for part in reads.values():
        part.clear()
    main(['train', *command_line, '--work-dir', str(tmp_path / 'other'), '--check-data', 'off', '--cfg-options',
          f"load_from={tmp_path / 'work/iter_3.pth'}", *options])
    masks = dict.fromkeys(labeled, 1)  # without the look at the data those of the labeled images alone
    assert reads == dict(lists=lists, masks=masks, checkpoints={'iter_3.pth': 1})

    reads['checkpoints'].clear()
    main(['test', *command_line, str(tmp_path / 'work/iter_3.pth')])
    assert reads['checkpoints'] == {'iter_3.pth': 1}
