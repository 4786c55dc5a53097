# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""One page about one or several trainings, in a single HTML file that loads nothing else."""
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import jinja2
import numpy as np

from mmseg_entmin.errors import reason
from mmseg_entmin.version import __version__
from mmseg_entmin.visualization.outcomes import OUTCOMES

from . import charts, tables
from .evaluate import Evaluation, evaluate, unseen
from .group import NOT_METRICS, Group, group_runs
from .rows import make_rows
from .work_dir import read_run

FOLDER = Path(__file__).parent
FIRST_CURVES = ['loss', 'mIoU', 'mFscore']  # in this order, then lambda, the learning rate and the single losses
TITLES = {'unsup.weight': 'lambda', 'consistency.selected': 'share of selected pixels', 'lr': 'learning rate'}
HIDDEN_CURVES = (*NOT_METRICS, 'memory', 'cls.called_absent')  # the last is cls.miss_rate by its name of 0.x


@dataclass
class Report:
    """What the page shows; ``missing`` lists what it cannot show, and why."""

    groups: list[Group]
    title: str
    missing: list[str] = field(default_factory=list)
    evaluations: list[tuple[Group, Evaluation]] = field(default_factory=list)

    def never_predicted(self) -> list[str]:
        """A line for each run whose last validation predicts a class nowhere."""
        return [f'{run.never_predicted} by {run.name} (last validation)' for group in self.groups for run in group.runs
                if run.never_predicted]

    def curves(self) -> tuple[list[charts.Chart], list[charts.Chart]]:
        """The first curves of the page, and those of single classes and further metrics."""
        names = [group.name for group in self.groups]
        main, more = [], []
        for source in ('val', 'train'):
            keys = dict.fromkeys(key for group in self.groups for run in group.runs for record in getattr(run, source)
                                 for key in record)
            for key in [key for key in keys if key not in HIDDEN_CURVES]:
                lines = [charts.Line(group.place, *zip(*points)) for group in self.groups for run in group.runs
                         if (points := [(record['step'], float(record[key])) for record in getattr(run, source)
                                        if isinstance(record.get(key), (int, float))])]
                xlabel = self.groups[0].shown.unit if source == 'val' else 'iteration'
                name = tables.SUMMARY.get(key, key)
                title = f'{name}, validation' if source == 'val' else TITLES.get(key, key)
                chart = charts.curves(title, lines, xlabel, names)
                if chart is not None:
                    (more if source == 'val' and key not in FIRST_CURVES else main).append((key, chart))
        main.sort(key=lambda item: rank(item[0]))
        return [chart for _, chart in main], [chart for _, chart in more]

    def uncertainty(self) -> list[charts.Chart]:
        """Calibration and error rates of the tested runs."""
        if not self.evaluations:
            return []
        rows = [(group.place, group.name, *evaluation.reliability()) for group, evaluation in self.evaluations]
        found = [charts.reliability(rows, 'accuracy by confidence')]
        for name in ('entropy', 'variance'):
            tenths = [(group.place, group.name, histogram.error_by_tenth()) for group, evaluation in self.evaluations
                      if (histogram := getattr(evaluation, name)) is not None]
            found.append(charts.error_by_quantile(tenths, name))
        return [chart for chart in found if chart is not None]

    def calibration(self) -> tables.Table | None:
        """Expected calibration error and error rate of the tested runs."""
        rows = []
        for group, evaluation in self.evaluations:
            error, bins = evaluation.reliability()[2], evaluation.confidence
            texts = f'{100 * error:.2f}', f'{100 * bins.wrong.sum() / bins.count.sum():.2f}', str(len(evaluation.miou))
            rows.append((group, [tables.Cell(text) for text in texts]))
        return tables.Table('Expected calibration error (15 bins) and wrong pixels, in percent.',
                            ['run', 'calibration error', 'wrong pixels', 'images'], rows) if rows else None

    def html(self) -> str:
        """The page as text."""
        environment = jinja2.Environment(
            loader=jinja2.FileSystemLoader(FOLDER), autoescape=True, undefined=jinja2.StrictUndefined,
            trim_blocks=True, lstrip_blocks=True)
        main, more = self.curves()
        first = self.evaluations[0][1].inferencer if self.evaluations else None
        rows = make_rows(self.evaluations) if self.evaluations else []
        if self.evaluations and not rows:
            self.missing.append('Comparison of predictions: the runs have no test image with a truth in common.')
        return environment.get_template('page.html.j2').render(
            report=self, css=(FOLDER / 'page.css').read_text(), version=__version__,
            summary=tables.summary(self.groups), by_class=tables.by_class(self.groups), curves=main, more_curves=more,
            rows=rows, palette=dict(zip(first.classes, first.palette)) if first else {}, outcomes=OUTCOMES,
            largest_entropy=float(np.log(len(first.classes))) if first else 0., uncertainty=self.uncertainty(),
            calibration=self.calibration(), boundaries=tables.boundaries(self.evaluations),
            cost=tables.cost(self.groups), settings=tables.settings(self.groups),
            environments=tables.environments(self.groups))


def rank(key: str) -> int:
    """Place of a curve on the page."""
    if key in FIRST_CURVES:
        return FIRST_CURVES.index(key)
    return len(FIRST_CURVES) + (0 if key == 'unsup.weight' else 1 if key.endswith('lr') else 2)


def make_report(work_dirs: Sequence[Path], data_root: str | None = None, device: str | None = None,
                test: bool = True, title: str | None = None, progress: Callable = unseen,
                say: Callable[[str], None] = lambda text: None, boundaries: float | None = None) -> Report:
    """Reads work dirs, and tests the first run of each group if its data and its checkpoint exist.

    Args:
        work_dirs: of one or several trainings, see ``read_run``; runs that differ only in the seed become one group.
        data_root: folder of the data. Default: that of each config.
        device: for the tests. Default: the GPU if there is one.
        test: whether to test at all. Default True.
        title: of the page. Default: the names of the groups.
        progress: wraps the images of each test; its second argument is their number.
        say: is called with a line for each test that starts.
        boundaries: tolerance in pixels of Dice, F1 within it, and HD95 by class. Default: these are not computed.
    """
    groups = group_runs([read_run(Path(path)) for path in work_dirs])
    report = Report(groups, title or ', '.join(group.name for group in groups))
    for group in groups:
        for run in group.runs:
            if not run.is_finished:
                report.missing.append(f'{run.name} was interrupted, or still runs: {run.state} are done, and its '
                                      'figures are those of this part.')
            if not run.train:
                report.missing.append(f'Curves and cost of {run.name}: no log (<time>/vis_data/scalars.json, which '
                                      'LocalVisBackend writes).')
            if not run.val:
                report.missing.append(f'Metrics of {run.name}: no validation is logged.')
        if not test:
            continue
        say(f'testing {group.shown.name}')
        try:
            report.evaluations.append((group, evaluate(group.shown, data_root, device, progress, boundaries)))
        except (Exception, SystemExit) as error:  # a config runs anybody's code; the page does without this test
            report.missing.append(f'Predictions and calibration of {group.name}: {reason(error)}')
    if not test:
        report.missing.append('Predictions and calibration: the networks were not tested (--no-test).')
    elif not report.evaluations and data_root is None:
        report.missing.append('To show predictions, give the folder of the data: --data-root DIR.')
    return report
