# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Settings that differ between a config and the checkpoint that it resumes: the training would change half way."""
import ast
import re
from collections.abc import Iterator

TRAINED_BY = ('model', 'train_dataloader', 'train_cfg', 'optim_wrapper')
# Of the first group the checkpoint's values hold, see resumed_options; the others change where and how fast it trains.
NO_MATTER = re.compile(r'\.(optimizer|paramwise_cfg)\.|\.(data_root|num_workers|persistent_workers|pin_memory|'
                       r'prefetch_factor|timeout|with_cp)$')
ABSENT = 'absent'


def changed_settings(text: str, saved: str | None) -> list[str]:
    """'key=value (checkpoint: value)' for each setting of network, losses, data or loop that differs between a config's
    ``pretty_text`` and the text in a checkpoint's ``meta``; if that is no config, nothing is compared."""
    mine, theirs = read_settings(text), read_settings(saved)
    if not theirs:
        return []
    keys = [key for key in {**mine, **theirs} if not NO_MATTER.search(key)]
    pairs = [(key, mine.get(key, ABSENT), theirs.get(key, ABSENT)) for key in keys]
    return [f'{key}={new} (checkpoint: {old})' for key, new, old in pairs if new != old]


def read_settings(text: str) -> dict:
    """Values by dotted key, as text; empty for other texts. Nothing is run: a checkpoint may be from anybody."""
    try:
        return {key: value for node in ast.parse(text).body
                if isinstance(node, ast.Assign) and (name := ast.unparse(node.targets[0])) in TRAINED_BY
                for key, value in leaves(node.value, name)}
    except (SyntaxError, TypeError, ValueError, RecursionError, MemoryError):  # the last two for deep nesting
        return {}


def leaves(node: ast.AST, key: str) -> Iterator[tuple[str, str]]:
    """Key and text of each value in dicts and lists of dicts."""
    parts = []
    if isinstance(node, ast.Call) and ast.unparse(node.func) == 'dict':
        parts = [(f'{key}.{part.arg}', part.value) for part in node.keywords]
    elif isinstance(node, ast.Dict):
        parts = [(f'{key}.{ast.literal_eval(name)}', part) for name, part in zip(node.keys, node.values)]
    elif isinstance(node, (ast.List, ast.Tuple)) and any(isinstance(part, (ast.Call, ast.Dict)) for part in node.elts):
        parts = [(f'{key}[{index}]', part) for index, part in enumerate(node.elts)]
    for part_key, part in parts:
        yield from leaves(part, part_key)
    if not parts:
        yield key, ast.unparse(node)
