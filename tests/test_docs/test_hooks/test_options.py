# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The config reference shows options alone, and the segmentors of all peers without naming them."""
from types import SimpleNamespace

from benchmarks.results.methods import peers


def page(name):
    return SimpleNamespace(file=SimpleNamespace(src_uri=name))


def test_every_peer_is_in_the_reference_under_its_module(hook):
    options = hook('options')
    names = options.peer_types()
    assert [name.split('.')[-1] for name in names] == [method.type for method in peers()]
    assert 'mmseg_entmin.models.segmentors.mean_teacher.MeanTeacher' in names
    text = options.on_page_markdown('# A\n\n<!-- peers -->\n', page('config_reference.md'), None, None)
    assert all(f'::: {name}\n    options:\n      heading_level: 3\n' in text for name in names)


def test_other_pages_stay(hook):
    assert hook('options').on_page_markdown('::: a.B\n', page('peers.md'), None, None) == '::: a.B\n'
