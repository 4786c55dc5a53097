# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Scripts in processes of their own, forked from the one that runs the tests, so that nothing is imported again.

Where there is a GPU they are started as a user starts them: neither CUDA nor autograd works in a forked process then.
"""
import os
import runpy
import subprocess
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

import torch
from torch.distributed import run as torchrun

from tests.stress.faults_training import forget_instances, fork, wait


def run(script: Path, *args, cwd: Path, env: dict[str, str], timeout: float = 120.) -> tuple[int, str]:
    """Runs ``python SCRIPT ARGS``; returns its exit status, and what it printed to stdout and stderr."""
    if torch.cuda.is_available():
        return started(script, *args, cwd=cwd, env=env, timeout=timeout)
    return forked(partial(run_script, script, *args), cwd, env, timeout)


def run_torchrun(*args: str, cwd: Path, env: dict[str, str], timeout: float = 240.) -> tuple[int, str]:
    """Runs ``python -m torch.distributed.run ARGS``, whose processes are forked as well."""
    if torch.cuda.is_available():
        return started('-m', 'torch.distributed.run', *args, cwd=cwd, env=env, timeout=timeout)

    def launch(config, entrypoint: str, original=torchrun.elastic_launch) -> Callable:
        """In place of the interpreter ``entrypoint`` with the arguments -u, script, ..., a function runs the script."""
        config.start_method = 'fork'
        return lambda _, *words: original(config, run_script)(*words)

    def agent() -> None:
        torchrun.elastic_launch = launch
        torchrun.main(args)

    return forked(agent, cwd, env, timeout)


def started(*args, cwd: Path, env: dict[str, str], timeout: float = 240.) -> tuple[int, str]:
    """Runs ``python ARGS`` in a new interpreter, which takes ten seconds to import everything; returns the same."""
    done = subprocess.run([sys.executable, *map(str, args)], env=env, cwd=cwd, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, timeout=timeout)
    return done.returncode, done.stdout


def run_script(script: Path, *args) -> None:
    """What Python does with a script and its arguments."""
    sys.argv = [str(script), *map(str, args)]
    sys.path.insert(0, str(Path(script).parent))
    for folder in filter(None, os.environ.get('PYTHONPATH', '').split(os.pathsep)):
        sys.path.insert(1, folder)
    runpy.run_path(str(script), run_name='__main__')


def forked(function: Callable[[], None], cwd: Path, env: dict[str, str], timeout: float = 120.) -> tuple[int, str]:
    """Calls a function in a process of its own; returns its exit status and its output."""
    with tempfile.TemporaryFile() as output:

        def process() -> None:
            os.dup2(output.fileno(), 1)
            os.dup2(output.fileno(), 2)
            sys.stdout, sys.stderr = (open(number, 'w', buffering=1, closefd=False) for number in (1, 2))
            os.chdir(cwd)
            os.environ.clear()
            os.environ.update(env)
            forget_instances()
            function()

        status = wait(fork(process), timeout)
        output.seek(0)
        return status, output.read().decode()


def run_launcher(script: Path, *args, cwd: Path, env: dict[str, str]) -> tuple[int, str]:
    """Runs a launch script, and the torchrun that it calls, whose processes are forked."""
    with tempfile.TemporaryDirectory() as folder:
        python, words, variables = (Path(folder) / name for name in ('python', 'words', 'variables'))
        python.write_text(f'#!/bin/sh\nprintf "%s\\0" "$@" > {words}\nenv -0 > {variables}\n')
        python.chmod(0o755)
        done = subprocess.run(['bash', script, *map(str, args)], env=dict(env, PYTHON=str(python)), cwd=cwd,
                              capture_output=True, text=True, timeout=30)
        if done.returncode:
            return done.returncode, done.stdout + done.stderr
        option, module, *words = words.read_text().split('\0')[:-1]
        assert (option, module) == ('-m', 'torch.distributed.run')
        env = dict(line.split('=', 1) for line in variables.read_text().split('\0') if line)
    return run_torchrun(*words, cwd=cwd, env=env)
