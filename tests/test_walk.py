# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Going through configs."""
from mmengine.config import ConfigDict

from mmseg_entmin.walk import dicts, plain, type_name


def test_dicts_finds_every_dict_outermost_first():
    inner, deep = dict(a=1), dict(b=2)
    outer = dict(x=[inner, (deep, 3)], y='z')
    assert list(dicts(outer)) == [outer, inner, deep] and list(dicts('z')) == []


def test_a_plain_copy_shares_nothing_and_is_of_plain_dicts():
    original = ConfigDict(a=[dict(b=1)], c=(dict(d=2), ))
    copy = plain(original)
    assert copy == original and type(copy) is type(copy['a'][0]) is type(copy['c'][0]) is dict
    copy['a'][0]['b'] = 5
    assert original.a[0].b == 1


def test_a_type_is_named_without_its_scope():
    assert [type_name(dict(type=kind)) for kind in ('mmseg.UNet', 'UNet', dict, None)] == ['UNet', 'UNet', 'dict', None]
