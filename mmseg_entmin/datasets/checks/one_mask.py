# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Checks of one mask."""
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import numpy as np
from mmcv.transforms import LoadAnnotations
from PIL import Image

from ..conversion import WHITE, any_size, decoding
from .file_names import check_mask_file, check_pipeline
from .problem import ERROR, WARNING, Problem, refuse
from .sample import Sample
from .source import LABELED, Source, mask_loader


def check_mask_readable(sample: Sample) -> Iterator[Problem]:
    """A mask that the pipeline cannot load, or that ends too early."""
    if sample.mask is None or sample.mask_facts.broken:
        yield Problem('unreadable', ERROR, sample.mask_path, f"this mask cannot be read: {sample.why('mask')}",
                      'replace the file')


def check_stored(sample: Sample) -> Iterator[Problem]:
    """Values that the loader inverts or scales, so that labels differ from the ones in the file."""
    yield from check_decoding(sample.mask_path, sample.mask_loader, sample.mask_facts.inverted, sample.mask_facts.top)


def check_decoding(path: str, loader: LoadAnnotations, inverted: bool, top: int) -> Iterator[Problem]:
    """The same from what `decoding` returns; only tifffile reads such files as they are stored."""
    if (inverted or top != WHITE) and loader.imdecode_backend != 'tifffile':
        reason = 'PhotometricInterpretation 0 (WhiteIsZero): the loader inverts the stored values' if inverted else \
            f'the loader scales the stored values 0 to {top} to 0 to 255'
        yield Problem('inverted' if inverted else 'scaled', ERROR, path, reason, 'entmin new-project reads the stored '
                      'values: convert the mask, or save it as 8-bit PNG')


def refuse_changed_masks(dataset: Any) -> None:
    """Raises ValueError for a mask of a plain dataset whose values its loader would change; only headers are read."""
    loader = mask_loader(dataset)
    for index in range(len(dataset)) if loader is not None else ():
        path, found = dataset.get_data_info(index).get('seg_map_path', ''), (False, WHITE)
        with suppress(OSError, ValueError), any_size(), Image.open(path) as image:  # the loader names the others
            found = decoding(image)
        refuse(check_decoding(path, loader, *found))


def check_one_frame(sample: Sample) -> Iterator[Problem]:
    """Several frames in one file."""
    if sample.mask is not None and sample.mask_facts.frames > 1:
        yield Problem('frames', ERROR, sample.mask_path,
                      f'this mask holds {sample.mask_facts.frames} frames, the loader reads the first',
                      'save them as files of their own, each with its image')


def check_one_channel(sample: Sample) -> Iterator[Problem]:
    """A colored mask where class indices are expected."""
    if sample.mask is None or sample.mask.ndim == 2:
        return
    reason = f'a mask of shape {sample.mask.shape}; it must have one channel of class indices'
    if sample.mask_facts.mode == 'P':
        yield Problem('palette', ERROR, sample.mask_path, f'{reason}: this paletted file is read as colors',
                      "set imdecode_backend='pillow' of LoadAnnotations")
    else:
        yield Problem('colored mask', ERROR, sample.mask_path, reason,
                      'write one that holds the index of a class for each of its colors')


def check_size(sample: Sample) -> Iterator[Problem]:
    """A mask whose size differs from its image."""
    if sample.image is None or sample.mask is None or sample.mask.ndim < 2:  # a loader takes axes of length 1 away
        return
    (height, width), (mask_height, mask_width) = sample.image.shape[:2], sample.mask.shape[:2]
    if (height, width) != (mask_height, mask_width):
        yield Problem('size', ERROR, sample.mask_path, f'is {mask_width} x {mask_height} pixels, but its image '
                      f'{sample.image_path} is {width} x {height}', 'give the mask of this image')


