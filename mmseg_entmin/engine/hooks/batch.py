# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The images of a batch, by their metainfo."""
from typing import Any


def batch_metainfo(data_batch: Any) -> list[dict]:
    """The metainfo of each sample of a dataloader's batch; empty for a batch of another form."""
    samples = data_batch.get('data_samples') if isinstance(data_batch, dict) else None
    return [sample.metainfo for sample in samples or [] if hasattr(sample, 'metainfo')]


def batch_images(data_batch: Any) -> list[str]:
    """The image files of a batch."""
    return [meta['img_path'] for meta in batch_metainfo(data_batch) if 'img_path' in meta]
