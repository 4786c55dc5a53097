# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Which known name a misspelt one stands for."""
from collections.abc import Iterable
from difflib import SequenceMatcher, get_close_matches


def distance(a: str, b: str) -> int:
    """Number of insertions, deletions and replacements between two words; a swap of neighbors counts as one."""
    changes = SequenceMatcher(None, a, b, autojunk=False).get_opcodes()
    count = sum(max(a1 - a0, b1 - b0) for tag, a0, a1, b0, b1 in changes if tag != 'equal')
    return count - (count > 1 and sorted(a) == sorted(b))


def near_miss(name: str, known: Iterable[str], shortest: int = 5) -> str | None:
    """The known name of ``shortest`` letters or more at a distance of 1, or 2 from 10 letters on, or None."""
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
