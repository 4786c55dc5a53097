# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""What can be seen to be wrong in a config before any data is read."""
from mmengine.config import Config


def check_config(cfg: Config) -> None:
    """Refuse a training dataloader whose batches would not hold what its sampler gives.

    Args:
        cfg: a complete config; one that trains without a ``LabeledUnlabeledSampler`` passes.

    Raises:
        ValueError: a batch size that is not labeled + unlabeled, or a count below 1; the message names the keys.
    """
    loader = cfg.get('train_dataloader') or {}
    sampler = loader.get('sampler') or {}
    if sampler.get('type') != 'LabeledUnlabeledSampler':
        return
    counts = {name: sampler.get(name) for name in ('labeled', 'unlabeled')}
    for name, count in counts.items():
        if not isinstance(count, int) or count < 1:
            raise ValueError(f'train_dataloader.sampler.{name}={count!r}: a batch needs at least 1 {name} image')
    if loader.get('batch_size') != sum(counts.values()):
        raise ValueError(
            f"train_dataloader.batch_size={loader.get('batch_size')}, but its sampler gives {counts['labeled']} "
            f"labeled and {counts['unlabeled']} unlabeled images a batch; set batch_size={sum(counts.values())}, or "
            'train_dataloader.sampler.labeled and .unlabeled')
