# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Finds the key of a config whose value a constructor refused."""
import re
import traceback

from mmengine.config import Config

from mmseg_entmin.errors import OptionError, one_line
from mmseg_entmin.walk import keyed_dicts, plain, type_name

# Messages of Python and MMEngine, whose errors have no fields.
UNEXPECTED = re.compile(r"(?P<owner>\w+)(?:\.__init__)?\(\) got an unexpected keyword argument '(?P<name>\w+)'")
MISSING = re.compile(r'(?P<owner>\w+)(?:\.__init__)?\(\) missing \d+ required .*arguments?: (?P<names>.*)')
HALF = re.compile(r'(?P<names>\w+, \w+, and \w+) should be either all None or not None')
UNKNOWN = re.compile(r"'?(?P<name>[\w.]+) is not in the (?P<registry>\S+) registry")


def explain(cfg: Config, error: Exception) -> str | None:
    """One line with the full key for an error of a component's constructor; None for any other error."""
    if isinstance(error, OptionError):
        key = key_of(cfg, error.owner, error.option)
        return f'{key}: {error}' if key else str(error)
    text = one_line(error)
    unexpected, missing, unknown = (pattern.search(text) for pattern in (UNEXPECTED, MISSING, UNKNOWN))
    if unexpected:
        key = key_of(cfg, unexpected['owner'], unexpected['name'])
        return f"{key or unexpected['name']}: {unexpected['owner']} has no such option; take it out"
    if missing:
        key = key_of(cfg, missing['owner'])
        return f"{key or missing['owner']}: {missing['owner']} also needs {missing['names']}"
    if unknown:
        key = key_of(cfg, unknown['name'].split('.')[-1])
        return (f"{key + '.' if key else ''}type='{unknown['name']}': there is no such component in "
                f"{unknown['registry']}; look at its spelling and at custom_imports")
    if 'must contain the key "type"' in text:
        bare = [key for key, node in keyed_dicts(cfg._cfg_dict) if f'but got {plain(node)}' in str(error.args[0])]
        return f'{bare[0]}: this component has no type; set {bare[0]}.type' if bare else None
    if half := HALF.search(text):
        missing = next(name for name in re.findall(r'\w+_\w+', half['names']) if cfg.get(name) is None)
        return f"{missing} is missing: set all of {half['names']}, or none of them"
    key, owner = builder_of(cfg, error)
    node = dict(keyed_dicts(cfg._cfg_dict))[key] if key and 'NoneType' in text else {}
    for option in (option for option, value in node.items() if value is None):
        return f'{key}.{option}=None: {owner} needs a value here ({text})'
    refusal = isinstance(error, AssertionError) or (
        isinstance(error, (TypeError, ValueError)) and bool(key) and not key.startswith('model'))
    if refusal:
        failed = text if str(error) else f'it needs {traceback.extract_tb(error.__traceback__)[-1].line}'
        return f'{key}: {owner} refuses its options: {failed}' if key else None
    return None


def builder_of(cfg: Config, error: Exception) -> tuple[str | None, str]:
    """Key and class of the innermost component whose constructor raised an error."""
    found = None, ''
    for frame, _ in traceback.walk_tb(error.__traceback__):
        if frame.f_code.co_name == '__init__' and 'self' in frame.f_locals:
            owner = type(frame.f_locals['self']).__name__
            if key := key_of(cfg, owner):
                found = key, owner
    return found


def key_of(cfg: Config, owner: str, option: str | None = None) -> str | None:
    """The dotted key of a component, found by its class or the key of its options, or of its option."""
    nodes = list(keyed_dicts(cfg._cfg_dict))
    for key, node in nodes:
        place = key.split('.')[-1].replace('_', '').lower()
        if (type_name(node) == owner or place == owner.replace('_', '').lower()) and (option is None or option in node):
            return f'{key}.{option}' if option else key
    # a base class of the component refused the option: it is found if one place of the config has it
    holders = [key for key, node in nodes if key and option in node]
    return f'{holders[0]}.{option}' if len(holders) == 1 else None
