# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Chooses what to annotate next: ``entmin rank FOLDER --config CONFIG --checkpoint FILE --out DIR --count N``."""
import math
import os
from argparse import Namespace
from collections.abc import Callable, Sequence
from pathlib import Path
from shlex import quote

import numpy as np

from mmseg_entmin.apis import Prediction
from mmseg_entmin.apis.image_files import shared_endings
from mmseg_entmin.apis.listed_images import listed_images
from mmseg_entmin.apis.selection import Choice, farthest_points
from mmseg_entmin.atomic import read_csv, write_csv
from mmseg_entmin.config.read_config import read_config
from mmseg_entmin.datasets.splits import read_list, write_lists
from mmseg_entmin.errors import errors_as_lines
from mmseg_entmin.words import amount

from .feature_files import FeatureFile, gather
from .image_run import ImageRun, open_images, open_inferencer
from .journal import FOLDER
from .next_images import NextImages, check_options

OPTIONS, ENDS = ('by', 'above'), ('count', 'labeled', 'all_images', 'format')


def score(prediction: Prediction, by: str, above: float | None = None) -> float:
    """Mean uncertainty of an image, or the share of its pixels above a bound."""
    uncertainty = getattr(prediction, by)
    if prediction.no_data is not None and not prediction.no_data.all():
        uncertainty = uncertainty[~prediction.no_data]
    return float(uncertainty.mean() if above is None else (uncertainty > above).mean())


def labeled_names(args: Namespace, images: dict[str, Path], known: Sequence[str]) -> list[str]:
    """The names in --labeled and the known ones; ValueError for a name in the file that is not among the images, or a
    --count above what is left."""
    labeled = read_list(args.labeled) if args.labeled else []
    missing = [name for name in labeled if name not in images]
    if missing:
        endings = shared_endings(labeled, images)
        advice = f'give --image-suffix={quote(endings[0] + images[labeled[0] + endings[0]].suffix)}' \
            if len(endings) == 1 else 'include them, their features are needed'
        raise ValueError(f"--labeled '{args.labeled}' names {missing[0]}, which is not among the {len(images)} images "
                         f'({len(missing)} of {len(labeled)} names are not); {advice}')
    labeled = list(dict.fromkeys([*labeled, *known]))
    if not 1 <= args.count <= len(images) - len(labeled):
        raise ValueError(f'--count {args.count}: there are {len(images) - len(labeled)} images to choose from')
    return labeled


def left_out(args: Namespace, images: dict[str, Path]) -> tuple[list[str], list[str]]:
    """The names of the images that the config trains on with masks, and of those that it evaluates on."""
    if args.all_images:
        return [], []
    cfg = read_config(args.config)
    try:
        listed = listed_images(cfg)
    except (OSError, ValueError) as error:
        raise ValueError(f"which images config '{args.config}' trains and evaluates on cannot be told: {error}. Or "
                         'give --all-images, and they may be chosen') from error
    paths = {name: os.path.realpath(path) for name, path in images.items()}
    evaluation = [name for name, path in paths.items() if path in listed.evaluation]
    return [name for name, path in paths.items() if path in listed.labeled - listed.evaluation], evaluation


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
    write_csv(rows, path)


@errors_as_lines()
def main(args: Namespace) -> None:
    if args.above is not None and not math.isfinite(args.above):
        raise ValueError(f'--above {args.above}: give a number')
    check_options(args)
    images = open_images(args)
    known, evaluation = left_out(args, images)
    images = {name: path for name, path in images.items() if name not in set(evaluation)}
    labeled = labeled_names(args, images, known)
    inferencer = open_inferencer(args, (args.by, 'features'))
    if args.by == 'variance' and not inferencer.has_variance:
        raise ValueError(f"--by variance: the model of config '{args.config}' has no UncertaintyHead; use --by entropy")
    table, list_path = args.out / 'rank.csv', args.out / 'next.txt'
    run = ImageRun(args, inferencer, images, OPTIONS, ENDS)
    if run.is_finished(table, [], (row[0] for row in read_csv(table)) if table.exists() else ()):
        return
    run.begin(lambda _: [], [table, list_path])
    tool = NextImages(args, inferencer) if args.format else None
    if tool and not run.resumed:
        tool.check()
    features = FeatureFile(run.journal)
    for _ in run.each(lambda _, prediction: (
            [score(prediction, args.by, args.above), *features.add(prediction.features)], None)):
        pass
    rows = run.all_rows()
    if rows is not None:
        try:
            choose(args, rows, labeled, (table, list_path), lambda chosen: tool.write(images, chosen) if tool else [])
        except FileNotFoundError:  # of features, which another process removes once it has written the same table
            if not run.journal.done.exists():
                raise
        if known or evaluation:
            print(f'never chosen: {len(known)} labeled and {amount(len(evaluation), "evaluation image")} of the config')
        run.journal.finish({})  # the features are removed
    run.finish()


def choose(args: Namespace, rows: dict[str, list], labeled: Sequence[str], results: tuple[Path, Path],
           write: Callable[[list[str]], list[str]]) -> None:
    """Writes the table and the list, `results`, from the score of each image and the place of its feature."""
    names, (table, list_path) = list(rows), results
    scores = np.array([row[0] for row in rows.values()])
    centers = [names.index(name) for name in labeled if name in rows]
    count = min(args.count, len(names) - len(centers))  # fewer, if images could not be read
    choices = farthest_points(gather(args.out / FOLDER, (row[1:] for row in rows.values()), len(rows)), scores, count,
                              centers) if count else []
    write_table(table, names, scores, choices, set(labeled))
    chosen = [names[choice.index] for choice in choices]
    write_lists({list_path: chosen}, force=True)
    print(f'{len(chosen)} of {len(names) - len(centers)} images in {list_path}: {", ".join(chosen[:8])}'
          f'{", ..." if len(chosen) > 8 else ""}')
    if chosen:
        mine = scores[[choice.index for choice in choices]]
        what = f'mean {args.by}' if args.above is None else f'share of pixels with {args.by} above {args.above:g}'
        print(f'{what}: {mine.mean():.4g} in the chosen images, {scores.mean():.4g} in all; table in {table}')
        for line in write(chosen):
            print(line)
