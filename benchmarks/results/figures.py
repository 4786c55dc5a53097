# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Draws the pictures of docs/results.md from docs/results/figures/*.json alone, which figure_data.py writes.

    python -m benchmarks.results.figures [--results docs/results] [--docs docs]
"""
import argparse
import json
import textwrap
from pathlib import Path

from benchmarks.results.charts import grouped_bars
from benchmarks.results.stored_maps import decode
from mmseg_entmin.visualization.outcomes import BROKEN, FIXED, OUTCOMES, share
from mmseg_entmin.visualization.panels import draw_panels, paint

DOCS = Path(__file__).resolve().parents[2] / 'docs'


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
    """Predictions for the images at the quantiles of the gain, and where each method is right and the baseline not."""
    names = titles(data)
    colours = {str(number): rgb for number, rgb in enumerate(OUTCOMES.values())}
    rows, captions, row_titles = [], [], []
    for shown in data['panels']:
        outcomes = [decode(outcome) for outcome in shown['outcomes']]
        rows.append([*map(decode, shown['predictions']), *(paint(o, colours, shown['image']) for o in outcomes)])
        captions.append([f'mIoU {miou:.1f}' for miou in shown['miou']] +
                        [f'fixed {share(o, FIXED):.2g}, broken {share(o, BROKEN):.2g} %' for o in outcomes])
        gain = shown['miou'][-1] - shown['miou'][0]
        row_titles.append(f"{shown['place']}\ngain {gain:+.1f}\nimage {shown['image']}")
    return draw_panels(
        rows=rows,
        columns=[textwrap.fill(name, 20) for name in (*names, *(f'{n} against {names[0]}' for n in names[1:]))],
        palette=dict(zip(data['classes'], map(tuple, data['palette']))),
        path=path,
        row_titles=row_titles,
        captions=captions,
        title=f"{data['test_images']} test images in the order of what {names[-1]} gains",
        legend=OUTCOMES)


PICTURES = dict(gradients=draw_gradients, gradient_maps=draw_gradient_maps, panels=draw_outcomes)


def decile_table(data: dict) -> list[str]:
    """Lines of a table: what each method gains on single images."""
    lines = ['| gain in mIoU of single images | worst | ' + ' | '.join(f'{p} %' for p in range(10, 100, 10)) +
             ' | best |', '|---|' + '---|' * 11]
    return lines + [f"| {method['title']} | " + ' | '.join(f'{gain:+.1f}' for gain in method['gain_deciles']) + ' |'
                    for method in data['methods'] if method['gain_deciles']]


def draw_all(results_dir: Path = DOCS / 'results', docs_dir: Path = DOCS) -> dict[str, list[str]]:
    """Draws every JSON file of ``results_dir/figures`` into ``docs_dir/figures``.

    Returns:
        Markdown lines by the name of the JSON file: the pictures, as links from ``docs_dir``, and the table of gains.
    """
    sections = {}
    for source in sorted((Path(results_dir) / 'figures').glob('*.json')):
        data = json.loads(source.read_text())
        method, baseline = titles(data)[-1], titles(data)[0]
        alt = dict(
            gradients='mean feature gradient of each encoder stage, by method',
            gradient_maps='maps of the feature gradient of each encoder stage, by method, for the median image',
            panels=f'predictions for the test images at the worst, 25 %, median, 75 % and best gain of {method} over '
            f'{baseline}')
        lines = []
        for kind, draw in PICTURES.items():
            path = draw(data, Path(docs_dir) / 'figures' / f"{data['name']}_{kind}.png")
            lines += [f'![{alt[kind]}](figures/{path.name})', '']
        sections[data['name']] = [*lines, *decile_table(data), '']
    return sections


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--results', type=Path, default=DOCS / 'results', help='folder whose figures/*.json are read')
    parser.add_argument('--docs', type=Path, default=DOCS, help='folder in whose figures/ the pictures are written')
    args = parser.parse_args(argv)
    print(*draw_all(args.results, args.docs), sep='\n')


if __name__ == '__main__':
    main()
