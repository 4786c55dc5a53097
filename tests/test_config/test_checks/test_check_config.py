# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""A config is refused before any data is read."""
import pytest
from mmengine.config import Config

from mmseg_entmin.config.checks import check_config
from mmseg_entmin.config.checks.check_config import check_seed


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
    if options.get('unlabeled', 1):
        check_config(config(**options), training=False)  # a test makes no such batches


@pytest.mark.parametrize('seed, wrong', [(0, 0), (None, 0), (2**32 - 1, 0), (-1, 1), (2**32, 1), (1.5, 1),
                                         (True, 1)])
def test_a_seed_is_one_of_numpy(seed, wrong):
    lines = list(check_seed(Config(dict(randomness=dict(seed=seed)))))
    assert lines == [f'randomness.seed={seed}: give a whole number in 0..4294967295, there or with --seed'] * wrong
