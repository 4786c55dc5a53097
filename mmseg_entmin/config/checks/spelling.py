# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Which known name a misspelt one was meant to be."""
from collections.abc import Iterable
from difflib import get_close_matches


def distance(a: str, b: str) -> int:
    """Insertions, deletions, replacements and swaps of neighbors that turn one word into the other."""
    before, last = [], list(range(len(b) + 1))
    for i, x in enumerate(a, start=1):
        row = [i]
        for j, y in enumerate(b, start=1):
            cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        before, last = last, row
    return last[-1]


def near_miss(name: str, known: Iterable[str], shortest: int = 5) -> str | None:
    """The known name that differs by one slip, or by two if it is 10 letters or longer; None if there is none.

    Names of fewer than ``shortest`` letters have too many neighbors and are never one.
    """
    allowed = 0 if len(name) < shortest else 1 if len(name) < 10 else 2
    close = [(distance(name, other), other) for other in known
             if len(other) >= shortest and abs(len(other) - len(name)) <= allowed]
    best = min(close, default=(allowed + 1, ''))
    return best[1] if 0 < best[0] <= allowed else None


def suggestion(name: str, known: Iterable[str]) -> str:
    """'did you mean X?', or the known names if none is alike."""
    known = sorted(known)
    close = get_close_matches(name, known, n=1, cutoff=0.6)
    if close:
        return f'did you mean {close[0]}?'
    shown = ', '.join(known[:12]) + (', ...' if len(known) > 12 else '')
    return f'known are {shown}' if known else 'it takes none'
