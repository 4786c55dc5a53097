# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Version, changelog, citation and style agree with each other and with the tools that read them."""
import importlib.util
import re
import subprocess
import sys
from datetime import date

import pytest
import yaml

from mmseg_entmin import __version__


def test_the_version_is_semantic_and_in_the_changelog(repo_root):
    assert re.fullmatch(r'\d+\.\d+\.\d+', __version__)
    headings = re.findall(r'^## \[([^]]+)\]', (repo_root / 'CHANGELOG.md').read_text(), re.M)
    assert headings[:2] == ['Unreleased', __version__]


def test_the_citation_names_this_version_and_the_paper(repo_root):
    citation = yaml.safe_load((repo_root / 'CITATION.cff').read_text())
    assert citation['cff-version'] == '1.2.0' and citation['version'] == __version__
    assert {'message', 'title', 'authors', 'license'} <= set(citation)
    paper = citation['preferred-citation']
    assert [author['family-names'] for author in paper['authors']] == ['Wu', 'Fan', 'Zhang', 'Lin', 'Li']
    assert 2004 < paper['year'] <= date.today().year


@pytest.mark.skipif(importlib.util.find_spec('ruff') is None, reason='ruff is not installed')
def test_ruff_finds_nothing(repo_root):
    done = subprocess.run(
        [sys.executable, '-m', 'ruff', 'check', '--no-cache', '.'], cwd=repo_root, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_the_hook_runs_the_pinned_ruff(repo_root):
    pinned = re.search(r'^ruff==\S+', (repo_root / 'requirements.txt').read_text(), re.M)[0]
    assert pinned in (repo_root / '.pre-commit-config.yaml').read_text()
