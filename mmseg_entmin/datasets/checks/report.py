# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""A report for people."""
from collections.abc import Iterator
from itertools import groupby

from .problem import ERROR, Problem
from .run import Report


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


def coverage_lines(report: Report) -> Iterator[str]:
    """What was looked at, one line a source."""
    width = max((len(source['key']) for source in report.sources), default=0)
    for source in report.sources:
        yield (f"{source['key']:{width}}  {source['role']:9}  {source['looked_at']} of {source['images']} images "
               'looked at')


def summary(report: Report) -> str:
    """The last line: how many of each, how much was looked at, and how long it took."""
    looked, total = (sum(source[name] for source in report.sources) for name in ('looked_at', 'images'))
    return (f'{_plural(len(report.errors), "error")}, {_plural(len(report.warnings), "warning")}: {looked} of {total} '
            f'images looked at in {report.seconds:.1f} s')


def _plural(count: int, noun: str) -> str:
    return f"{count or 'no'} {noun}{'' if count == 1 else 's'}"
