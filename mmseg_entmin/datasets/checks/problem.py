# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""What is wrong with one file, and what to do about it."""
from collections.abc import Iterable
from dataclasses import dataclass

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
