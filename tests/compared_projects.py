# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""A project, a plan of it, and a way to fork runs: fixtures for the tests of comparisons."""
import multiprocessing
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mmseg_entmin.compare.plan import make_plan
from mmseg_entmin.compare.project import read_project
from tests.conftest import TINY_CONFIG


def make_folder(folder: Path) -> Path:
    """Twelve masks of 16 x 16 pixels and six unlabeled images, with the config of the tests."""
    rng = np.random.default_rng(0)
    for part in ('masks', 'images', 'splits'):
        (folder / part).mkdir(parents=True)
    names = [f'{k:02d}' for k in range(18)]
    for name in names:
        labels = np.zeros((16, 16), np.uint8)
        labels[4:12, 4:12] = 1 + int(name) % 2
        image = 60 * labels[..., None] + rng.integers(0, 60, (16, 16, 3))
        Image.fromarray(image.astype(np.uint8)).save(folder / 'images' / f'{name}.png')
        if int(name) < 12:
            Image.fromarray(labels).save(folder / 'masks' / f'{name}.png')
    for part, stems in dict(labeled=names[:9], val=names[9:12], unlabeled=names[12:]).items():
        (folder / 'splits' / f'{part}.txt').write_text(''.join(f'{stem}\n' for stem in stems))
    text = TINY_CONFIG.replace("'data/absent'", repr(str(folder))).replace("'annotations'", "'masks'")
    text = text.replace('splits/train', 'splits/labeled').replace('splits/test', 'splits/val')
    text = text.replace("type='IoUMetric'", "type='ClassIoUMetric'").replace('size=(32, 32)', 'size=(16, 16)')
    (folder / 'cells_supervised.py').write_text(text)
    (folder / 'cells_semi.py').write_text(
        "_base_ = './cells_supervised.py'\nfrom mmseg_entmin.config import semi_supervised\n"
        'model, train_dataloader, optim_wrapper, custom_imports = semi_supervised(\n'
        "    _base_, unlabeled='splits/unlabeled.txt')\n")
    return folder


@pytest.fixture
def project_folder(tmp_path):
    return make_folder(tmp_path / 'cells')


@pytest.fixture
def project(project_folder):
    return read_project(project_folder)


@pytest.fixture
def plan(project):
    return make_plan(project, ['double', 'supervised', 'control', 'entmin', 'entmin_plus'], 3, 2, 4)


@pytest.fixture
def forked(monkeypatch):
    """Runs are forked from the process of the tests, which has imported all they need."""
    monkeypatch.setattr('mmseg_entmin.compare.run.start_server', lambda train: multiprocessing.get_context('fork'))
