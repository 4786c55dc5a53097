# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Fills in the tables of docs/performance.md, and draws docs/figures/cost_scaling.png, from the records alone."""
from functools import partial
from pathlib import Path

from matplotlib.figure import Figure

from benchmarks.cost import fast_accuracy, prediction, prediction_scale, start_up
from benchmarks.cost.records import RECORDS, TABLES, read_steps, read_table
from benchmarks.pages import ROOT, fill, markdown_table


def write_page(root: Path = ROOT, records: Path = RECORDS) -> None:
    """Fill in the page below ``root``, and draw its picture."""
    measured, tables = read_steps(records), {name: read_table(name, records) for name in TABLES}
    fill(root / 'docs' / 'performance.md', partial(
        table_lines, measured=measured, tables=tables, records=records))
    draw_scaling(tables['losses'], tables['scaling'], root / 'docs' / 'figures' / 'cost_scaling.png')


def table_lines(name: str, measured: dict[str, dict], tables: dict[str, list[dict]],
                records: Path = RECORDS) -> list[str]:
    """Lines of a table: a measurement of steps by its name, 'work NAME' of it, one of ``TABLES``,
    'fast_accuracy' or 'start_up'.

    Raises:
        KeyError: there is no such table.
    """
    others = dict(losses=losses, scaling=scaling, data=data)
    if name in ('fast_accuracy', 'start_up'):
        return dict(fast_accuracy=fast_accuracy, start_up=start_up)[name].table(records)
    if name == 'prediction':
        return prediction.table(records)
    if name.startswith('prediction '):
        return prediction_scale.table(name.removeprefix('prediction '), records)
    if name in others:
        return others[name](tables[name])
    if name.startswith('work '):
        return work(measured[name.removeprefix('work ')]['steps'])
    return steps(measured[name])


def code(config: str) -> str:
    """A config and its options, each on its own, so that a line can break between them."""
    return ', '.join(f'`{part}`' for part in config.split(','))


def steps(measured: dict) -> list[str]:
    """A measurement of steps, relative to its limit or else to its first variant."""
    records = measured['steps']
    reference = next((record for record in records if record['limit']), records[0])
    rows = []
    for record in records:
        ratios = record['ratios'].get(reference['config'], dict(time=1, cpu=1, memory=1))
        low, high = (1000 * seconds for seconds in record['quartiles'])
        rows.append(['limit: ' * record['limit'] + code(record['config']), '{} + {}'.format(*record['images']),
                     f"{1000 * record['seconds']:.0f} ({low:.0f} to {high:.0f})", f"{ratios['time']:.2f}",
                     f"{ratios['cpu']:.2f}", f"{record['memory_mib']:.0f}", f"{ratios['memory']:.2f}"])
    header = ['', 'images', 'ms a step (quartiles)', 'x time', 'x cpu', 'MiB', 'x memory']
    return [*markdown_table(header, rows), '',
            f"{measured['rounds']} rounds, {records[0]['device']}, torch {records[0]['torch']}."]


def work(records: list[dict]) -> list[str]:
    """Processor time beside the operations of the passes, relative to the supervised step on the labeled images."""
    supervised = next(record for record in records if record['config'].startswith('supervised/'))
    rows, far = [], []
    for record in records:
        if record is not supervised:
            time = record['ratios'][supervised['config']]['cpu']
            operations = record['flops'] / supervised['flops']
            rows.append([code(record['config']), f'{time:.2f}', f'{operations:.2f}',
                         f'{100 * (time / operations - 1):+.0f} %'])
            if abs(time / operations - 1) > 0.15:
                far.append(code(record['config']))
    return [*markdown_table(['', 'x cpu', 'x work', 'cpu to work'], rows), '',
            f"Further apart than 15 %: {', '.join(far) or 'none'}."]


def losses(rows: list[dict]) -> list[str]:
    """Time and memory of sharpening and class consistency, a row for each number of classes."""
    sizes = dict.fromkeys(row['size'] for row in rows)
    return markdown_table(['classes', *(f'{size} px' for size in sizes)], [
        [str(classes), *(f"{1000 * row['logits_seconds']:.1f} ms, {row['logits_copies']:.2f}" for row in rows
                         if row['classes'] == classes)] for classes in dict.fromkeys(row['classes'] for row in rows)])


def scaling(rows: list[dict]) -> list[str]:
    """A whole step relative to its limit, a column for each size."""
    return markdown_table(['', *(f"{row['size']} px" for row in rows)], [
        [f'x {key}', *(f'{row[key]:.2f}' for row in rows)] for key in ('time', 'cpu', 'memory')])


def data(rows: list[dict]) -> list[str]:
    """What a step waits for its images."""
    cells = []
    for row in rows:
        share = row['data_seconds'] / (row['data_seconds'] + row['seconds'])
        cells.append([str(row['workers']), 'kept' if row['cached'] else 'read', f"{1000 * row['data_seconds']:.1f} ms",
                      f"{1000 * row['seconds']:.1f} ms", f'{100 * share:.0f} %'])
    return markdown_table(['workers', 'images', 'waits', 'step', 'share'], cells)


def draw_scaling(losses: list[dict], steps: list[dict], path: Path) -> None:
    """Time of the losses and of a whole step against the size of the image."""
    figure = Figure(figsize=(11, 3.8), layout='constrained')
    left, right = figure.subplots(1, 2)
    for color, classes in zip(('#0072B2', '#E69F00', '#009E73'), sorted({row['classes'] for row in losses})):
        mine = [row for row in losses if row['classes'] == classes]
        left.loglog([row['size'] for row in mine], [1000 * row['logits_seconds'] for row in mine], 'o-', color=color,
                    label=f'sharpening + class consistency, {classes} classes')
    mine = [row for row in losses if row['classes'] == losses[0]['classes']]
    seconds = [1000 * row['features_seconds'] for row in mine]
    left.loglog([row['size'] for row in mine], seconds, 's--', color='0.4', label='feature gradients')
    left.loglog([64, 1024], [seconds[0] / 2, seconds[0] / 2 * 256], ':', color='0.7', label='linear in pixels')
    left.set(xlabel='side of the image in pixels', ylabel='ms of the processor, 1 image',
             title='The losses alone, forward and backward')
    for key, label, style in (('ours', 'entropy minimization, 1 + 1', 'o-'), ('limit', 'limit, 2 labeled', 's--')):
        right.loglog([row['size'] for row in steps], [1000 * row[key] for row in steps], style, label=label)
    right.set(xlabel='side of the image in pixels', ylabel='ms', title='A whole step, U-Net of width 8')
    for ax in (left, right):
        ax.legend(fontsize=7)
        ax.set_xticks([64, 128, 256, 512, 1024], ['64', '128', '256', '512', '1024'])
        ax.minorticks_off()
        ax.grid(alpha=0.3)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=110, metadata=dict(Software=None))
