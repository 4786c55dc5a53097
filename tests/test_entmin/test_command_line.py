# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The command line is read before PyTorch is imported, and a mistyped word names the one that was meant."""
import json
import subprocess
import sys
from argparse import Namespace
from pathlib import Path

import pytest

from entmin.command_line import COMMANDS, build_parser, main, module_of, parse
from mmseg_entmin.cli import export, train
from mmseg_entmin.config.boards import BACKENDS
from mmseg_entmin.datasets.checks.source import SPLITS
from mmseg_entmin.datasets.checks.survey import DEFAULT_SECONDS

MINIMAL = {
    'new-project': ['images', 'masks', '--out', 'o'], 'check-data': ['c.py'], 'train': ['c.py'],
    'test': ['c.py', 'a.pth'], 'compare': ['p'], 'report': ['work_dir'], 'export': ['c.py', 'a.pth', '--out', 'a.onnx'],
    'make-splits': ['c.py'], 'import-splits': ['a.txt', '--out', 'o'], 'add-masks': ['project', 'export'],
    **dict.fromkeys(['predict', 'pseudo-label'], ['images', '--config', 'c.py', '--checkpoint', 'a.pth', '--out', 'o']),
    'rank': ['images', '--config', 'c.py', '--checkpoint', 'a.pth', '--out', 'o', '--count', '2']}
# Runs every command line of the arguments' lists in one process, and prints what it ended with and what it imported.
SCRIPT = '''
import json, runpy, sys, time
for argv in json.loads(sys.argv[1]):
    sys.argv, start = argv, time.process_time()
    try:
        runpy.run_path(argv[0], run_name='__main__') if argv[0].endswith('.py') else runpy.run_module(
            argv[0], run_name='__main__', alter_sys=True)
    except SystemExit as end:
        print('RESULT', json.dumps([end.code, time.process_time() - start]))
print('MODULES', *{name.split('.')[0] for name in sys.modules})
'''


def test_every_command_has_a_parser_and_a_module():
    assert set(MINIMAL) == set(COMMANDS)
    for command, options in MINIMAL.items():
        assert parse([command, *options]).command == command
        assert (Path(export.__file__).parent / f'{module_of(command)}.py').is_file()


def test_help_and_mistakes_are_told_before_pytorch_is_imported(repo_root, tool_env):
    """Of ``entmin``, each of its commands and each of the tools; none of them takes half a second of the processor."""
    doors = [['entmin'], *(['entmin', command] for command in COMMANDS),
             *([str(repo_root / f'tools/{module_of(command)}.py')] for command in COMMANDS)]
    lines = [[*door, option] for door in doors for option in ('--help', '--wrong-option')]
    done = subprocess.run([sys.executable, '-c', SCRIPT, json.dumps(lines)], env=tool_env, capture_output=True,
                          text=True, timeout=60, check=True)
    results = [json.loads(line.partition(' ')[2]) for line in done.stdout.splitlines() if line.startswith('RESULT')]
    assert [status for status, _ in results] == [0, 2] * len(doors)
    assert max(seconds for _, seconds in results) < 0.5
    modules = done.stdout.splitlines()[-1].split()[1:]
    assert not {'torch', 'numpy', 'mmengine', 'mmseg', 'mmseg_entmin'} & set(modules)
    assert done.stderr.count('unrecognized arguments: --wrong-option') == len(doors) - 1
    assert {path.stem for path in (repo_root / 'tools').glob('*.py')} == set(map(module_of, COMMANDS))


@pytest.mark.parametrize('argv, message', [
    (['trian'], "there is no command 'trian'; did you mean 'train'?"),
    (['draw'], "there is no command 'draw'; there are new-project, check-data, "),
    ([], 'the following arguments are required: COMMAND'),
    (['train', 'c.py', '--wrok-dir', 'w'], 'unrecognized arguments: --wrok-dir; did you mean --work-dir?'),
    (['predict', 'images', '--confg=c.py'], 'unrecognized arguments: --confg=c.py; did you mean --config?'),
    (['train', 'c.py', '--xyz'], 'unrecognized arguments: --xyz\n'),
    (['train', 'c.py', '--cfg-options', 'a=1', 'load_from'], "'load_from' is no key=value"),
    (['train', 'c.py', '--cfg-options', '=3'], "'=3' is no key=value"),
    (['train', 'c.py', '--cfg-options', 'a=[1,2'], 'a bracket is not closed'),
])
def test_a_mistyped_word_names_the_near_one(argv, message, capsys):
    with pytest.raises(SystemExit, match='2'):
        parse(argv)
    assert message in capsys.readouterr().err


def test_options_may_be_shortened_repeated_and_hold_what_looks_like_one():
    args = parse(['train', '--cfg', 'a=1', 'b= --c', '--work=--x', '--cfg-options', 'd=2', '--', 'c.py'])
    assert (args.cfg_options, args.work_dir, args.config) == (['a=1', 'b= --c', 'd=2'], '--x', 'c.py')


def test_choices_and_defaults_are_those_of_the_package():
    commands, = [action.choices for action in build_parser()._actions if action.dest == 'command']

    def option(command, name):
        return commands[command]._option_string_actions[name]

    assert set(option('train', '--board').choices) == set(BACKENDS)
    assert set(option('check-data', '--splits').choices) == set(SPLITS)
    assert set(option('export', '--format').choices) == set(export.FORMATS)
    assert parse(['check-data', 'c.py']).seconds == DEFAULT_SECONDS
    assert f'or {DEFAULT_SECONDS:g})' in option('train', '--check-data').help
    assert parse(['train', 'c.py', '--resume']).resume == train.LATEST


def test_the_command_gets_its_options(monkeypatch):
    found = []
    monkeypatch.setattr(train, 'main', found.append)
    main(['train', 'c.py', '--seed', '3'])
    assert isinstance(found[0], Namespace) and (found[0].config, found[0].seed) == ('c.py', 3)
