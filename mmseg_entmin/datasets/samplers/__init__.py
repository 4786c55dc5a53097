# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
from .labeled_sampler import LabeledSampler
from .labeled_unlabeled_sampler import LabeledUnlabeledSampler

__all__ = ['LabeledSampler', 'LabeledUnlabeledSampler']
