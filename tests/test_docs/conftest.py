# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The documentation's site, built once, and its hooks, which are no package."""
import importlib.util
import os
import subprocess
import sys

import pytest

pytest.importorskip('mkdocs', reason='mkdocs is not installed: pip install .[docs]')


@pytest.fixture
def hook(repo_root):
    """Loads a module of docs/_hooks by its name."""

    def load(name: str):
        spec = importlib.util.spec_from_file_location(f'docs_hook_{name}', repo_root / f'docs/_hooks/{name}.py')
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    return load


@pytest.fixture(scope='session')
def site_folder(repo_root, tmp_path_factory):
    """The built site. A warning is an error."""
    folder = tmp_path_factory.mktemp('site')
    done = subprocess.run([sys.executable, '-m', 'mkdocs', 'build', '--strict', '--site-dir', str(folder)],
                          cwd=repo_root, env=dict(os.environ, NO_MKDOCS_2_WARNING='1'), capture_output=True, text=True)
    assert done.returncode == 0 and 'WARNING' not in done.stderr, done.stderr
    return folder
