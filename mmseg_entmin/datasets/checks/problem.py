# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""What is wrong with one file, and what to do about it."""
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

ERROR, WARNING = 'error', 'warning'


@dataclass(frozen=True)
class Problem:
    """One finding.

    Attributes:
        kind: short name shared by all findings of the same sort, like 'label value'.
        severity: 'error', training would fail or learn nonsense, or 'warning', it may be meant.
        file: path of the file or key of the config that it is about.
        reason: what is wrong, after "FILE: ".
        advice: what to do, after "; ".
    """

    kind: str
    severity: str
    file: str
    reason: str
    advice: str

    def __str__(self) -> str:
        return f'{self.file}: {self.reason}; {self.advice}'


def refuse(problems: Iterable[Problem]) -> None:
    """Raises the first error among the problems, and looks no further.

    Raises:
        FileNotFoundError: If a file is missing.
        ValueError: If it is anything else.
    """
    for problem in problems:
        if problem.severity == ERROR:
            raise (FileNotFoundError if problem.kind == 'missing' else ValueError)(str(problem))


def problem_lines(problems: list[Problem], limit: int = 5) -> Iterator[str]:
    """One line a problem, errors first, of each kind no more than ``limit`` (0: all) and the number of the others."""

    def order(problem: Problem) -> tuple:
        return problem.severity != ERROR, problem.kind

    for (_, kind), group in groupby(sorted(problems, key=order), key=order):
        group = list(group)
        for problem in group[:limit or None]:
            yield f'{problem.severity}: [{kind}] {problem}'
        if limit and len(group) > limit:
            yield f'{group[0].severity}: [{kind}] and {len(group) - limit} more'
