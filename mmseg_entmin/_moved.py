# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The import paths of 0.x, for one release: each gives what its new place holds, with a DeprecationWarning.

`moved.csv` lists old modules with the new ones (separated by blanks), and old names with the new ones. A finder at the
end of ``sys.meta_path`` answers for modules that are gone, and `moved_names` for names that a module no longer holds.
"""
import csv
import importlib
import warnings
from collections.abc import Callable
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any

PACKAGE = __name__.partition('.')[0]

with Path(__file__).with_name('moved.csv').open(encoding='utf-8', newline='') as _file:
    _ROWS = list(csv.DictReader(_file))
MODULES, NAMES = ({row['old']: row['new'] for row in _ROWS if row['kind'] == kind} for kind in ('module', 'name'))


def warn(old: str, new: str) -> None:
    """Warns at the line that uses the old path; lines of the import system are skipped."""
    places = ', '.join(f'{PACKAGE}.{place}' for place in new.split())
    warnings.warn(f'{PACKAGE}.{old} is now {places}; the old path goes with the next release', DeprecationWarning,
                  stacklevel=3)


def moved_names(module: str) -> Callable[[str], Any]:
    """A ``__getattr__`` for the module of this ``__name__``: it finds the names of ``NAMES`` that were once there."""
    inside = module.removeprefix(f'{PACKAGE}.')

    def lookup(name: str) -> Any:
        old = f'{inside}.{name}'
        if old not in NAMES:
            raise AttributeError(f'module {module!r} has no attribute {name!r}')
        warn(old, NAMES[old])
        place, _, now = NAMES[old].rpartition('.')
        return getattr(importlib.import_module(f'{PACKAGE}.{place}'), now)

    return lookup


class MovedFinder(MetaPathFinder, Loader):
    """Finds the modules of ``MODULES``; an old one gets the names of its new ones."""

    def find_spec(self, fullname: str, path=None, target=None) -> ModuleSpec | None:
        package, _, inside = fullname.partition('.')
        if package != PACKAGE or inside not in MODULES:
            return None
        return ModuleSpec(fullname, self, is_package=True)  # a package: modules may have been below it

    def exec_module(self, module: ModuleType) -> None:
        inside = module.__name__.removeprefix(f'{PACKAGE}.')
        warn(inside, MODULES[inside])
        for place in MODULES[inside].split():
            new = importlib.import_module(f'{PACKAGE}.{place}')
            module.__dict__.update({name: value for name, value in vars(new).items() if not name.startswith('__')})
        module.__getattr__ = moved_names(module.__name__)
