# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The unlabeled dataset, derived from the labeled one: the same type and pipeline, without masks."""
from collections.abc import Sequence
from typing import Any

from mmcv.transforms import LoadAnnotations
from mmengine.registry import DefaultScope
from mmseg.registry import TRANSFORMS

from mmseg_entmin.datasets.checks.source import without_masks
from mmseg_entmin.walk import dicts, type_name

WRAPPERS = ('RepeatDataset', 'ConcatDataset', 'ClassBalancedDataset')
FROM_MASKS = ('GenerateEdge', 'LoadBiomedicalAnnotation')  # need or read masks, but are no LoadAnnotations
LEAVE_EMPTY = ('RandomRotate', 'Pad', 'Albu', 'LoadTiff')  # and steps with a seg_pad_val
TAKEN_OVER = ('type', 'data_root', 'data_prefix', 'img_suffix', 'pipeline')
NEED_MASKS = ('RandomMosaic', 'BioMedical3DRandomCrop', 'BioMedical3DRandomFlip')


def unlabeled_dataset(labeled: dict, differs: str | dict | list) -> dict:
    """Config of the unlabeled dataset, derived from that of the labeled one, wrapped or not.

    A list in ``differs`` has an entry for each of several sources, such as folders, which are joined.

    ``differs`` has the keys that replace those of the labeled dataset (``data_prefix`` key by key), or is a string, the
    list (``.txt``) or folder of the images, relative to ``data_root``. Without a list of its own, the dataset has all
    images of the folder. ValueError if the labeled dataset joins several that differ, or its pipeline needs masks.
    """
    if isinstance(differs, (list, tuple)):
        if not differs:
            raise ValueError('unlabeled=[]: give a list of images, a folder or a dict for each source')
        return dict(type='ConcatDataset', datasets=[unlabeled_dataset(labeled, each) for each in differs])
    if isinstance(differs, str):
        differs = dict(ann_file=differs) if differs.endswith('.txt') else dict(data_prefix=dict(img_path=differs))
    differs = dict(differs)
    own_pipeline = differs.get('pipeline')
    if own_pipeline is not None and 'type' in differs:
        return differs  # complete
    parts = [replaced(without_masks(part), differs) for part in plain_datasets(labeled)]
    dataset = parts[0]
    various = [key for key in TAKEN_OVER if any(part.get(key) != dataset.get(key) for part in parts)]
    if various:
        raise ValueError(f"the labeled dataset joins {len(parts)} that differ in {', '.join(various)}; say which the "
                         f"unlabeled one has: unlabeled=dict({', '.join(f'{key}=...' for key in various)}, ...)")
    if own_pipeline is None:
        dataset['pipeline'] = derived_pipeline(dataset.get('pipeline', []))
    return dataset


def replaced(dataset: dict, differs: dict) -> dict:
    """The config of a dataset with other keys, ``data_prefix`` key by key, and without its list."""
    # indices: the first images of the list
    rest = {key: '' if key == 'ann_file' else value for key, value in dataset.items() if key != 'indices'}
    prefix = {**rest.get('data_prefix', {}), **differs.get('data_prefix', {})}
    return {**rest, **differs, 'data_prefix': prefix}


def plain_datasets(dataset: dict) -> list[dict]:
    """The datasets inside wrappers that repeat or join them."""
    inner = dataset.get('datasets') or [part for part in [dataset.get('dataset')] if part]
    if not inner:
        return [dataset]
    if type_name(dataset) not in WRAPPERS:
        raise ValueError(f'the labeled dataset is wrapped in a {type_name(dataset)}, whose images no mask-free '
                         'pipeline is known for; give the unlabeled one in full: '
                         'unlabeled=dict(type=..., pipeline=[...], ...)')
    return [part for wrapped in inner for part in plain_datasets(wrapped)]


def derived_pipeline(labeled: Sequence[dict]) -> Sequence[dict]:
    """The pipeline of labeled images, for images without masks. If a step leaves pixels empty, like the corners of a
    rotated image, `TrackEmptyPixels` tracks them in place of a mask."""
    loads = [place for place, step in enumerate(labeled) if needs_annotations(step)]
    empty = any(type_name(step) in LEAVE_EMPTY or 'seg_pad_val' in step for step in dicts(labeled))
    if not loads or type_name(labeled[-1]) != 'PackSegInputs' or not empty:
        return without_annotations(labeled)
    before, after = labeled[:loads[0]], labeled[loads[0]:-1]
    return [*without_annotations(before), dict(type='TrackEmptyPixels'), *without_annotations(after),
            {**labeled[-1], 'type': 'PackUnlabeledInputs'}]


def without_annotations(pipeline: Any) -> Any:
    """A pipeline, or a part of one, without steps that load or need masks; random crops take any place."""
    if isinstance(pipeline, (list, tuple)):
        steps = (without_annotations(step) for step in pipeline if not needs_annotations(step))
        return type(pipeline)(steps)
    if not isinstance(pipeline, dict):
        return pipeline
    if type_name(pipeline) in NEED_MASKS:
        raise ValueError(f'{type_name(pipeline)} of the labeled pipeline needs masks; give the unlabeled images a '
                         'pipeline of their own: unlabeled=dict(pipeline=[...], ...)')
    step = {key: without_annotations(value) for key, value in pipeline.items()}
    if 'cat_max_ratio' in step:
        step['cat_max_ratio'] = 1.
    return step


def needs_annotations(step: Any) -> bool:
    """Whether the config of a transform is of ``LoadAnnotations``, a subclass, or a step that needs masks."""
    if not isinstance(step, dict):
        return False
    if type_name(step) in FROM_MASKS:
        return True
    kind = step.get('type')
    if isinstance(kind, str):
        with DefaultScope.overwrite_default_scope('mmseg'):
            kind = TRANSFORMS.get(kind)
    return isinstance(kind, type) and issubclass(kind, LoadAnnotations)
