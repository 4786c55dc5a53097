# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Runs a training or a test, and builds the training data before."""
import re
import time
from contextlib import suppress

from mmengine.runner import Runner
from PIL import Image

from mmseg_entmin.config.checks.together import pair
from mmseg_entmin.datasets.checks import Surveyed
from mmseg_entmin.datasets.checks.look_through import evenly
from mmseg_entmin.datasets.guards import guard
from mmseg_entmin.datasets.semi_dataset import leaves
from mmseg_entmin.errors import Refusal
from mmseg_entmin.walk import dict_at, dicts, type_name

from .checkpoints.safe_load import weights_only
from .explained import explained
from .misfit import misfit
from .resume.random_state import seeded

MOST_HEADERS, MOST_SIZES = 2000, 50
# Messages of gloo and NCCL when another process has died, and how long this process waits before it ends.
PEER_LOST, PEER_SECONDS = re.compile('by peer|remote process exited'), 3.


class UnequalSizes(Refusal, ValueError):
    """A batch of images of different sizes."""


def build_training_data(runner: Runner, surveyed: Surveyed | None = None) -> None:
    """Builds the data of training and validation, without a second check of what was surveyed; refuses bad data."""
    for node in dicts(runner._train_dataloader):  # a copy: the runner's config does not change
        if type_name(node) == 'SemiDataset':
            node['surveyed'] = surveyed
    with explained(runner.cfg):
        getattr(runner, 'train_loop')  # builds it
    for dataset in leaves(runner.train_dataloader.dataset):
        guard(dataset)
    for split in ('train', 'val'):
        refuse_sizes(runner, split)


def refuse_sizes(runner: Runner, split: str) -> None:
    """Raises a Refusal if mmseg could not stack a batch: images differ in size after the pipeline and, in a training,
    after padding to the size of the data preprocessor. The headers of 2,000 files of each dataset, evenly spread, are
    read, and one image for each of 50 sizes; others are found when they come."""
    with explained(runner.cfg):
        loader = getattr(getattr(runner, f'{split}_loop'), 'dataloader', None)
    size = pair(dict_at(runner.cfg, 'model.data_preprocessor').get('size')) if split == 'train' else (0, 0)
    crops = split == 'train' and 'RandomCrop' in map(type_name, dicts(runner.cfg.train_dataloader))
    if (getattr(loader, 'batch_size', None) or 1) < 2 or size is None or crops:
        return
    first, shapes = {}, {}  # an image for each size of files, and for each size of inputs
    for dataset in leaves(loader.dataset) if split == 'train' else [loader.dataset]:
        for index in evenly(len(dataset) if hasattr(dataset, 'get_data_info') else 0)[:MOST_HEADERS].tolist():
            path = dataset.get_data_info(index)['img_path']
            with suppress(OSError), Image.open(path) as image:  # other formats are read by mmcv alone
                first.setdefault(image.size, (dataset, index, path))
    for dataset, index, path in list(first.values())[:MOST_SIZES] if len(first) > 1 else ():
        with seeded([0]):
            shape = getattr(dataset[index]['inputs'], 'shape', (0, 0, 0))  # test-time augmentation gives a list
        shapes.setdefault(tuple(map(max, shape[1:], size)), path)
        if len(shapes) > 1:
            (one, one_path), (other, other_path) = shapes.items()
            remedy = 'crop images to one size, or set model.data_preprocessor.size_divisor in place of size' if (
                split == 'train') else f'set {split}_dataloader.batch_size=1'
            raise UnequalSizes(
                f'{split}_dataloader.batch_size={loader.batch_size}: mmseg stacks images of one size, but the pipeline '
                f"gives {one} for '{one_path}' and {other} for '{other_path}'; {remedy}")


def train(runner: Runner) -> None:
    """Trains to the end; Refusal for a labeled file that cannot be read, a loss that is not finite, a checkpoint that
    cannot be written, that holds more than weights, or that is of another optimizer, and for a part of the network that
    does not fit its input."""
    try:
        with weights_only():
            runner.train()
    except (RuntimeError, ValueError, IndexError, AssertionError) as error:
        if PEER_LOST.search(str(error)):
            time.sleep(PEER_SECONDS)  # the launcher reports the process that ends first, which has to be the lost one
        named = None if isinstance(error, Refusal) else misfit(runner.model, error, runner.iter + 1)
        if named is None:
            raise
        raise named from error


def test(runner: Runner) -> None:
    """Tests; Refusal for a checkpoint that holds more than weights, and for batches of images of different sizes."""
    refuse_sizes(runner, 'test')
    with weights_only():
        runner.test()
