# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The record and the table of ``make compat``, without installing anything."""
import re
import sys

import pytest

from tests.compat import compat
from tests.compat.stacks import stacks

PAGE = 'text\n\n<!-- table: compat -->\nold\n<!-- end -->\n\nmore\n'


@pytest.fixture
def files(monkeypatch, tmp_path):
    """The module's record and page, in a temporary folder."""
    monkeypatch.setattr(compat, 'RECORD', tmp_path / 'results.csv')
    monkeypatch.setattr(compat, 'PAGE', tmp_path / 'page.md')
    (tmp_path / 'page.md').write_text(PAGE)
    return tmp_path


def row(stack, python, **cells):
    return {**dict.fromkeys(compat.COLUMNS, 'ok'), 'stack': stack, 'Python': python, **cells}


def test_the_committed_table_is_that_of_the_committed_record():
    text = compat.PAGE.read_text()
    assert '\n'.join(compat.table(compat.read_record())) in text


def test_a_row_replaces_the_former_one_and_keeps_the_order(files):
    for entry in (row('oldest torch', '3.11.7'), row('pinned versions', '3.12.1', test='fails: x'),
                  row('pinned versions', '3.11.7'), row('pinned versions', '3.12.4')):
        compat.write_record(entry)
    assert [(entry['stack'], entry['Python'], entry['test']) for entry in compat.read_record()] == [
        ('pinned versions', '3.11.7', 'ok'), ('pinned versions', '3.12.4', 'ok'), ('oldest torch', '3.11.7', 'ok')]


def test_the_table_stands_between_its_marks(files):
    compat.write_record(row('oldest torch', '3.11.7', tests='', train='fails: a | b', resume=''))
    assert compat.main(['--table']) == 0
    head, table, tail = re.fullmatch(r'(.*)<!-- table: compat -->\n\n(.*?)\n\n<!-- end -->(.*)',
                                     compat.PAGE.read_text(), re.S).groups()
    assert (head, tail) == ('text\n\n', '\n\nmore\n')
    header, line, cells = table.split('\n')
    assert header.count('|') == line.count('|') == len(compat.SHOWN) + 3
    assert cells.endswith('| train fails: a \\| b; resume not run | – |')


def test_interpreters_are_found_by_version():
    current = f'{sys.version_info.major}.{sys.version_info.minor}'
    assert compat.interpreter('2.0') is None
    assert compat.interpreter(current) is None or current in compat.interpreter(current)


def test_a_failed_step_is_recorded_and_a_failed_import_ends_the_row(monkeypatch, tmp_path):
    def run(self, *command, cwd=None):
        if 'pytest' in command:
            raise RuntimeError('FAILED test_x.py\n1 failed, 2 passed, 4 warnings in 3.00s\nother: leaked 3 types')
        if 'test' in command or broken in command[-1]:
            raise RuntimeError('a line\nno such file')
        (tmp_path / 'run').mkdir(exist_ok=True)
        for iters in (4, 8):
            (tmp_path / f'run/iter_{iters}.pth').touch()
        return '3.99.1 1 2 3 4 5 6'

    monkeypatch.setattr(compat.Environment, 'run', run)
    broken = 'nothing'
    place = (tmp_path / 'a.whl', tmp_path, tmp_path, tmp_path / 'log')
    entry = compat.try_stack(stacks()[0], *place)
    assert [entry[name] for name in compat.STEPS] == [
        'ok', 'ok', 'ok', 'ok', 'fails: no such file', 'fails: 1 failed, 2 passed']
    assert entry['Python'] == '3.99.1' and entry['torch'] == '1' and entry['mmseg'] == '6'
    broken = 'import mmseg_entmin'
    entry = compat.try_stack(stacks()[0], *place)
    assert [entry[name] for name in compat.STEPS] == ['ok', 'fails: no such file', '', '', '', '']


def test_the_oldest_torch_is_that_of_setup(repo_root):
    oldest = next(stack for stack in stacks() if stack.name == 'oldest torch')
    torch = next(name for name in oldest.requirements if name.startswith('torch=='))
    assert f"'{torch.replace('==', '>=')}'" in (repo_root / 'setup.py').read_text()
