# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Runs a training or a test, and builds the training data before."""
import re
import time
from contextlib import suppress

from mmengine.runner import Runner
from PIL import Image

from mmseg_entmin.datasets.checks import Surveyed
from mmseg_entmin.datasets.guards import guard
from mmseg_entmin.datasets.semi_dataset import leaves
from mmseg_entmin.errors import Refusal
from mmseg_entmin.walk import dicts, type_name

from .build import explained
from .checkpoints.safe_load import weights_only
from .resume.random_state import seeded

MOST_SIZES = 50
# Messages of gloo and NCCL when another process has died, and how long this process waits before it ends.
PEER_LOST, PEER_SECONDS = re.compile('by peer|remote process exited'), 3.


class UnequalSizes(Refusal, ValueError):
    """A batch of images of different sizes."""


def build_training_data(runner: Runner, surveyed: Surveyed | None = None) -> None:
    """Builds the data of training and validation before ``runner.train()``; a SemiDataset does not check again what was
    surveyed. OSError or ValueError, with the file or the value, if the data is refused."""
    for node in dicts(runner._train_dataloader):  # a copy: the runner's config does not change
        if type_name(node) == 'SemiDataset':
            node['surveyed'] = surveyed
    with explained(runner.cfg):
        getattr(runner, 'train_loop')  # builds it
    for dataset in leaves(runner.train_dataloader.dataset):
        guard(dataset)
    refuse_sizes(runner, 'val')


def refuse_sizes(runner: Runner, split: str) -> None:
    """Raises a Refusal if images of different sizes would be in one batch of a validation or a test, which mmseg does
    not stack. One image of each size of files is read, 50 sizes at most."""
    with explained(runner.cfg):
        loop = getattr(runner, f'{split}_loop')
    count = getattr(getattr(loop, 'dataloader', None), 'batch_size', None) or 1
    first: dict[tuple, str] = {}  # a file for each size of files
    dataset, shapes = loop and loop.dataloader.dataset, {}
    for index in range(len(dataset) if count > 1 and hasattr(dataset, 'get_data_info') else 0):
        path = dataset.get_data_info(index)['img_path']
        with suppress(OSError), Image.open(path) as image:  # other formats are read by mmcv alone
            if first.setdefault(image.size, path) != path or len(first) > MOST_SIZES:
                continue
            with seeded([0]):
                inputs = dataset[index]['inputs']
            shapes.setdefault(tuple(getattr(inputs, 'shape', ())[1:]), path)
        if len(shapes) > 1:
            (one, one_path), (other, other_path) = shapes.items()
            raise UnequalSizes(
                f'{split}_dataloader.batch_size={count}: mmseg stacks images of one size, but the pipeline gives {one} '
                f"for '{one_path}' and {other} for '{other_path}'; set {split}_dataloader.batch_size=1")


def train(runner: Runner) -> None:
    """Trains to the end; Refusal for a labeled file that cannot be read, a loss that is not finite, a checkpoint that
    cannot be written, that holds more than weights, or that is of another optimizer."""
    try:
        with weights_only():
            runner.train()
    except RuntimeError as error:
        if PEER_LOST.search(str(error)):
            time.sleep(PEER_SECONDS)  # the launcher reports the process that ends first, which has to be the lost one
        raise


def test(runner: Runner) -> None:
    """Tests; Refusal for a checkpoint that holds more than weights, and for batches of images of different sizes."""
    refuse_sizes(runner, 'test')
    with weights_only():
        runner.test()
