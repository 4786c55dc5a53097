# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""entmin check-data as a user calls it."""
import json

import pytest

from entmin.command_line import main


@pytest.fixture
def check(tiny_config, tiny_dataset, capsys):
    """Runs the tool on the tiny set: its exit status and what it printed."""

    def run(*options):
        status = 0
        try:
            main(['check-data', str(tiny_config), '--data-root', str(tiny_dataset), *options])
        except SystemExit as end:
            status = end.code
        return status, capsys.readouterr().out

    return run


def test_a_good_set(check):
    status, printed = check()
    assert status == 0
    assert printed.splitlines()[:2] == ['train_dataloader.dataset  labeled    12 of 12 images looked at',
                                        'val_dataloader.dataset    test       4 of 4 images looked at']
    assert printed.splitlines()[-1].startswith('no errors, no warnings: 16 of 16 images looked at in ')


def test_errors_and_warnings(check, tiny_dataset):
    (tiny_dataset / 'images/003.png').write_bytes(b'')
    (tiny_dataset / 'images/014.png').write_bytes((tiny_dataset / 'images/001.png').read_bytes())
    status, printed = check('--full')
    lines = printed.splitlines()
    assert status == 3
    assert lines[2] == (f'error: [unreadable] {tiny_dataset}/images/003.png: cannot be read: the file is empty; '
                        'replace the file')
    assert lines[3].startswith(f'warning: [duplicate] {tiny_dataset}/images/001.png: ')
    assert lines[-1].startswith('1 error, 1 warning: 16 of 16')
    report = json.loads(check('--full', '--json')[1])
    assert [problem['severity'] for problem in report['problems']] == ['error', 'warning']
    assert report['problems'][0]['file'].endswith('images/003.png')
    (tiny_dataset / 'images/003.png').write_bytes((tiny_dataset / 'images/002.png').read_bytes())
    assert check()[0] == 0 and check('--strict')[0] == 3


def test_splits_and_mistakes(check, tmp_path):
    assert 'val_dataloader' not in check('--splits', 'train')[1]
    (tmp_path / 'empty.py').write_text('a = 1')
    with pytest.raises(SystemExit, match='none of train_dataloader'):
        main(['check-data', str(tmp_path / 'empty.py')])
