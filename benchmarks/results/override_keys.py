# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Keys and parts of configs that the tables of variants share."""

Overrides = dict[str, object]

DATASET = 'train_dataloader.dataset'
LABELED, UNLABELED = f'{DATASET}.labeled.pipeline', f'{DATASET}.unlabeled.pipeline'
LOSSES = 'model.unsupervised_losses'
IMAGE, MAP, PACK = (dict(type=name) for name in ('LoadImageFromFile', 'LoadAnnotations', 'PackSegInputs'))

# The test uses batch-norm statistics of labeled and unlabeled images.
BOTH = {'model.running_statistics': 'both'}
# The classification head and the forward on unlabeled images stay, without any unsupervised loss.
CONTROL = {LOSSES: []}
