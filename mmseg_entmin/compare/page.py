# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The page of a comparison: one HTML file that loads nothing else, and begins with the sentence."""
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jinja2
import numpy as np

from mmseg_entmin import report
from mmseg_entmin.errors import reason
from mmseg_entmin.report.charts import Chart, Line, curves
from mmseg_entmin.report.evaluate import Evaluation, evaluate
from mmseg_entmin.report.group import Group, flatten
from mmseg_entmin.report.rows import make_rows
from mmseg_entmin.report.tables import Cell, Table, settings
from mmseg_entmin.report.work_dir import read_run
from mmseg_entmin.version import __version__
from mmseg_entmin.visualization.outcomes import OUTCOMES

from . import charts
from .configs import work_dir
from .curve import Curve
from .dropping import RULE
from .methods import label, passes
from .plan import Plan
from .run import Progress
from .table import cells, cost, span
from .verdict import Judged, Verdict, learning

TEMPLATES = (Path(__file__).parent, Path(report.__file__).parent)
NAME = 'report.html'


@dataclass
class Page:
    """What the page shows; ``missing`` lists what it cannot show, and why."""

    plan: Plan
    progress: Progress
    verdict: Verdict
    curve: Curve | None
    folder: Path
    groups: list[Group] = field(default_factory=list)
    evaluations: list[tuple[Group, Evaluation]] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)

    def summary(self) -> Table:
        """mIoU, difference and runs of each method."""
        rows = []
        for group in self.groups_of_all():
            row = next(row for row in self.verdict.rows if label(row.method) == group.name)
            miou, difference, interval, p, runs = cells(row)
            rows.append((group, [Cell(miou), Cell(difference), Cell(interval), Cell(p), Cell(runs)]))
        return Table('mIoU in percent, mean over all folds and seeds; the difference to the first row, fold by fold, '
                     'and its interval', ['method', 'mIoU', 'difference', '95 % interval', 'p', 'runs'], rows)

    def costs(self) -> Table:
        rows = []
        for group in self.groups_of_all():
            row = next(row for row in self.verdict.rows if label(row.method) == group.name)
            rows.append((group, [*map(Cell, cost(row, self.verdict.rows[0])), Cell(passes(row.method))]))
        return Table('Median seconds of a training step, peak memory of a run, and what a step takes',
                     ['method', 'seconds', 'relative', 'MiB', 'passes'], rows)

    def classes(self) -> Table | None:
        """The difference of each class's IoU."""
        others = [row for row in self.verdict.rows if any(part.pairs for part in row.classes.values())]
        names = list(dict.fromkeys(name for row in others for name in row.classes))

        def cell(row: Judged, name: str) -> Cell:
            found = row.classes.get(name)
            return Cell('–') if found is None or not found.pairs else Cell(f'{found.mean:+.1f}', f'({span(found)})')

        caption = 'Difference of the IoU of each class to the baseline, and its interval'
        if not names:
            return None
        if len(names) > len(others):  # the longer side goes down the page
            return Table(caption, ['class', *(label(row.method) for row in others)], [
                (name, [cell(row, name) for row in others]) for name in names])
        return Table(caption, ['method', *names], [
            (label(row.method), [cell(row, name) for name in names]) for row in others])

    def groups_of_all(self) -> list[Group]:
        """Names and colors of all methods, also of those without a run."""
        return [Named(label(method), place) for place, method in enumerate(self.plan.methods)]

    def runs(self) -> Table:
        """Every run."""
        rows = [(row['run'], [Cell(f"{row['mIoU']:.2f}" if row['state'] == 'done' else f"failed: {row['reason']}")])
                for row in self.progress.table(self.plan)]
        return Table('Every run; the names are those of its config in runs/ and of its folder in work_dirs/',
                     ['run', 'mIoU'], rows, True)

    def losses(self) -> list[Chart]:
        lines = []
        for place in range(len(self.plan.methods)):
            run = next((run for group in self.groups if group.place == place for run in group.runs), None)
            points = [(record['step'], record['loss']) for record in run.train if 'loss' in record] if run else []
            if points:
                lines.append(Line(place, *zip(*points)))
        chart = curves('loss', lines, 'iteration', [label(method) for method in self.plan.methods])
        return [chart] if chart else []

    def html(self) -> str:
        """The page as text."""
        environment = jinja2.Environment(
            loader=jinja2.FileSystemLoader(TEMPLATES), autoescape=True, undefined=jinja2.StrictUndefined,
            trim_blocks=True, lstrip_blocks=True)
        rows = self.progress.table(self.plan)
        first = self.evaluations[0][1].inferencer if self.evaluations else None
        differences = [charts.intervals(self.plan, self.verdict.rows), charts.cells(self.plan, rows)]
        return environment.get_template('compare.html.j2').render(
            page=self, plan=self.plan, sentence=self.verdict.sentence,
            left_out=self.verdict.left_out, css=(TEMPLATES[1] / 'page.css').read_text(),
            version=__version__, summary=self.summary(), costs=self.costs(), classes=self.classes(), runs=self.runs(),
            differences=[chart for chart in differences if chart], losses=self.losses(), rule=RULE,
            curve=charts.learning(self.curve) if self.curve else None,
            curve_sentence=self.curve.sentence() if self.curve else '', winner=label(self.verdict.winner),
            baseline=label(self.plan.baseline), rows=make_rows(self.evaluations) if self.evaluations else [],
            palette=dict(zip(first.classes, first.palette)) if first else {}, outcomes=OUTCOMES,
            largest_entropy=float(np.log(len(first.classes))) if first else 0.,
            settings=settings(self.groups) if self.groups else None, masks=len({
                name for cell in self.plan.cells for name in cell.held}))


