# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Training data that is refused is an error that names it."""
import pytest
from mmengine.config import Config

from mmseg_entmin.engine.run import build_training_data


def test_data_that_is_refused_names_the_file():

    class Runner:
        cfg = Config()
        _train_dataloader = None

        @property
        def train_loop(self):
            raise FileNotFoundError('splits/1-8_labeled.txt: no such list')

    with pytest.raises(FileNotFoundError, match='^splits/1-8_labeled.txt: no such list'):
        build_training_data(Runner())
