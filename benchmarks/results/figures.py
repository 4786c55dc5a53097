# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The pictures of single images and of gradients in docs/results.md, from the records that figure_data.py writes."""
import json
import textwrap
from pathlib import Path

from benchmarks.pages import markdown_table
from benchmarks.results.charts import grouped_bars
from benchmarks.results.stored_maps import decode
from mmseg_entmin.visualization.outcomes import BROKEN, FIXED, OUTCOMES, share
from mmseg_entmin.visualization.panels import draw_panels, paint

RECORDS = Path(__file__).parent / 'records' / 'figures'
INPUTS = dict(photograph='image', truth='truth')  # of a panel, where its data set may be shown: title of the column


def read_figures(folder: Path = RECORDS) -> dict[str, dict]:
    """The records by the name of their data."""
    return {path.stem: json.loads(path.read_text(encoding='utf-8')) for path in sorted(folder.glob('*.json'))}


def titles(data: dict) -> list[str]:
    return [method['title'] for method in data['methods']]


def draw_gradients(data: dict, path: Path) -> Path:
    """Mean feature gradient of each encoder stage, one bar a method (the paper's Fig. 2)."""
    means = {method['title']: method['mean_gradients'] for method in data['methods']}
    stages = [f'stage {j}' for j in range(len(next(iter(means.values()))))]
    return grouped_bars(stages, means, path, ylabel='mean feature gradient',
                        title=f"Encoder's feature gradients, mean over {data['test_images']} test images")


def draw_gradient_maps(data: dict, path: Path) -> Path:
    """Gradient maps of the median image: one row a method, one column a stage."""
    kept = data['gradient_maps']
    return draw_panels(
        rows=[[decode(stage) / 255 for stage in maps] for maps in kept['maps']],
        columns=[f'stage {j}\nlargest {scale:.3g}' for j, scale in enumerate(kept['scales'])],
        palette={},
        path=path,
        row_titles=[textwrap.fill(title, 16) for title in titles(data)],
        title=f"Feature gradients of image {kept['image']}, at the median of the gain",
        scale_title="share of the\nstage's largest",
        scale_max=1.)


def draw_outcomes(data: dict, path: Path) -> Path:
    """Images at the quantiles of the gain: each prediction, and where it is right and the baseline's is not.

    Image and truth come first where the record holds them.
    """
    names = titles(data)
    colours = {str(number): rgb for number, rgb in enumerate(OUTCOMES.values())}
    rows, captions, row_titles = [], [], []
    inputs = {key: title for key, title in INPUTS.items() if key in data['panels'][0]}
    for shown in data['panels']:
        outcomes = [decode(outcome) for outcome in shown['outcomes']]
        rows.append([*(decode(shown[key]) for key in inputs), *map(decode, shown['predictions']),
                     *(paint(outcome, colours, shown['image']) for outcome in outcomes)])
        captions.append([''] * len(inputs) + [f'mIoU {miou:.1f}' for miou in shown['miou']] +
                        [f'fixed {share(outcome, FIXED):.2g}, broken {share(outcome, BROKEN):.2g} %'
                         for outcome in outcomes])
        gain = shown['miou'][-1] - shown['miou'][0]
        row_titles.append(f"{shown['place']}\ngain {gain:+.1f}\nimage {shown['image']}")
    return draw_panels(
        rows=rows,
        columns=[textwrap.fill(title, 20) for title in (
            *inputs.values(), *names, *(f'{name} against {names[0]}' for name in names[1:]))],
        palette=dict(zip(data['classes'], map(tuple, data['palette']))),
        path=path,
        row_titles=row_titles,
        captions=captions,
        title=f"{data['test_images']} test images in the order of the gain of {names[-1]}",
        legend=OUTCOMES)


PICTURES = dict(gradients=draw_gradients, gradient_maps=draw_gradient_maps, panels=draw_outcomes)


def decile_table(data: dict) -> list[str]:
    """Lines of a table: what each method gains on single images."""
    header = ['gain in mIoU of single images', 'worst', *(f'{percent} %' for percent in range(10, 100, 10)), 'best']
    return markdown_table(header, [[method['title'], *(f'{gain:+.1f}' for gain in method['gain_deciles'])]
                                   for method in data['methods'] if method['gain_deciles']])


def draw_single_images(figures: dict[str, dict], folder: Path) -> None:
    """Draw the pictures of every record into a folder, as ``NAME_KIND.png``."""
    for name, data in figures.items():
        for kind, draw in PICTURES.items():
            draw(data, folder / f'{name}_{kind}.png')
