# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""One page about one or several trainings, in a single file that needs no network."""
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import jinja2
import numpy as np

from mmseg_entmin.errors import reason
from mmseg_entmin.version import __version__
from mmseg_entmin.visualization.outcomes import OUTCOMES

from . import charts, tables
from .evaluate import Evaluation, evaluate
from .group import NOT_METRICS, Group, group_runs
from .rows import Row, make_rows
from .work_dir import read_run

FOLDER = Path(__file__).parent
FIRST_CURVES = ('loss', 'mIoU', 'mFscore')  # in this order, then lambda, the learning rate and the single losses
TITLES = {'unsup.weight': 'lambda', 'consistency.selected': 'share of selected pixels', 'lr': 'learning rate'}
HIDDEN_CURVES = (*NOT_METRICS, 'memory', 'data_time')


@dataclass
class Report:
    """What the page shows; ``missing`` says what it cannot show, and why."""

    groups: list[Group]
    title: str
    missing: list[str] = field(default_factory=list)
    evaluations: list[tuple[Group, Evaluation]] = field(default_factory=list)

    def curves(self) -> tuple[list[charts.Chart], list[charts.Chart]]:
        """Those to look at first, and those of single classes and further metrics."""
        names = [group.name for group in self.groups]
        main, more = [], []
        for source in ('val', 'train'):
            for key in self.curve_keys(source):
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

    def curve_keys(self, source: str) -> list[str]:
        found = dict.fromkeys(key for group in self.groups for run in group.runs for record in getattr(run, source)
                              for key in record)
        return [key for key in found if key not in HIDDEN_CURVES]

    def uncertainty(self) -> list[charts.Chart]:
        """Calibration and error rates of the runs that could be tested."""
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
        """Expected calibration error and error rate of the runs that could be tested."""
        rows = []
        for group, evaluation in self.evaluations:
            error = evaluation.reliability()[2]
            bins = evaluation.confidence
            rows.append((group, [tables.Cell(f'{100 * error:.2f}'),
                                 tables.Cell(f'{100 * bins.wrong.sum() / bins.count.sum():.2f}'),
                                 tables.Cell(f'{len(evaluation.miou)}')]))
        return tables.Table('Expected calibration error (15 bins) and wrong pixels, in percent.',
                            ['run', 'calibration error', 'wrong pixels', 'images'], rows) if rows else None

    def rows(self) -> list[Row]:
        """Test images with the predictions of all runs that could be tested."""
        return make_rows(self.evaluations) if self.evaluations else []

    def html(self) -> str:
        """The page."""
        environment = jinja2.Environment(
            loader=jinja2.FileSystemLoader(FOLDER), autoescape=True, undefined=jinja2.StrictUndefined,
            trim_blocks=True, lstrip_blocks=True)
        main, more = self.curves()
        first = self.evaluations[0][1].inferencer if self.evaluations else None
        rows = self.rows()
        if self.evaluations and not rows:
            self.missing.append('Comparison of predictions: the runs have no test image with a truth in common.')
        return environment.get_template('page.html.j2').render(
            report=self, css=(FOLDER / 'page.css').read_text(), version=__version__,
            summary=tables.summary(self.groups), by_class=tables.by_class(self.groups), curves=main, more_curves=more,
            rows=rows, palette=dict(zip(first.classes, first.palette)) if first else {}, outcomes=OUTCOMES,
            largest_entropy=float(np.log(len(first.classes))) if first else 0., uncertainty=self.uncertainty(),
            calibration=self.calibration(), cost=tables.cost(self.groups), settings=tables.settings(self.groups),
            environments=tables.environments(self.groups))


def rank(key: str) -> tuple:
    """Order of the curves."""
    if key in FIRST_CURVES:
        return 0, FIRST_CURVES.index(key)
    return (1, 0) if key == 'unsup.weight' else (2, 0) if key.endswith('lr') else (3, 0)


def make_report(work_dirs: Sequence[Path], data_root: str | None = None, device: str | None = None,
                test: bool = True, title: str | None = None, progress: Callable = iter,
                say: Callable[[str], None] = lambda text: None) -> Report:
    """Reads work dirs, and tests the first run of each group if its data and its checkpoint are at hand.

    Args:
        work_dirs: of one or several trainings; runs of one config and several seeds become one group.
        data_root: folder of the data. Default: what the configs say.
        device: to test on; default the GPU if there is one.
        test: whether to test at all. Default True.
        title: of the page. Default: made of the names.
        progress: wraps the list of images of each test.
        say: is told what is tested.

    Raises:
        FileNotFoundError, ValueError: see :func:`read_run`.
    """
    groups = group_runs([read_run(Path(path)) for path in work_dirs])
    report = Report(groups, title or ', '.join(group.name for group in groups))
    for group in groups:
        for run in group.runs:
            if not run.is_finished:
                report.missing.append(f'{run.name} was interrupted, or still runs: {run.state} are done, and its '
                                      'figures are those of what there is.')
            if not run.train:
                report.missing.append(f'Curves and cost of {run.name}: no log (<time>/vis_data/scalars.json, which '
                                      'LocalVisBackend writes).')
            if not run.val:
                report.missing.append(f'Metrics of {run.name}: no validation is logged.')
        if not test:
            continue
        say(f'testing {group.shown.name}')
        try:
            report.evaluations.append((group, evaluate(group.shown, data_root, device, progress)))
        except (Exception, SystemExit) as error:  # the config names anybody's code; without it there is still a page
            report.missing.append(f'Predictions and calibration of {group.name}: {reason(error)}')
    if not test:
        report.missing.append('Predictions and calibration: the networks were not tested (--no-test).')
    elif not report.evaluations and data_root is None:
        report.missing.append('To show predictions, give the folder of the data: --data-root DIR.')
    return report
