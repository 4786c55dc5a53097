# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""No import runs back up, and none runs in a circle, whether it stands at the top of a file or inside a function."""
import ast
from collections import defaultdict
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

# From the ground up: a part imports from its own floor, or from floors below it.
FLOORS = (
    ('_moved', 'errors', 'version', 'walk', 'words', 'atomic', 'registry'),
    ('models', 'datasets', 'evaluation'),
    ('config', ),
    ('engine', ),
    ('deploy', 'apis'),
    ('visualization', ),
    ('project', ),
    ('report', 'compare'),
    ('cli', ),
)
FLOOR = {part: floor for floor, parts in enumerate(FLOORS) for part in parts}
PACKAGE = 'mmseg_entmin'


def module_name(path: Path, root: Path) -> str:
    parts = path.relative_to(root).with_suffix('').parts
    return '.'.join(parts[:-1] if parts[-1] == '__init__' else parts)


def imported(path: Path, name: str, modules: set[str]) -> set[str]:
    """The modules of the package that a file imports, anywhere in it."""
    package = name.split('.') if path.name == '__init__.py' else name.split('.')[:-1]
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[:len(package) + 1 - node.level] if node.level else []
            base = '.'.join([*above, *([node.module] if node.module else [])])
            found.update(full if (full := f'{base}.{alias.name}') in modules else base for alias in node.names)
    return (found & modules) - {name}


@pytest.fixture(scope='module')
def arrows(repo_root) -> dict[str, set[str]]:
    """What each file of the package imports, but for the ``__init__`` at the top, which ties the parts together."""
    paths = {module_name(path, repo_root): path for path in (repo_root / PACKAGE).rglob('*.py')
             if '.mim' not in path.parts}
    found = {name: imported(path, name, set(paths)) for name, path in paths.items() if name != PACKAGE}
    assert not any(PACKAGE in others for others in found.values())
    assert len(found) > 100
    return found


def part_of(name: str) -> str:
    return name.split('.')[1]


def test_every_part_has_its_floor(arrows):
    assert {part_of(name) for name in arrows} <= set(FLOOR)


def test_no_import_runs_back_up(arrows):
    up = [f'{name} -> {other}' for name, others in arrows.items() for other in others
          if FLOOR[part_of(other)] > FLOOR[part_of(name)]]
    assert up == []


def test_no_files_import_in_a_circle(arrows):
    check_circles(arrows)


def test_no_parts_import_in_a_circle(arrows):
    parts = defaultdict(set)
    for name, others in arrows.items():
        parts[part_of(name)].update({part_of(other) for other in others} - {part_of(name)})
    check_circles(parts)


def test_no_folders_of_a_part_import_in_a_circle(arrows):
    """The folders inside of models, datasets, ...; a file beside them counts as a folder of its own."""
    def folder(name):
        return '.'.join(name.split('.')[:3])

    folders = defaultdict(set)
    for name, others in arrows.items():
        folders[folder(name)].update({folder(other) for other in others} - {folder(name)})
    check_circles(folders)


def test_the_command_line_is_read_without_the_package(repo_root):
    for path in (repo_root / 'entmin').glob('*.py'):
        tree = ast.parse(path.read_text())
        names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
        names |= {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and not node.level}
        assert not {name for name in names if name.startswith(PACKAGE)}


def check_circles(graph: dict[str, set[str]]) -> None:
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(f"a circle: {' -> '.join(error.args[1])}")


def test_what_is_wrong_is_found(tmp_path):
    package = tmp_path / PACKAGE
    (package / 'models').mkdir(parents=True)
    path = package / 'models' / 'a.py'
    path.write_text(f'from .b import c\nfrom . import d\nimport {PACKAGE}.cli.e\n'
                    f'def f():\n    from {PACKAGE}.engine import g\n    from ..datasets.h import i\n')
    modules = {f'{PACKAGE}.{name}' for name in ('models.b', 'models.d', 'cli.e', 'engine', 'engine.g', 'datasets.h')}
    assert imported(path, f'{PACKAGE}.models.a', modules) == modules - {f'{PACKAGE}.engine'}
    with pytest.raises(pytest.fail.Exception, match='a circle: '):
        check_circles(dict(a={'b'}, b={'a'}))
