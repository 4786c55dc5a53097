# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The peak of the memory is that of the process, or of the GPU, in MiB."""
import re
from pathlib import Path

import pytest
import torch

from mmseg_entmin.engine.hooks import memory


def test_process(monkeypatch):
    status = Path('/proc/self/status')
    if not status.exists():
        pytest.skip('no /proc to compare with')
    monkeypatch.setattr(memory, 'uses_gpu', lambda: False)
    peak = int(re.search(r'VmHWM:\s+(\d+) kB', status.read_text()).group(1)) / 1024
    assert memory.peak_memory_mib() == pytest.approx(peak, rel=0.05)


def test_gpu(monkeypatch):
    monkeypatch.setattr(memory, 'uses_gpu', lambda: True)
    monkeypatch.setattr(torch.cuda, 'max_memory_allocated', lambda: 3 << 20)
    assert memory.peak_memory_mib() == 3
