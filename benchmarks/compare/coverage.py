# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Does the interval of ``entmin compare`` cover the true difference? On projects of generated cells, drawn at random.

    python -m benchmarks.compare.coverage wide --jobs 2

Of each project `compare` gets some masks. The truth is the mean difference of trainings on all of these masks, judged
on 300 further images. A command that was stopped goes on where it was, and several may share the work with --projects.
The trials differ in the network and in the projects.
"""
import argparse
import csv
import json
from dataclasses import replace
from pathlib import Path
from statistics import mean, stdev

from benchmarks.compare.generated import Drawn, draw, make_project
from benchmarks.pages import ROOT, markdown_table
from mmseg_entmin.atomic import write_atomic, write_csv
from mmseg_entmin.cli.compare_run import train_one
from mmseg_entmin.compare.configs import config_path, run_text, write_configs
from mmseg_entmin.compare.dropping import paired, scores
from mmseg_entmin.compare.methods import check_methods
from mmseg_entmin.compare.plan import Cell, Plan, make_plan
from mmseg_entmin.compare.project import read_project
from mmseg_entmin.compare.run import run_plan
from mmseg_entmin.compare.verdict import judge

BASE = ROOT / 'configs' / 'supervised' / 'unet_wbc_1-10.py'
RETRAININGS, FOLDS = 5, 5
TRIALS = dict(narrow=range(20), wide=range(20, 40))  # numbers of the projects, by network
ROWS = 'rows.json'  # of a project that has been judged
HIDDEN = '''
val_dataloader = dict(batch_size=50, dataset=dict(
    data_root={root!r}, ann_file='list.txt', data_prefix=dict(img_path='images', seg_map_path='masks')))
'''


def true_differences(plan: Plan, folder: Path, hidden: Path, slots: list) -> dict[str, list[float]]:
    """Differences to the baseline on the hidden images, of trainings on all masks, by method."""
    truth = replace(plan, cells=[Cell(100 + k, 0, []) for k in range(RETRAININGS)], points=[], curve=False)
    for run in truth.runs():
        text = run_text(run, folder).replace(f'{run.cell.name}_train', 'all')
        text = text.replace(f'{run.cell.name}_unlabeled', f'{plan.cells[0].name}_unlabeled')
        text = text.replace(f'{run.cell.name}_held', 'all')
        write_atomic((text + HIDDEN.format(root=str(hidden.resolve()))).encode(), config_path(run, folder))
    found = scores(run_plan(truth, folder, train_one, slots, lambda line: None).rows.values())
    return {method: paired(found[method], found[plan.baseline]) for method in plan.methods[1:]}


def record_of(network: str) -> Path:
    return Path(__file__).with_name('records') / f'coverage_{network}.csv'


def judge_project(drawn: Drawn, folder: Path, network: str, slots: list) -> list[dict]:
    """The rows of a project: what `compare` says of each method, and the truth."""
    done = folder / 'project' / 'splits' / 'val.txt'
    project = read_project(folder / 'project' if done.is_file() else make_project(drawn, folder, BASE, network))
    compared = project.path / 'compare'
    plan = make_plan(project, check_methods(drawn.methods), FOLDS, 1, project.iters)
    write_configs(project, plan, compared, workers=False)
    progress = run_plan(plan, compared, train_one, slots, lambda line: None)
    verdict = judge(plan, progress)
    truths = true_differences(plan, compared, folder / 'hidden', slots)
    rows = []
    for row in verdict.rows[1:]:
        found, truth = row.difference, truths[row.method]
        rows.append(dict(
            drawn.row(), method=row.method, estimate=round(found.mean, 3), low=round(found.low, 3),
            high=round(found.high, 3), truth=round(mean(truth), 3), truth_error=round(stdev(truth) / len(truth)**.5, 3),
            covered=int(found.low <= mean(truth) <= found.high), found=int(found.found),
            winner=int(verdict.best == row.method), dropped=row.dropped or ''))
    return rows


def read(record: Path) -> list[dict]:
    if not record.is_file():
        return []
    with open(record, newline='') as file:
        return list(csv.DictReader(file))


def summary(rows: list[dict]) -> str:
    """Projects all of whose intervals cover the truth, and winners that are none."""
    projects = sorted({int(row['number']) for row in rows})
    by_project = [[row for row in rows if int(row['number']) == number] for number in projects]
    covered = sum(all(int(row['covered']) for row in part) for part in by_project)
    winners = [row for row in rows if int(row['winner'])]
    wrong = [row for row in winners if float(row['truth']) <= 0 or float(row['truth']) < max(
        float(other['truth']) for other in rows if other['number'] == row['number'])]
    return (f'{len(projects)} projects: all intervals cover the truth in {covered}; single intervals: '
            f"{sum(int(row['covered']) for row in rows)} of {len(rows)}; winners named: {len(winners)}, wrong: "
            f"{len(wrong)}; differences found: {sum(int(row['found']) for row in rows)}")


def markdown(record: Path) -> list[str]:
    """A table of docs/compare.md, and the summary below it."""
    rows = read(record)
    if not rows:
        return ['(not run yet)']
    cells = [[row['number'], row['masks'], row['classes'], row['method'], f"{float(row['estimate']):+.1f}",
              f"{float(row['low']):+.1f} to {float(row['high']):+.1f}",
              f"{float(row['truth']):+.1f} ± {float(row['truth_error']):.1f}",
              'yes' if int(row['covered']) else '**no**',
              'better' if int(row['found']) and float(row['estimate']) > 0 else 'worse' if int(row['found']) else '']
             for row in rows]
    return [*markdown_table(('project', 'masks', 'classes', 'method', 'found', 'interval', 'truth', 'covered',
                             'said to be'), cells), '', f'{summary(rows)}.']


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('network', choices=TRIALS)
    parser.add_argument('--work-dir', type=Path, default=ROOT / 'work_dirs')
    parser.add_argument('--record', type=Path, help='default: records/coverage_NETWORK.csv')
    parser.add_argument('--projects', nargs='+', type=int, metavar='N', help='their numbers (default: all)')
    parser.add_argument('--jobs', type=int, default=1, help='runs at a time')
    args = parser.parse_args(argv)
    place, record = args.work_dir / f'coverage_{args.network}', args.record or record_of(args.network)
    for number in args.projects or TRIALS[args.network]:
        folder = place / f'{number:02d}'
        if not (folder / ROWS).is_file():
            rows = judge_project(draw(number), folder, args.network, [None] * args.jobs)
            write_atomic(json.dumps(rows).encode(), folder / ROWS)
        rows = [row for path in sorted(place.glob(f'*/{ROWS}')) for row in json.loads(path.read_text())]
        write_csv([list(rows[0]), *(list(row.values()) for row in rows)], record)
    print(summary(read(record)))


if __name__ == '__main__':
    main()
