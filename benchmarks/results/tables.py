# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Writes docs/results.md and its pictures from the JSON files of docs/results alone: ``make tables``."""
import argparse
import statistics
from collections.abc import Sequence
from pathlib import Path

from benchmarks.results.charts import accuracy_bars, accuracy_cost
from benchmarks.results.figures import draw_all
from benchmarks.results.overview import write_overview
from benchmarks.results.results import Runs, gain, gap_closed, load, load_costs, p_value, spread, values
from benchmarks.results.sections import HEAD, PAPER, SECTIONS, SIZES, Section

DOCS = Path(__file__).resolve().parents[2] / 'docs'
METRICS = dict(mIoU='mIoU', mFscore='F1', mRecall='recall', mPrecision='precision', aAcc='accuracy',
               mAcc='accuracy of classes')


def columns(section: Section, place: int, results: dict[str, Runs], costs: dict[str, float]) -> dict[str, str]:
    """The cells of one row by the title of their column."""
    configs = [config for config, _ in section.rows]
    runs = results[configs[place]]
    first = place - place % (section.group or len(configs))
    baseline = results[configs[first]]
    cells = {METRICS.get(metric, metric): spread(values(runs, metric)) for metric in section.metrics}
    if section.runs != 'seeds':
        cells['worst'] = f'{min(values(runs)):.2f}'
    cells['gain'] = gain(runs, baseline)
    cells['p'] = p_value(runs, baseline)
    if section.equal:
        equal = results.get(configs[first + section.equal])
        cells['gain at equal augmentation'] = gain(runs, equal) if equal and runs is not baseline else ''
    if section.ceiling in results:
        cells['gap closed'] = gap_closed(runs, baseline, results[section.ceiling])
    if any(config in costs for config in configs):
        cells['cost of a step'] = f'× {costs[configs[place]]:.2f}' if configs[place] in costs else ''
    if section.resources:
        peaks = [run['peak_memory_mib'] for run in runs.values() if 'peak_memory_mib' in run]
        cells['peak memory'] = f'{statistics.median(peaks):.0f} MiB' if peaks else ''
        extra = next(iter(runs.values()))['parameters'] - next(iter(baseline.values()))['parameters']
        cells['extra parameters'] = f'{extra:+,}' if extra else ''
    cells[section.runs] = str(len(runs))
    return cells


def table(section: Section, results: dict[str, Runs], costs: dict[str, float]) -> list[str]:
    """Lines of the table; rows without a result are left out."""
    lines = []
    for place, (config, name) in enumerate(section.rows):
        if config in results:
            cells = columns(section, place, results, costs)
            if not lines:
                lines = ['| | ' + ' | '.join(cells) + ' |', '|---|' + '---|' * len(cells)]
            lines.append(f'| {name} | ' + ' | '.join(cells.values()) + ' |')
    return lines


def contrasts(section: Section, results: dict[str, Runs]) -> list[str]:
    """Lines of the differences between rows that the section names."""
    lines = []
    for name, config, other in section.contrasts:
        if config in results and other in results:
            runs, baseline = results[config], results[other]
            shared = len({*runs} & {*baseline})
            p = p_value(runs, baseline)
            lines.append(f"- {name}: {gain(runs, baseline)} ({f'p {p}, ' if p else ''}{shared} {section.runs})")
    return ['Differences in mIoU, seed by seed:', '', *lines, ''] if lines else []


def class_table(section: Section, results: dict[str, Runs]) -> list[str]:
    """Lines of the mean IoU by class, a column a row of the section."""
    known = [(name, results[config]) for config, name in section.rows if config in results]
    lines = ['| IoU | ' + ' | '.join(name for name, _ in known) + ' |', '|---|' + '---|' * len(known)]
    for metric in (metric for metric in next(iter(known[0][1].values()))['metrics'] if metric.startswith('IoU.')):
        means = [statistics.mean(values(runs, metric)) for _, runs in known]
        lines.append(f"| {metric.removeprefix('IoU.')} | " + ' | '.join(f'{mean:.1f}' for mean in means) + ' |')
    return [*lines, '']


