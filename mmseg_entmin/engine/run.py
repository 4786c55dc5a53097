# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Runs a training or a test, and builds the training data before."""
import re
import time

from mmengine.runner import Runner

from mmseg_entmin.datasets.checks import Surveyed
from mmseg_entmin.datasets.guards import guard
from mmseg_entmin.datasets.semi_dataset import leaves
from mmseg_entmin.walk import dicts, type_name

from .build import explained
from .checkpoints.safe_load import weights_only

# Messages of gloo and NCCL when another process has died, and how long this process waits before it ends.
PEER_LOST, PEER_SECONDS = re.compile('by peer|remote process exited'), 3.


def build_training_data(runner: Runner, surveyed: Surveyed | None = None) -> None:
    """Builds the training data before ``runner.train()``; a SemiDataset does not check again what was surveyed.

    OSError or ValueError, with the file or the value, if the data is refused.
    """
    for node in dicts(runner._train_dataloader):  # a copy: the runner's config does not change
        if type_name(node) == 'SemiDataset':
            node['surveyed'] = surveyed
    with explained(runner.cfg):
        getattr(runner, 'train_loop')  # builds it
    for dataset in leaves(runner.train_dataloader.dataset):
        guard(dataset)


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
    """Tests; raises a Refusal if the checkpoint holds more than weights."""
    with weights_only():
        runner.test()
