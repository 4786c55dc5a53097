# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Choose what to annotate next: ``python tools/rank.py FOLDER --config CONFIG --checkpoint FILE --out DIR --count N``.

The score of an image is its mean uncertainty. Each step takes the image of the largest score x distance to the nearest
one taken before, between the encoder's last maps averaged over the image: greedy k-center selection (core-set, Sener
and Savarese 2018), weighted, so that of near-duplicates one is taken.

Writes ``next.txt``, the chosen images in their order, a list for the ``ann_file`` of a dataset, and ``rank.csv``: all
images, the chosen ones first, then by score.
"""
import math
from argparse import ArgumentParser, Namespace, RawDescriptionHelpFormatter
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from mmseg_entmin.apis import Prediction
from mmseg_entmin.apis.selection import Choice, farthest_points
from mmseg_entmin.cli import prediction as tool
from mmseg_entmin.datasets.splits import read_list, write_lists
from mmseg_entmin.errors import UsageError


def parse_args(argv=None) -> Namespace:
    parser = ArgumentParser(description=__doc__, formatter_class=RawDescriptionHelpFormatter, epilog=tool.STATUS_HELP)
    tool.add_arguments(parser, 'folder of the list and the table')
    parser.add_argument('--count', type=int, required=True, metavar='N', help='images to choose')
    parser.add_argument('--by', choices=['entropy', 'variance'], default='entropy',
                        help='uncertainty of a pixel: entropy of the softmax, in nats, or aleatoric variance of the '
                        'logit of its class, which needs an UncertaintyHead (default: %(default)s)')
    parser.add_argument('--above', type=float, metavar='T',
                        help='score by the share of pixels whose uncertainty is above T, in place of its mean')
    parser.add_argument('--labeled', metavar='FILE',
                        help='list of images that are labeled already: never chosen, and kept at a distance from')
    args = parser.parse_args(argv)
    if args.above is not None and not math.isfinite(args.above):
        raise UsageError(f'--above {args.above}: give a number')
    return args


def score(prediction: Prediction, by: str, above: float | None = None) -> float:
    """Mean uncertainty of an image, or share of its pixels above a bound."""
    uncertainty = getattr(prediction, by)
    return float(uncertainty.mean() if above is None else (uncertainty > above).mean())


def labeled_names(args: Namespace, images: dict[str, Path]) -> list[str]:
    """The images that are labeled already.

    Raises:
        UsageError: one that is not among the images, or a count that leaves too few to choose from.
    """
    labeled = read_list(args.labeled) if args.labeled else []
    missing = [name for name in labeled if name not in images]
    if missing:
        raise UsageError(f"--labeled '{args.labeled}' names {missing[0]}, which is not among the {len(images)} images "
                         f'({len(missing)} of {len(labeled)} names are not); include them, their features are needed')
    if not 1 <= args.count <= len(images) - len(labeled):
        raise UsageError(f'--count {args.count}: there are {len(images) - len(labeled)} images to choose from')
    return labeled


def write_table(path: Path, names: Sequence[str], scores: np.ndarray, choices: Sequence[Choice],
                labeled: Sequence[str]) -> None:
    """The chosen images in their order, with the distance at which each was taken, then the others by score."""
    chosen = {choice.index for choice in choices}
    others = sorted(set(range(len(names))) - chosen, key=lambda i: -scores[i])
    rows = [['image', 'rank', 'score', 'distance', 'labeled']]
    for rank, (index, distance) in enumerate(choices, start=1):
        rows.append([names[index], rank, f'{scores[index]:.6g}', f'{distance:.6g}', 0])
    for index in others:
        rows.append([names[index], '', f'{scores[index]:.6g}', '', int(names[index] in labeled)])
    tool.write_csv(rows, path)


def main(argv=None) -> None:
    args = parse_args(argv)
    images = tool.open_images(args)
    labeled = labeled_names(args, images)
    inferencer = tool.open_inferencer(args)
    if args.by == 'variance' and not inferencer.has_variance:
        raise UsageError(f"--by variance: the model of config '{args.config}' has no UncertaintyHead; use --by entropy")
    table, list_path = args.out / 'rank.csv', args.out / 'next.txt'
    tool.refuse_existing([table, list_path], args.force)
    names, scores, features = [], [], []
    images_run = tool.ImageRun(inferencer, images)
    for name, prediction in images_run:
        names.append(name)
        scores.append(score(prediction, args.by, args.above))
        features.append(prediction.features)
    centres = [names.index(name) for name in labeled if name in names]
    count = min(args.count, len(names) - len(centres))  # fewer, if images could not be read
    scores = np.array(scores)
    choices = farthest_points(np.stack(features), scores, count, centres) if count else []
    write_table(table, names, scores, choices, set(labeled))
    chosen = [names[choice.index] for choice in choices]
    write_lists({list_path: chosen}, force=True)
    print(f'{len(chosen)} of {len(names) - len(centres)} images in {list_path}: {", ".join(chosen[:8])}'
          f'{", ..." if len(chosen) > 8 else ""}')
    if chosen:
        mine = scores[[choice.index for choice in choices]]
        what = f'mean {args.by}' if args.above is None else f'share of pixels with {args.by} above {args.above:g}'
        print(f'{what}: {mine.mean():.4g} in the chosen images, {scores.mean():.4g} in all; table in {table}')
    images_run.finish()
