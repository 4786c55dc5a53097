# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The bar on a real (pseudo) terminal: what is drawn, where the log goes, and how the terminal is left."""
import logging
import os
import pty
import re
import signal
import subprocess
import sys
import time

import pytest

from entmin.command_line import main
from mmseg_entmin.engine.hooks import terminal_bar
from mmseg_entmin.engine.hooks.terminal_bar import TerminalBar, can_show_bar, is_no_noise, is_short, number

CONTROL = re.compile(r'\x1b\[[0-9;?]*[A-Za-z]')


class Terminal:
    """The user's side of a pseudo terminal."""

    def __init__(self):
        self.ours, self.theirs = pty.openpty()
        self.bytes = b''

    def read(self) -> str:
        """All that was shown so far, without colours and movements of the cursor."""
        os.set_blocking(self.ours, False)
        try:
            while data := os.read(self.ours, 1 << 16):
                self.bytes += data
        except OSError:  # nothing there, or the other side is closed
            pass
        return CONTROL.sub('', self.raw)

    @property
    def raw(self) -> str:
        return self.bytes.decode(errors='ignore')


@pytest.fixture
def terminal(monkeypatch):
    """A terminal of 100 columns."""
    terminal = Terminal()
    for name, value in dict(TERM='xterm-256color', COLUMNS='100', LINES='30').items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv('CI', raising=False)
    with open(terminal.theirs, 'w') as terminal.stdout:
        yield terminal
    os.close(terminal.ours)


@pytest.fixture
def logger(terminal, tmp_path):
    """Writes to the terminal and to ``run.log``."""
    logger = logging.Logger('test')
    logger.addHandler(logging.StreamHandler(terminal.stdout))
    logger.addHandler(logging.FileHandler(tmp_path / 'run.log'))
    return logger


def record(logger, module, function, message):
    logger.handle(logging.LogRecord('test', logging.INFO, f'{module}.py', 1, message, (), None, function))


def test_bars_values_and_the_log_above_them(terminal, logger, tmp_path, monkeypatch):
    monkeypatch.setattr(sys, 'stdout', terminal.stdout)  # here: pytest sets its own before each test
    bar = TerminalBar(logger)
    bar.add('train', 600, 200)
    bar.update('train', 300, 75., dict(loss='0.5000', selected='83.1 %', memory='512 MiB'))
    bar.add('val', 150)
    bar.update('val', 50, 3.)
    record(logger, 'logger_hook', 'after_train_iter', 'Iter(train) [300/600]')
    record(logger, 'logger_hook', 'after_val_epoch', 'Iter(val) mIoU: 80')
    print('printed')
    shown = terminal.read()
    assert re.search(r'train .* 200/600 +33%', shown), 'a resumed run starts where it was'
    assert re.search(r'train .* 300/600 +50% 0:01:15 left', shown) and re.search(r'val .* 50/150 +33%', shown)
    assert re.search(r'loss 0.5000 +selected 83.1 % +memory 512 MiB', shown)
    assert 'Iter(val) mIoU: 80' in shown and 'printed' in shown and 'Iter(train)' not in shown
    assert not bar.remove('val') and bar.remove('train')
    bar.stop()
    assert '\x1b[?25l' not in terminal.raw, 'the cursor is never hidden'
    record(logger, 'logger_hook', 'after_train_iter', 'afterwards as ever')
    assert terminal.read().endswith('afterwards as ever\r\n')
    lines = (tmp_path / 'run.log').read_text()
    assert lines == 'Iter(train) [300/600]\nIter(val) mIoU: 80\nafterwards as ever\n', 'plain, and all of them'


def test_stdout_and_excepthook_are_given_back(terminal, logger, monkeypatch):
    monkeypatch.setattr(sys, 'stdout', terminal.stdout)  # here: pytest sets its own before each test
    reported = []
    monkeypatch.setattr(sys, 'excepthook', lambda *error: reported.append((sys.stdout, error)))
    stdout, hook = sys.stdout, sys.excepthook
    bar = TerminalBar(logger)
    assert sys.stdout is not stdout
    sys.excepthook(KeyboardInterrupt, KeyboardInterrupt(), None)
    assert sys.stdout is stdout and sys.excepthook is hook and logger.handlers[0].stream is stdout
    assert reported[0][0] is stdout, 'the bar had ended before the error was printed'
    bar.stop()  # again: does nothing


@pytest.mark.parametrize('name, value', [('TERM', 'dumb'), ('CI', 'true')])
def test_no_bar_where_it_could_not_be_seen(terminal, monkeypatch, name, value):
    monkeypatch.setattr(sys, 'stdout', terminal.stdout)  # here: pytest sets its own before each test
    assert can_show_bar()
    monkeypatch.setenv(name, value)
    assert not can_show_bar()


