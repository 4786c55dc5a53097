# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The plan of a comparison, fixed and stored before the first run."""
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from mmseg_entmin.atomic import write_atomic
from mmseg_entmin.datasets.splits import make_split

from .folds import deal
from .methods import key_of
from .project import Project

FILE = 'plan.json'
SHARES = ('1/4', '1/2')  # of the masks of a fold, for the learning curve


@dataclass(frozen=True)
class Cell:
    """One fold of one seed: all methods train on the same masks and are judged on the held-out ones."""

    seed: int
    fold: int
    held: list[str]

    @property
    def name(self) -> str:
        return f'seed{self.seed}_fold{self.fold}'


@dataclass(frozen=True)
class Run:
    """One training: a method, a cell, and the share of the cell's masks that it trains on."""

    method: str
    cell: Cell
    share: str = '1'

    @property
    def name(self) -> str:
        part = '' if self.share == '1' else f'_{self.share.replace("/", "-")}'
        return f'{key_of(self.method)}{part}_{self.cell.name}'


@dataclass(frozen=True)
class Plan:
    """Everything that decides the results.

    Attributes:
        project: name of the project.
        fingerprint: of the project's configs, lists and masks.
        methods: the baseline, then the others, by name.
        cells: folds of all seeds, in the order in which they are trained. Each seed deals the masks anew.
        folds, seeds: their numbers.
        iters: iterations of each run.
        labeled, unlabeled: images of each kind in a batch.
        curve: whether the baseline is also trained on shares of the masks.
        points: after how many cells methods may be dropped.
        budget: seconds, or None.
        costs: seconds of a step and of the rest of a run, by method; empty if they were not measured.
        groups: group of each image, or None.
    """

    project: str
    fingerprint: str
    methods: list[str]
    cells: list[Cell]
    folds: int
    seeds: int
    iters: int
    labeled: int
    unlabeled: int
    curve: bool = False
    points: list[int] = field(default_factory=list)
    budget: float | None = None
    costs: dict[str, dict[str, float]] = field(default_factory=dict)
    groups: dict[str, str] | None = None

    @property
    def baseline(self) -> str:
        return self.methods[0]

    @property
    def comparisons(self) -> int:
        """Number of differences that are looked at together."""
        return len(self.methods) - 1

    def runs(self) -> list[Run]:
        """All runs in their order: cell by cell."""
        return [run for cell in self.cells for run in self.runs_of(cell)]

    def runs_of(self, cell: Cell) -> list[Run]:
        whole = [Run(method, cell) for method in self.methods]
        return whole + [Run(self.baseline, cell, share) for share in SHARES] * self.curve

    def save(self, folder: Path) -> None:
        write_atomic(f'{json.dumps(asdict(self), indent=1)}\n'.encode(), folder / FILE)


def load_plan(folder: Path) -> Plan:
    content = json.loads((folder / FILE).read_text(encoding='utf-8'))
    return Plan(**{**content, 'cells': [Cell(**cell) for cell in content['cells']]})


def make_plan(project: Project, methods: Sequence[str], folds: int, seeds: int, iters: int,
              groups: Mapping[str, str] | None = None, **options) -> Plan:
    """Deals the masks and orders the runs; `options` are further attributes of `Plan`. ValueError for numbers that do
    not fit the project."""
    if seeds < 1 or iters < 1:
        raise ValueError(f'seeds={seeds}, iterations={iters}: give 1 at least')
    cells = [Cell(seed, fold, held) for seed in range(seeds)
             for fold, held in enumerate(deal(project.masks, project.presence, folds, seed, groups))]
    smallest = min(len(project.masks) - len(cell.held) for cell in cells)
    unlabeled = project.unlabeled_batch
    if groups is not None:
        left = [len(part) for cell in cells for part in unlabeled_of(project, cell, groups)]
        if not all(left):
            raise ValueError('every unlabeled image of a folder is of a group with a held-out mask: none is left to '
                             'train on; give fewer folds, or unlabeled images of other groups')
        unlabeled = min(unlabeled, *left)
    return Plan(project.name, project.fingerprint(), list(methods), cells, folds, seeds, iters,
                labeled=min(project.labeled_batch, smallest), unlabeled=unlabeled,
                points=decision_points(len(cells)), groups=None if groups is None else dict(groups), **options)


def unlabeled_of(project: Project, cell: Cell, groups: Mapping[str, str]) -> list[list[str]]:
    """The unlabeled images of a cell, by folder: those of groups of which no mask is held out."""
    held = {groups[name] for name in cell.held}
    if None in project.unlabeled:
        raise ValueError('--groups: the unlabeled images of the semi-supervised config have no list; give them an '
                         'ann_file, so that those of a held-out group can be left out')
    return [[name for name in names if groups.get(name) not in held] for names in project.unlabeled]


def lists_of(project: Project, plan: Plan) -> dict[str, list[str]]:
    """The lists of images by name of their file, without suffix."""
    found = {'all': project.masks}
    for cell in plan.cells:
        rest = [name for name in project.masks if name not in set(cell.held)]
        found[f'{cell.name}_held'] = cell.held
        found[f'{cell.name}_train'] = rest
        for number, names in enumerate(unlabeled_of(project, cell, plan.groups) if plan.groups else ()):
            found[f'{cell.name}_unlabeled_{number}'] = names
        presence = project.presence[[project.masks.index(name) for name in rest]]
        for share in SHARES if plan.curve else ():
            name = f'{cell.name}_train_{share.replace("/", "-")}'
            found[name] = make_split(rest, share, cell.seed, presence, True)[0]
    return found


def decision_points(cells: int) -> list[int]:
    """After a third and after two thirds of the cells, but not before three of them."""
    return sorted({max(3, -(-cells * part // 3)) for part in (1, 2)} - set(range(cells, cells + 4)))
