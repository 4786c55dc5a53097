# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Running what was built: the training data, a training, a test."""
import re
import time

from mmengine.runner import Runner

from mmseg_entmin.datasets.checks import Surveyed
from mmseg_entmin.datasets.guards import guard
from mmseg_entmin.datasets.semi_dataset import leaves
from mmseg_entmin.walk import dicts, type_name

from .build import explained
from .checkpoints.safe_load import weights_only

# What gloo and NCCL say where another process has died, and how long one that lives waits with its own end.
PEER_LOST, PEER_SECONDS = re.compile('by peer|remote process exited'), 3.


def build_training_data(runner: Runner, surveyed: Surveyed | None = None) -> None:
    """Builds the training data before the run starts; ``runner.train()`` then takes it as it is.

    Args:
        runner: of a training.
        surveyed: what is known of the data already; a SemiDataset does not look at it again.

    Raises:
        OSError, ValueError: the data is refused; the message names the file or the value.
    """
    for node in dicts(runner._train_dataloader):  # the runner's copy: the config that it keeps stays as it is
        if type_name(node) == 'SemiDataset':
            node['surveyed'] = surveyed
    with explained(runner.cfg):
        getattr(runner, 'train_loop')  # builds it
    for dataset in leaves(runner.train_dataloader.dataset):
        guard(dataset)


def train(runner: Runner) -> None:
    """Trains to the end.

    Raises:
        Refusal: a labeled file cannot be read, a loss is not finite, a checkpoint cannot be written, or one holds more
            than weights or is of another optimizer.
    """
    try:
        with weights_only():
            runner.train()
    except RuntimeError as error:
        if PEER_LOST.search(str(error)):
            time.sleep(PEER_SECONDS)  # the launcher reports the process that ends first: the one that was lost
        raise


def test(runner: Runner) -> None:
    """Tests; raises a Refusal if the checkpoint holds more than weights."""
    with weights_only():
        runner.test()