def draw_costs(section: Section, results: dict[str, Runs], costs: dict[str, float], path: Path) -> list[str]:
    """Lines that show the chart of accuracy against the cost of a step; none without two rows that have both."""
    rows = []
    for config, name in section.rows:
        if config in results and config in costs:
            miou = values(results[config])
            rows.append((name, statistics.mean(miou), statistics.stdev(miou) if len(miou) > 1 else None, costs[config]))
    if len(rows) < 2:
        return []
    accuracy_cost(rows, path, title=section.title)
    return [f'![mIoU over the cost of a training step](figures/{path.name})', '']


def draw_bars(section: Section, results: dict[str, Runs], path: Path) -> Path:
    """Bar chart of the rows of several seeds, the baseline and the ceiling as lines."""
    references = {section.rows[0][0]: 'supervised', section.ceiling: 'all labels'}
    baseline = results[section.rows[0][0]]
    rows = []
    for config, name in section.rows:
        runs = results.get(config, {})
        if len(runs) > 1:  # one seed is no bar beside means
            miou = values(runs)
            rows.append((name, statistics.mean(miou), statistics.stdev(miou), references.get(config),
                         gain(runs, baseline).replace('*', '') or None))
    return accuracy_bars(rows, path, title=section.title)


def write(section: Section, all_results: dict[tuple[str, str], Runs], costs: dict[str, float],
          pictures: dict[str, list[str]], docs: Path) -> list[str]:
    """Lines of a section; none without its baseline and another row."""
    results = {config: runs for (config, split), runs in all_results.items() if split == section.split}
    baseline = results.get(section.rows[0][0])
    if not baseline or not any(config in results for config, _ in section.rows[1:]):
        return []
    first = next(iter(baseline.values()))
    lines = [f'## {section.title}', '', section.text.format(**first), '']
    if section.picture:
        path = draw_bars(section, results, docs / 'figures' / f'{section.picture}.png')
        lines += [f'![mIoU of each row, with its deviation](figures/{path.name})', '']
    if section.cost_picture:
        lines += draw_costs(section, results, costs, docs / 'figures' / f'{section.cost_picture}.png')
    lines += [*table(section, results, costs), '', *contrasts(section, results)]
    if section.by_class:
        lines += class_table(section, results)
    return lines + pictures.get(section.figures, [])


def sizes(networks: Sequence[Sequence[str]], results: dict[tuple[str, str], Runs]) -> list[str]:
    """Lines of Table 4: what each method adds to the first of its row of configs, in training."""
    lines = []
    for configs in networks:
        known = [next(iter(results[config, 'test'].values())) for config in configs if (config, 'test') in results]
        for record in known:
            extra = [f'{record[key] - known[0][key]:+,}' if record is not known[0] else ''
                     for key in ('parameters', 'multiply_adds')]
            lines.append(f"| `{record['config']}` | {record['parameters']:,} | {extra[0]} | "
                         f"{record['multiply_adds'] / 1e6:,.1f} M | {extra[1]} |")
    if not lines:
        return []
    return ['## Table 4: extra parameters and multiply-adds', '',
            'Trained parameters, and multiply-adds of one forward of one training image with both heads. At the test '
            'the classification head does not run. The passes of a step: supervised 1 forward and backward on the '
            'labeled images; entropy minimization the same on the unlabeled ones; + consistency the forwards of '
            'the teacher, a second copy of the weights, on these and their mirror images: four on cells, two on '
            'CamVid.', '',
            '| | parameters | extra | multiply-adds | extra |', '|---|---|---|---|---|', *lines, '']


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--results', type=Path, default=DOCS / 'results', help='folder of the JSON files')
    parser.add_argument('--out', type=Path, default=DOCS / 'results.md', help='file to write; pictures go beside it')
    args = parser.parse_args(argv)
    results, costs = load(args.results), load_costs(args.results)
    pictures = draw_all(args.results, args.out.parent)
    lines = [HEAD, *write_overview(results, costs)]
    for section in SECTIONS:
        lines += write(section, results, costs, pictures, args.out.parent)
    lines += sizes(SIZES, results)
    args.out.write_text('\n'.join([*lines, PAPER]))


if __name__ == '__main__':
    main()
