# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Hooks of the documentation's site, which are no package."""
import importlib.util

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
