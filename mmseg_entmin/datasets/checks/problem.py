# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""A problem in one file, with its remedy."""
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

ERROR, WARNING = 'error', 'warning'


@dataclass(frozen=True)
class Problem:
    """One finding."""

    kind: str  # short name of this sort of finding, like 'label value'
    severity: str  # 'error' (training would fail or learn wrong labels) or 'warning' (it may be intended)
    file: str  # path, or key of the config
    reason: str  # what is wrong
    advice: str  # the remedy

    def __str__(self) -> str:
        return f'{self.file}: {self.reason}; {self.advice}'


def refuse(problems: Iterable[Problem]) -> None:
    """Raises the first error: FileNotFoundError if a file is missing, otherwise ValueError."""
    for problem in problems:
        if problem.severity == ERROR:
            raise (FileNotFoundError if problem.kind == 'missing' else ValueError)(str(problem))


def problem_lines(problems: list[Problem], limit: int = 5) -> Iterator[str]:
    """One line per problem, errors first; at most `limit` lines per kind (0: all), then the number of the others."""

    def order(problem: Problem) -> tuple:
        return problem.severity != ERROR, problem.kind

    for (_, kind), group in groupby(sorted(problems, key=order), key=order):
        group = list(group)
        for problem in group[:limit or None]:
            yield f'{problem.severity}: [{kind}] {problem}'
        if limit and len(group) > limit:
            yield f'{group[0].severity}: [{kind}] and {len(group) - limit} more'