def test_no_bar_without_a_terminal(capsys):
    assert not can_show_bar()


SCRIPT = '''
import importlib.util, logging, signal, sys, time
signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored in what a shell runs in the background
spec = importlib.util.spec_from_file_location('terminal_bar', sys.argv[1])
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
bar = module.TerminalBar(logging.getLogger())
bar.add('train', 10)
time.sleep(120)
'''


def test_ctrl_c(tmp_path):
    """The traceback stands below the last state of the bar, on a terminal as it was."""
    terminal = Terminal()
    (tmp_path / 'script.py').write_text(SCRIPT)
    env = {key: value for key, value in os.environ.items() if key != 'CI'}
    process = subprocess.Popen(
        [sys.executable, tmp_path / 'script.py', terminal_bar.__file__], stdout=terminal.theirs, stderr=terminal.theirs,
        env=dict(env, TERM='xterm', COLUMNS='80', LINES='24'))
    deadline = time.monotonic() + 60
    while '0/10' not in terminal.read() and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    while process.poll() is None and time.monotonic() < deadline + 20:
        terminal.read()  # a terminal that nobody reads holds the program up
        time.sleep(0.05)
    shown = terminal.read()
    assert shown.rstrip().endswith('KeyboardInterrupt')
    assert shown.rindex('0/10') < shown.index('Traceback'), 'nothing is drawn over it'
    assert '\x1b[?25l' not in terminal.raw


@pytest.mark.parametrize('value, text', [(0.52341, '0.5234'), (3.1e-4, '3.10e-04'), (0., '0'), (float('nan'), 'nan'),
                                         (12345.6, '1.23e+04'), (-0.25, '-0.2500')])
def test_number(value, text):
    assert number(value) == text


NOISE = ('FileClient', 'HardDiskBackend', 'prefix is not set', 'draw is False')


@pytest.fixture
def train(tiny_config, tiny_dataset, tmp_path):
    """Trains the tiny network; gives the log file."""

    def run(*options: str) -> str:
        main(['train', str(tiny_config), '--data-root', str(tiny_dataset), '--work-dir', str(tmp_path / 'work'),
              *options])
        return next((tmp_path / 'work').glob('*/*.log')).read_text()

    return run


def test_a_training_shows_a_screenful_before_its_bar(terminal, train, monkeypatch, recwarn, tmp_path):
    monkeypatch.setenv('COLUMNS', '80')
    monkeypatch.setattr(sys, 'stdout', terminal.stdout)
    monkeypatch.setattr(sys, 'stderr', terminal.stdout)
    log = train()
    shown = terminal.read().replace('\r', '')
    before, _, after = shown.partition('train \u2501')
    assert len([line for line in before.split('\n') if line.strip()]) < 20
    for part in ('data      12 labeled, 4 validation images', 'classes   background, square, disc', 'results   ',
                 'network   EncoderDecoder (UNet, FCNHead)', 'schedule  4 iterations of 2 images, validation every 4',
                 'optimizer SGD with lr 0.01 (PolyLR)'):
        assert part in before
    assert 'Config:' not in shown and 'Config:' in log and 'Hooks will be' not in shown and 'Hooks will be' in log
    assert not [noise for noise in NOISE if noise in shown + log + ''.join(str(found.message) for found in recwarn)]
    bars, _, last = after.rpartition(' - INFO - ')
    assert re.search(r'loss [\d.]+ +mIoU [\d.]+ ', bars)
    words = f"next: entmin test {tmp_path}/tiny_fcn.py {tmp_path / 'work/iter_4.pth'} --data-root {tmp_path}/tiny"
    assert last.startswith('mIoU ') and ''.join(last.split()).endswith(''.join(words.split()))


def test_elsewhere_the_log_is_printed_as_ever(train, capfd, monkeypatch):
    monkeypatch.setenv('CI', '1')
    log = train()
    printed = capfd.readouterr().out
    assert 'Config:' in printed and 'Hooks will be' in printed
    assert not [noise for noise in NOISE if noise in printed + log]


def test_lines_for_the_file_alone_and_for_nobody(logger):
    logger.handlers[0].addFilter(is_short)
    found = {message: [keep(logging.LogRecord('x', level, 'runner.py', 1, message, (), None, function))
                       for keep in (is_no_noise, is_short)]
             for level, function, message in (
                 (20, '_log_env', 'Config'), (20, 'train', 'Hooks will be executed in'), (20, 'train', 'Saving'),
                 (30, 'print_log', 'The prefix is not set in metric class Own.'), (30, '_log_env', 'a warning'))}
    assert found == {'Config': [True, False], 'Hooks will be executed in': [True, False], 'Saving': [True, True],
                     'The prefix is not set in metric class Own.': [False, True], 'a warning': [True, True]}
