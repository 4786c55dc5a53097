# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""What a hook can know of the images in a batch, without looking at them."""
from typing import Any


def batch_metainfo(data_batch: Any) -> list[dict]:
    """The metainfo of each sample of a batch as the dataloader gives it; empty for a batch of another form."""
    samples = data_batch.get('data_samples') if isinstance(data_batch, dict) else None
    return [sample.metainfo for sample in samples or [] if hasattr(sample, 'metainfo')]


def batch_images(data_batch: Any) -> list[str]:
    """The image files of a batch."""
    return [meta['img_path'] for meta in batch_metainfo(data_batch) if 'img_path' in meta]
