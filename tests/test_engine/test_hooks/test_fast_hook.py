# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The fastest mode is found once, stored, and taken again by a resume, which is exact in every mode."""
from functools import partial

import pytest
import torch
from mmengine.config import Config

from mmseg_entmin.engine.fast import Mode
from mmseg_entmin.engine.hooks import fast_hook
from tests.stress.faults_points import at_event
from tests.stress.faults_training import differences, log_of, train, write_config

EVERY = Mode(bfloat16=True, channels_last=True)


@pytest.mark.parametrize('mode', [EVERY, Mode(bfloat16=True), Mode(channels_last=True)], ids=str)
def test_a_resume_is_exact_in_each_mode(case, tmp_path, mode):
    data = case.folder.parent / 'data'
    config = write_config(tmp_path / 'fast.py', data, 'entmin_plus', fast=mode._asdict())
    whole, killed = tmp_path / 'whole', tmp_path / 'killed'
    assert train(config, whole) == 0, log_of(whole)
    assert train(config, killed, before=partial(at_event, 'before_train_iter', 6)) == -9
    plain = write_config(tmp_path / 'plain.py', data, 'entmin_plus')  # the checkpoint's mode holds without the option
    assert train(plain, killed, '--resume') == 0, log_of(killed)
    assert f'fast: {mode}' in log_of(killed)
    assert differences(killed, whole) == []
    if mode.bfloat16:
        assert 'state_dict' in {name.split('.')[0] for name in differences(whole, case.reference)}


def test_what_is_timed_is_logged_and_stored(case, tmp_path, monkeypatch):
    work_dir = tmp_path / 'timed'

    def chosen():
        monkeypatch.setattr(fast_hook, 'time_modes', lambda *_: {Mode(): 0.5, EVERY: 0.2})

    assert train(case.config, work_dir, '--fast', before=chosen) == 0, log_of(work_dir)
    assert f'fast: {EVERY}: 0.2 s a step, 0.5 s without (2 ways timed in ' in log_of(work_dir)
    last = torch.load(max(work_dir.glob('iter_*.pth')), weights_only=True)
    assert last['fast'] == EVERY._asdict()


def test_a_real_timing(case, tmp_path):
    work_dir = tmp_path / 'real'
    assert train(case.config, work_dir, '--fast', '--cfg-options', 'train_cfg.max_iters=2') == 0, log_of(work_dir)
    assert log_of(work_dir).count('fast: ') == 1 and ' ways timed in ' in log_of(work_dir)


def test_compiled_steps_are_refused():
    with pytest.raises(ValueError, match='^fast=True and compile=True: .*leave one out'):
        fast_hook.add_fast_hook(Config(dict(fast=True, compile=True)))
