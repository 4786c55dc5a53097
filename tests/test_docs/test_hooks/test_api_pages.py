# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""No public module is forgotten on the API pages."""
import pkgutil

import mmseg_entmin


def test_every_public_module_is_on_the_page_of_its_package(hook):
    listed = hook('api_pages').modules()
    expected = {info.name for info in pkgutil.walk_packages(mmseg_entmin.__path__, 'mmseg_entmin.')
                if not info.ispkg and not info.name.rsplit('.', 1)[1].startswith('_')}
    assert {name for names in listed.values() for name in names} == expected and len(expected) > 40
    assert all(name.rsplit('.', 1)[0] == package for package, names in listed.items() for name in names)


def test_packaged_copies_of_tools_are_no_modules(hook, tmp_path):
    for path in ('mmseg_entmin/cli/common.py', 'mmseg_entmin/engine/__init__.py', 'mmseg_entmin/.mim/tools/train.py'):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).touch()
    assert hook('api_pages').modules(tmp_path) == {'mmseg_entmin.cli': ['mmseg_entmin.cli.common']}


def test_a_page_asks_for_each_module(hook):
    text = hook('api_pages').page('mmseg_entmin.engine', ['mmseg_entmin.cli.common'])
    assert text.startswith('# engine\n') and '\n::: mmseg_entmin.cli.common\n' in text
