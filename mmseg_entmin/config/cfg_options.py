# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""``--cfg-options``: reads them, sets them at any depth, and refuses those that would change nothing."""
import ast
import inspect
import re
from collections.abc import Sequence
from typing import Any

from mmengine.config import Config, DictAction
from mmengine.registry import MODELS, DefaultScope
from mmengine.runner import Runner

from mmseg_entmin.walk import plain

from .checks.components import SECTIONS, find
from .checks.keys import DEFAULT_HOOKS, known_keys
from .checks.spelling import suggestion

CONTAINERS = (dict, list, tuple, type(None))
BLANK = '\0'  # in place of a blank, which MMEngine drops
# Which key takes the value of a variable that many configs have.
READERS = dict(
    seed='randomness.seed (--seed)', data_root='--data-root', max_iters='train_cfg.max_iters',
    max_epochs='train_cfg.max_epochs', lr='optim_wrapper.optimizer.lr', optimizer='optim_wrapper.optimizer',
    batch_size='train_dataloader.batch_size', num_workers='train_dataloader.num_workers',
    num_classes='model.decode_head.num_classes and the like', test_pipeline='test_dataloader.dataset.pipeline')


class Literals(ast.NodeTransformer):
    """Turns ``dict(a=1)`` into a dict display, and names without quotes into strings, as MMEngine reads them."""

    def visit_Call(self, node: ast.Call) -> ast.AST:
        if ast.unparse(node.func) != 'dict' or node.args:
            return node  # no literal
        return ast.Dict([ast.Constant(part.arg) for part in node.keywords],
                        [self.visit(part.value) for part in node.keywords])

    def visit_Name(self, node: ast.Name | ast.Attribute) -> ast.AST:
        return ast.Constant(ast.unparse(node))

    visit_Attribute = visit_Name


def parse_value(key: str, text: str) -> Any:
    """The value of an option: dicts as in Python, all else as MMEngine reads it, with the blanks inside strings."""
    if re.match(r'[\[({\s]*(dict\(|\{)', text):
        try:
            return ast.literal_eval(Literals().visit(ast.parse(text.strip(), mode='eval')))
        except (SyntaxError, TypeError, ValueError) as error:
            if 'dict(' in text:
                raise ValueError(f"--cfg-options {key}={text}: this is no value of Python; write a dict as in "
                                 f'{key}="dict(type=\'X\', depth=3)"') from error
    text = re.sub(r'(?<=[\[(,]) +| +(?=[\]),])', '', text.strip())
    return with_blanks(DictAction._parse_iterable(text.replace(' ', BLANK)))


def with_blanks(value: Any) -> Any:
    """A parsed value with its blanks restored."""
    if isinstance(value, (list, tuple)):
        return type(value)(map(with_blanks, value))
    return value.replace(BLANK, ' ') if isinstance(value, str) else value


def parse_options(pairs: Sequence[str] | None) -> dict[str, Any]:
    """Values by dotted key, from strings ``key=value``; the last one of a key counts."""
    split = (pair.partition('=') for pair in pairs or ())
    return {key: parse_value(key, text) for key, _, text in split}


def apply_options(cfg: Config, options: dict[str, Any]) -> None:
    """Overrides a config that was read; ValueError for a key that nothing reads or that leads nowhere."""
    known, defaults = known_keys(), inspect.signature(Runner.__init__).parameters
    for key, value in options.items():
        name, *rest = key.split('.')
        if name not in known:
            advice = (f'set {READERS[name]}' if name in READERS else
                      'set the keys that its value went into' if name in cfg else suggestion(name, known))
            used = '; the file has used its variables already' if name in cfg else ''
            raise ValueError(f'--cfg-options {key}={value!r}: nothing reads {name}{used}; {advice}')
        if name in {*SECTIONS, 'env_cfg', 'randomness'} and not rest and not isinstance(value, CONTAINERS):
            raise ValueError(f"--cfg-options {key}={value!r}: {name} is a dict or a list of dicts; set its keys, as in "
                             f'{name}.KEY=VALUE, or all of it, as in {name}="dict(type=...)"')
        old = cfg.get(name)
        if name == 'default_hooks' and rest:  # MMEngine adds its own where they are missing
            old = {**DEFAULT_HOOKS, **(old or {})}
        try:
            with DefaultScope.overwrite_default_scope(cfg.get('default_scope') or 'mmseg'):
                cfg[name] = placed(old, rest, value, name)
        except ValueError as error:
            raise ValueError(f'--cfg-options {key}={value!r}: {error}') from error
        if value is None and not rest and name in defaults and defaults[name].default is not None:
            cfg.pop(name)  # MMEngine has no other form of its default


def placed(node: Any, names: Sequence[str], value: Any, path: str) -> Any:
    """A part of a config, at a path, with a value at the names below it; ValueError if the names lead nowhere."""
    if not names:
        if (path == 'custom_hooks' or isinstance(node, (list, tuple)) and node and isinstance(node[0], dict)) and value:
            value = [value] if isinstance(value, dict) and 'type' in value else value
            if not isinstance(value, (list, tuple)):
                raise ValueError(f'{path} is a list of dicts; write {path}="[dict(type=...)]"')
        merge = isinstance(node, dict) and isinstance(value, dict) and not {'type', '_delete_'} & value.keys()
        return {**node, **value} if merge else value
    name, *rest = names
    if node is None:
        node = [] if name.isdigit() else {}
    if isinstance(node, (list, tuple)):
        if not name.isdigit() and len(node) == 1:  # the key of the only entry
            name, rest = '0', names
        if not name.isdigit() or int(name) > len(node):
            raise ValueError(f'{path} is a list with {len(node)} entries, numbered from 0; {len(node)} adds one')
        place = int(name)
        old = node[place] if place < len(node) else None
        return type(node)([*node[:place], placed(old, rest, value, f'{path}.{name}'), *node[place + 1:]])
    if not isinstance(node, dict):
        raise ValueError(f'{path} is {node!r}, which has no entries; set {path} itself')
    if name.isdigit() and name not in node:
        if name != '0' or 'type' not in node:
            raise ValueError(f'{path} is no list; its keys are {", ".join(map(str, node))}')
        return placed(node, rest, value, path)  # a single component in place of a list
    changed = node.copy()
    changed[name] = placed(node.get(name, default_of(node, name)), rest, value, f'{path}.{name}')
    return changed


def default_of(node: dict, name: str) -> Any:
    """A copy of the default list or dict of an option that a component's config leaves out; None if there is none."""
    component = find(node.get('type'), MODELS, node.get('_scope_'))
    for base in getattr(component, '__mro__', ())[:-1]:
        option = inspect.signature(base.__init__).parameters.get(name)
        if option is not None:
            return plain(option.default) if isinstance(option.default, (dict, list, tuple)) else None
    return None
