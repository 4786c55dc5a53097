# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Wheel and sdist: what is in them, and that they install and run where there is no clone."""
import os
import re
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest

from mmseg_entmin import __version__
from tests.compat.distributions import build_sdist, build_wheel, copy_clone

DATA = 'mmseg_entmin/.mim'


@pytest.fixture(scope='session')
def distributions(tmp_path_factory):
    """A copy of the clone, its sdist, and the wheel that pip makes of the sdist."""
    folder = tmp_path_factory.mktemp('distributions')
    copy_clone(folder / 'clone')
    sdist = build_sdist(folder / 'clone', folder)
    return folder / 'clone', sdist, build_wheel(sdist, folder)


@pytest.fixture(scope='session')
def installed(distributions, tmp_path_factory):
    """An environment with the wheel; all other packages are those of the tests' environment."""
    folder = tmp_path_factory.mktemp('installed')
    venv.create(folder, with_pip=False)
    bin_dir = folder / ('Scripts' if os.name == 'nt' else 'bin')
    site, = folder.glob('**/site-packages')
    (site / 'packages.pth').write_text(sysconfig.get_path('purelib') + '\n')
    subprocess.run([sys.executable, '-m', 'pip', '--python', bin_dir / 'python', 'install', '-qq', '--no-deps',
                    '--no-index', distributions[2]], check=True)
    return bin_dir


@pytest.fixture
def run(installed, tmp_path):
    """Runs a command of the environment outside the clone and returns what it prints."""

    def run(name, *args) -> str:
        env = {key: value for key, value in os.environ.items() if key != 'PYTHONPATH'}
        done = subprocess.run([installed / name, *args], cwd=tmp_path, env=env, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return run


def files(clone: Path, *folders: str) -> set[str]:
    """Paths of the files below some folders of the clone, relative to it."""
    return {path.relative_to(clone).as_posix() for folder in folders for path in (clone / folder).rglob('*')
            if path.is_file()}


def test_the_wheel_holds_package_configs_and_tools(distributions):
    clone, _, wheel = distributions
    package = {name for name in files(clone, 'mmseg_entmin', 'entmin') if not name.endswith('.pyc')}
    mim = {f'{DATA}/{name}' for name in [*files(clone, 'configs', 'tools'), 'model-index.yml']}
    assert len(package) > 150 and len(mim) > 100
    names = {name for name in zipfile.ZipFile(wheel).namelist() if '.dist-info/' not in name}
    assert names == package | mim
    assert wheel.name == f'mmseg_entmin-{__version__}-py3-none-any.whl'


def test_the_sdist_holds_what_the_wheel_is_built_of(distributions):
    clone, sdist, _ = distributions
    with tarfile.open(sdist) as archive:
        names = {entry.name.partition('/')[2] for entry in archive if entry.isfile()}
    metadata = {name for name in names if name.startswith('mmseg_entmin.egg-info/')} | {'PKG-INFO', 'setup.cfg'}
    text = {'CHANGELOG.md', 'CITATION.cff', 'LICENSE', 'MANIFEST.in', 'README.md', 'model-index.yml', 'pyproject.toml',
            'requirements.txt', 'setup.py'}
    assert names - metadata == files(clone, 'mmseg_entmin', 'entmin', 'configs', 'tools') | text


def test_the_installed_package_has_its_configs(run, installed):
    code = "import importlib.util; print(importlib.util.find_spec('mmseg_entmin').origin)"  # does not import torch
    package = Path(run('python', '-c', code).strip()).parent
    assert package.is_relative_to(installed.parent)
    assert (package / '.mim/configs/entmin/unet_toycells_1-10.py').is_file()
    assert 'check-data   look for what is wrong with a data set' in run('entmin', '--help')
    assert '--work-dir' in run('entmin', 'train', '--help')


@pytest.mark.parametrize('path, pattern', [
    ('setup.py', r"python_requires='>=3\.11'"),
    ('pyproject.toml', r"target-version = 'py311'"),
    ('Makefile', r'version_info < \(3, 11\)'),
    ('Makefile', r'no Python 3\.11 or newer found'),
    ('requirements.txt', r'\(Python 3\.11 or newer\)'),
    ('README.md', r'\b3\.11\b'),
    ('docs/installation.md', r'\b3\.11\b'),
])
def test_there_is_one_python_floor(repo_root, path, pattern):
    text = (repo_root / path).read_text()
    assert re.search(pattern, text)
    assert not re.search(r'Python 3\.(?!11\b)\d+ or (newer|later)', text)
