# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The options that a component takes, from its constructor and those of its bases."""
import inspect
import types
from dataclasses import dataclass, field
from typing import Any, Union, get_args, get_origin

OWN = __name__.partition('.')[0]
NUMBERS = {int: (int, ), float: (int, float), bool: (bool, ), str: (str, )}
COUNTS = ('num_classes', 'in_channels', 'out_channels', 'channels')
VALUES = (int, float, list, tuple)  # kinds of defaults that None cannot replace
QUOTED = {'int': int, 'float': float, 'bool': bool, 'str': str, 'None': None}


@dataclass
class Signature:
    """Options of a component."""

    options: dict[str, Any]  # annotation by name
    closed: bool  # others would be refused: unknown with ``**kwargs``, but in this package they go to the bases
    own: bool  # the component is of this package
    needed: set[str] = field(default_factory=set)  # cannot be None: no default, or a number or a list as default


def signature_of(component: Any) -> Signature | None:
    """The options of a class or function; None if Python does not know them."""
    own = getattr(component, '__module__', '').split('.')[0] == OWN
    options: dict[str, Any] = {}
    needed: set[str] = set()
    open_ended = forwarded = False
    functions = [component] if not inspect.isclass(component) else [
        base.__dict__['__init__'] for base in component.__mro__[:-1] if '__init__' in base.__dict__]
    for function in functions:
        parameters = _parameters(function)
        if parameters is None:
            return None
        forwarded = False
        for parameter in parameters[1 if inspect.isclass(component) else 0:]:
            if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
                forwarded |= parameter.kind == parameter.VAR_KEYWORD
            elif parameter.name not in options:
                options[parameter.name] = annotation = _annotation(parameter)
                no_default = parameter.default is parameter.empty
                if (no_default or type(parameter.default) in VALUES) and type(None) not in get_args(annotation):
                    needed |= {parameter.name} - {'ignore_index'}  # None: no pixel is ignored
        open_ended |= forwarded
        if not forwarded:
            break
    return Signature(options, closed=not open_ended or (own and not forwarded), own=own, needed=needed)


def _annotation(parameter: inspect.Parameter) -> Any:
    """The annotation; without one, the type of a number if the default is one or the name means one."""
    if parameter.annotation is not parameter.empty:
        return parameter.annotation
    kind = int if parameter.name in COUNTS else type(parameter.default)
    return kind if kind in (int, float) else Any


def _parameters(function: Any) -> list | None:
    try:
        return list(inspect.signature(function, eval_str=True).parameters.values())
    except (TypeError, ValueError):
        return None
    except Exception:  # an annotation in quotes with unknown names
        return list(inspect.signature(function).parameters.values())


def wrong_type(annotation: Any, value: Any, strict: bool) -> str | None:
    """The expected types if a plain value of a config has a wrong one; None if it fits or that is unknown. Unless
    ``strict``, only a string in place of a number is wrong: other libraries' annotations are often too narrow."""
    if isinstance(annotation, str):  # in quotes, with names of its own module
        words = [word.strip() for word in annotation.split('|')]
        annotation = Union[tuple(QUOTED[word] for word in words)] if set(words) <= set(QUOTED) else Any  # noqa: UP007
    members = get_args(annotation) if get_origin(annotation) in (Union, types.UnionType) else (annotation, )
    if value is None or not all(isinstance(member, type) for member in members):
        return None
    plain = [member for member in members if member in NUMBERS]
    if not plain or (not strict and (not isinstance(value, str) or str in members or object in members)):
        return None
    if strict and len(plain) < len([member for member in members if member is not type(None)]):
        return None
    allowed = tuple(kind for member in plain for kind in NUMBERS[member])
    fits = isinstance(value, allowed) and (not isinstance(value, bool) or bool in plain)
    return None if fits else ' or '.join(member.__name__ for member in plain)