@dataclass(frozen=True)
class Named:
    """A method in a table, with the number of its color."""

    name: str
    place: int


def make_page(plan: Plan, progress: Progress, verdict: Verdict, curve: Curve | None, folder: Path,
              say: Callable[[str], None] = lambda text: None) -> Page:
    """Reads the runs of the first cell, and predicts its held-out images by the baseline and by the method to show: the
    best one, or else the one with the largest difference."""
    page = Page(plan, progress, verdict, curve, folder)
    for place, run in enumerate(plan.runs_of(plan.cells[0])[:len(plan.methods)]):
        if progress.rows.get(run.name, {}).get('state') != 'done':
            continue
        found = read_run(work_dir(run, folder))
        found.name = label(run.method)
        page.groups.append(Group([found], comparable(flatten(found.config)), place))
    for method in (plan.baseline, shown(verdict)):
        group = next((group for group in page.groups if group.name == label(method)), None)
        if group is None:
            continue
        say(f'predicting the held-out images by {group.name}')
        try:
            page.evaluations.append((group, evaluate(group.shown)))
        except (Exception, SystemExit) as error:  # a config runs anybody's code; the page does without the pictures
            page.missing.append(f'Predictions of {group.name}: {reason(error)}')
    return page


def comparable(settings: dict[str, Any]) -> dict[str, Any]:
    """The settings without those that every semi-supervised config has: the data of the labeled images and the decode
    head have the keys that they have in a supervised config, and unlabeled images are left out: they have the same
    pipeline without masks."""
    same = {'train_dataloader.dataset.labeled.': 'train_dataloader.dataset.', 'model.decode_head.head.':
            'model.decode_head.'}
    found = {}
    for key, value in settings.items():
        start = next((start for start in same if key.startswith(start)), '')
        if not key.startswith('train_dataloader.dataset.unlabeled.') and not isinstance(value, Path):
            found[same.get(start, '') + key.removeprefix(start)] = value
    return found


def shown(verdict: Verdict) -> str:
    """The method whose predictions are shown beside the baseline's: the best one, or else that with the largest
    difference of those that learn from the unlabeled images."""
    others = [row for row in verdict.rows if row.difference and row.difference.pairs]
    best = max(learning(others) or others, key=lambda row: row.difference.mean, default=None)
    return verdict.best or (best.method if best else verdict.rows[-1].method)
