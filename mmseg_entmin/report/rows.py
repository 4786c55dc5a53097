# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Test images with the predictions of each run, as pictures inside the page."""
import base64
import io
from collections import Counter, namedtuple
from collections.abc import Iterable, Sequence
from pathlib import PurePath

import numpy as np
from PIL import Image

from mmseg_entmin.apis import pictures
from mmseg_entmin.visualization.cases import images_by_gain
from mmseg_entmin.visualization.outcomes import BROKEN, FIXED, IGNORE_INDEX, OUTCOMES, outcome_map, share
from mmseg_entmin.visualization.panels import paint

from .evaluate import Evaluation
from .group import Group

WIDTH = 400  # largest width of a picture in pixels; a click shows it as large as the window
Picture = namedtuple('Picture', 'title alt caption uri')  # alt: the description for screen readers
Block = namedtuple('Block', 'title pictures place', defaults=[None])  # place: number of the run in the page
Row = namedtuple('Row', 'title blocks')  # of one test image


def common_images(evaluations: Sequence[Evaluation]) -> dict[str, float]:
    """The gain of the last run over the first (or the only run's value) on each common image, in mIoU of the image.

    Images whose pixels are all ignored are left out.
    """
    first, last = evaluations[0], evaluations[-1]
    names = [name for name in first.miou if all(name in other.miou for other in evaluations)]
    values = {name: last.miou[name] - (first.miou[name] if last is not first else 0.) for name in names}
    return {name: value for name, value in values.items() if not np.isnan(value)}


def make_rows(tested: Sequence[tuple[Group, Evaluation]]) -> list[Row]:
    """The images at the quantiles of ``common_images``, each once, with the predictions of the groups' first runs."""
    rows: list[Row] = []
    places: dict[str, list[str]] = {}
    values = common_images([evaluation for _, evaluation in tested])
    short = short_names(values)
    for place, image in images_by_gain(values).items():
        places.setdefault(image, []).append(place)
    for image, several in places.items():
        what = f'gain {values[image]:+.1f}' if len(tested) > 1 else f'mIoU {values[image]:.1f}'
        rows.append(Row(f"{', '.join(several)}: {short[image]}, {what}", make_row(tested, image, short[image])))
    return rows


def short_names(names: Iterable[str]) -> dict[str, str]:
    """The names without folders and without suffix, where no other name is the same then."""
    short = {name: PurePath(name).stem for name in names}
    times = Counter(short.values())
    return {name: stem if times[stem] == 1 else name for name, stem in short.items()}


def make_row(tested: Sequence[tuple[Group, Evaluation]], image: str, short: str) -> list[Block]:
    """The pictures of an image, which is called `short`."""
    first = tested[0][1]
    palette = dict(zip(first.inferencer.classes, first.inferencer.palette))
    path, truth = first.images[image], first.truths(image)
    photograph = pictures.read_image(path, truth.shape, first.inferencer)
    blocks = [Block('data', [
        Picture('image', f'test image {short}', '', uri(photograph, Image.Resampling.BOX)),
        Picture('truth', f'true classes of {short}', '', uri(paint(truth, palette, image)))])]
    baseline = None
    for group, evaluation in tested:
        prediction = next(evaluation.inferencer(path))
        if baseline is None:
            baseline = prediction.labels
            errors = f'{100 * float((baseline != truth)[truth != IGNORE_INDEX].mean()):.1f} % wrong'
        outcome = outcome_map(prediction.labels, baseline, truth)
        if evaluation is not first:
            errors = f'{share(outcome, FIXED):.1f} % fixed, {share(outcome, BROKEN):.1f} % broken'
        miou, mean = evaluation.miou[image], float(prediction.entropy.mean())
        blocks.append(Block(group.name, place=group.place, pictures=[
            Picture('prediction', f'classes of {short} predicted by {group.name}, mIoU {miou:.1f}', f'mIoU {miou:.1f}',
                    uri(paint(prediction.labels, palette, image))),
            Picture('errors', f'errors of {group.name} in {short}: {errors}', errors,
                    uri(paint(outcome, OUTCOMES, image))),
            Picture('entropy', f'entropy of {group.name} in {short}, mean {mean:.3f} nats', f'mean {mean:.3f} nats',
                    uri(pictures.colors(prediction.entropy / np.log(len(palette))), Image.Resampling.BOX))]))
    return blocks


def uri(pixels: np.ndarray, resample: Image.Resampling = Image.Resampling.NEAREST) -> str:
    """RGB pixels, uint8, (H, W, 3), as the source of an image element, at most ``WIDTH`` wide."""
    image = Image.fromarray(np.ascontiguousarray(pixels))
    if image.width > WIDTH:
        image = image.resize((WIDTH, max(1, round(image.height * WIDTH / image.width))), resample)
    colors = image.getcolors(256)
    if colors is not None:  # a label map
        image = image.quantize(len(colors), dither=Image.Dither.NONE)
    buffer = io.BytesIO()
    image.save(buffer, format='PNG', optimize=True)
    return 'data:image/png;base64,' + base64.b64encode(buffer.getvalue()).decode('ascii')
