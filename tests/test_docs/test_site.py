# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The site builds without a warning, is complete, and needs nothing from elsewhere."""
import re

import pytest

from mmseg_entmin import registry


@pytest.fixture(scope='module')
def site(site_folder):
    return {str(path.relative_to(site_folder)): path.read_text() for path in site_folder.rglob('*.html')}


def test_nothing_is_fetched_from_elsewhere(site):
    loaded = re.compile(r'<(?:script|img|iframe)[^>]*\ssrc="?(?:https?:)?//|<link[^>]*rel="?(?:stylesheet|preconnect)"?'
                        r'[^>]*href="?(?:https?:)?//')
    assert not [name for name, page in site.items() if loaded.search(page)]


def test_formulas_and_roles_are_rendered(site):
    page = site['how_it_works.html']
    assert page.count('class="formula"') >= 8 and page.count('<math') > 20
    assert 'adaptive_temperature' in page and '<code>' in page
    text = re.compile(r'class="arithmatex"|:(?:class|func|meth|mod):<code>')
    assert not [name for name, page in site.items() if text.search(page)]
    assert not [name for name, page in site.items() if '--8&lt;--' in page]


def test_a_mean_and_its_deviation_stay_in_one_line(site):
    page = site['results.html']
    assert page.count('\N{NO-BREAK SPACE}±\N{NO-BREAK SPACE}') > 400 and not re.search(r'\d ± \d', page)


def test_the_notebook_is_a_page_with_its_pictures(site):
    assert site['notebooks/quickstart.html'].count('<img') >= 2


def test_every_registered_type_is_in_the_config_reference(site):
    """A new one needs a line ``::: its.module.Name`` in docs/config_reference.md."""
    registries = (getattr(registry, name) for name in registry.__all__)
    types = {f'{kind.__module__}.{kind.__name__}' for each in registries for kind in each.module_dict.values()
             if kind.__module__.startswith('mmseg_entmin.')}
    assert len(types) > 12
    assert not [name for name in sorted(types) if f'id="{name}"' not in site['config_reference.html']]


def test_every_option_of_the_segmentors_is_explained(site):
    for name in ('unsup_weight', 'ramp_up', 'batch_norm', 'encoder_stages', 'consistency_weight', 'threshold'):
        assert re.search(rf'<td[^>]*>\s*<code[^>]*>{name}</code>', site['config_reference.html']), name
