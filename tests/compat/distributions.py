# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Builds wheel and sdist from a copy of the clone, so that the clone stays as it is."""
import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def copy_clone(target: Path) -> None:
    """Copies all files that git does not ignore, committed or not."""
    listed = subprocess.run(['git', 'ls-files', '-z', '--cached', '--others', '--exclude-standard'], cwd=ROOT,
                            capture_output=True, text=True, check=True).stdout
    for name in filter(None, listed.split('\0')):
        if (ROOT / name).is_file():  # a deleted file is listed until the deletion is committed
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target / name)


def run(*command, cwd: Path) -> None:
    done = subprocess.run([str(part) for part in command], cwd=cwd, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f'{command} fails in {cwd}:\n{done.stdout}{done.stderr}')


def build_sdist(source: Path, out: Path) -> Path:
    """Builds the sdist of the folder ``source`` into ``out``."""
    code = f'import setuptools.build_meta as backend; backend.build_sdist({str(out)!r})'
    run(sys.executable, '-c', code, cwd=source)
    return next(out.glob('*.tar.gz'))


def build_wheel(source: Path, out: Path) -> Path:
    """Builds the wheel of a folder or an sdist into ``out``, with this environment's setuptools if that can do it."""
    own = any(importlib.util.find_spec(name) for name in ('wheel', 'setuptools.command.bdist_wheel'))
    options = ['--no-build-isolation'] if own else []
    run(sys.executable, '-m', 'pip', 'wheel', '-qq', '--no-deps', *options, '-w', out, source, cwd=out)
    return next(out.glob('*.whl'))
