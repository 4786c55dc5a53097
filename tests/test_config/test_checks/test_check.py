# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""A batch that would not hold what the sampler gives is refused before any data is read."""
import pytest
from mmengine.config import Config

from mmseg_entmin.config.checks import check_config


def config(batch_size=8, labeled=4, unlabeled=4) -> Config:
    sampler = dict(type='LabeledUnlabeledSampler', labeled=labeled, unlabeled=unlabeled)
    return Config(dict(train_dataloader=dict(batch_size=batch_size, sampler=sampler)))


def test_a_config_that_fits_and_a_supervised_one_pass():
    check_config(config())
    check_config(Config(dict(train_dataloader=dict(batch_size=3, sampler=dict(type='InfiniteSampler')))))
    check_config(Config(dict(model=dict(type='EncoderDecoder'))))


@pytest.mark.parametrize('options, message', [
    (dict(batch_size=6), 'batch_size=6, but its sampler gives 4 labeled and 4 unlabeled .* set batch_size=8'),
    (dict(labeled=0), 'sampler.labeled=0: a batch needs at least 1 labeled'),
    (dict(unlabeled=None), 'sampler.unlabeled=None'),
])
def test_a_config_that_does_not_fit_names_the_key(options, message):
    with pytest.raises(ValueError, match=f'train_dataloader.{message}'):
        check_config(config(**options))
    check_config(config(**options), training=False)  # a test makes no such batches