def check_values(sample: Sample) -> Iterator[Problem]:
    """Values that are neither a class nor `ignore_index`."""
    num_classes = len(sample.source.classes)
    checked = num_classes and sample.mask is not None and sample.mask.ndim == 2
    wrong = sample.values[sample.values >= num_classes].tolist() if checked else []
    if not wrong:
        return
    known = f'0 to {num_classes - 1}, and {sample.source.dataset.ignore_index} for ignored pixels'
    shown = f"{wrong[:8]}{' and more' if len(wrong) > 8 else ''}"
    yield Problem('label value', ERROR, sample.mask_path,
                  f"label value(s) {shown}, but there are {num_classes} classes, {known}"
                  + ('; its palette indices are no classes' if sample.mask_facts.mode == 'P' else ''),
                  'convert the mask' if len(sample.values) > 2 or num_classes != 2 or wrong != [255] else
                  'convert the mask: 0 and 1 instead of 0 and 255')


def check_wide_values(sample: Sample) -> Iterator[Problem]:
    """Values that change when the loader makes them 8-bit integers: 256 becomes 0, so do 0.996 and NaN."""
    facts = sample.mask_facts
    if facts.values is None or facts.bits <= 8:
        return
    low, high = facts.values.min(), facts.values.max()
    cut = facts.values[facts.values != np.rint(facts.values)]  # NaN differs from itself
    if len(cut):
        yield Problem('no whole number', ERROR, sample.mask_path,
                      f'value {cut[0]:g}, which the loader cuts to a whole number, so that 0.996 and nan become 0',
                      'round the values, and save the mask with 8 bits')
    elif low < 0 or high > 255:
        yield Problem('16 bits', ERROR, sample.mask_path, f'values {low} to {high}, of which the loader keeps 8 bits, '
                      'so that 256 becomes 0', 'convert the mask to 8 bits')


def check_palette(sample: Sample) -> Iterator[Problem]:
    """Indices that the mask's palette shows in the colors of other classes: some editors sort palettes."""
    facts = sample.mask_facts
    ours = [tuple(color) for color in sample.source.dataset.metainfo.get('palette') or ()]
    if facts.palette is None or sample.mask is None or sample.mask.ndim != 2 or not ours:
        return
    if sample.info.get('label_map') or sample.info.get('reduce_zero_label') or len(set(ours)) < len(ours):
        return
    used = [index for index in np.unique(facts.values).tolist() if index < min(len(ours), len(facts.palette))]
    colors = {index: color for index in used if (color := tuple(facts.palette[index].tolist())) in ours}
    if len(colors) < 2 or len(colors) < len(used) - 1:  # one color may be that of ignored pixels
        return
    moved = [index for index in colors if ours.index(colors[index]) != index]
    if moved:
        meant = ours.index(colors[moved[0]])
        yield Problem('palette', WARNING, sample.mask_path,
                      f'index {moved[0]}, {sample.source.classes[moved[0]]}, has the color of '
                      f'{sample.source.classes[meant]} ({len(moved)} of its {len(used)} colors are of other classes)',
                      'if the colors are right, save the mask with the indices of the classes')


def check_ignored(sample: Sample) -> Iterator[Problem]:
    """A mask without any labeled pixel."""
    if sample.mask is not None and sample.mask.ndim == 2 and not len(sample.values):
        yield Problem('all ignored', WARNING, sample.mask_path, 'every pixel has the ignored value '
                      f'{sample.source.dataset.ignore_index}', 'label it, or leave the image out')


# Errors without which labels mean something; wide values first, since their remainders may be no classes.
LABEL_CHECKS = (check_mask_readable, check_stored, check_one_frame, check_one_channel, check_wide_values, check_values)
MASK_CHECKS = (*LABEL_CHECKS, check_size, check_palette, check_ignored)


def label_values(source: Source, index: int) -> np.ndarray:
    """The sorted classes in the mask of one image, after `label_map` and `reduce_zero_label`, without `ignore_index`.

    Raises FileNotFoundError without the mask file, and ValueError for a mask that fails one of `LABEL_CHECKS`.
    """
    refuse(check_mask_file(source, source.info(index)))
    sample = Sample(source, index)
    for check in LABEL_CHECKS:
        refuse(check(sample))
    return sample.values


def labeled_source(dataset) -> Source:
    """The source of a plain dataset; raises ValueError if its pipeline loads no masks."""
    source = Source('dataset', LABELED, dataset)
    refuse(check_pipeline(source))
    return source
