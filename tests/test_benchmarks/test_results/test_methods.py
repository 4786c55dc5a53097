# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The front matter of the config folders is complete and true, and a mistake in it is named."""
import pytest
from mmengine.config import Config
from mmengine.registry import DefaultScope

from benchmarks.results.methods import CONFIGS, all_methods, peers, read_method
from mmseg_entmin.registry import MODELS

GOOD = dict(name='New', role='peer', order=12, type='FixMatch')


def write(folder, **content):
    path = folder / 'new' / 'README.md'
    path.parent.mkdir(exist_ok=True)
    path.write_text('---\n' + ''.join(f'{key}: {value}\n' for key, value in content.items()) + '---\n\n# New\n')
    return path


def test_every_folder_of_configs_is_a_method_but_the_bases_and_the_old_names():
    folders = {path.name for path in CONFIGS.iterdir() if path.is_dir()}
    assert folders - {method.folder for method in all_methods()} == {'_base_', 'entropy'}


def test_methods_are_sorted_and_their_names_are_their_own():
    methods = all_methods()
    assert [method.role for method in methods[:3]] == ['baseline', 'method', 'method']
    assert [method.order for method in peers()] == list(range(1, len(peers()) + 1))
    for names in ([method.name for method in peers()], [method.runs for method in methods],
                  [method.label for method in methods], [case for method in methods for case in method.tests]):
        assert len(set(names)) == len(names)


@pytest.mark.parametrize('method', [method for method in all_methods() if method.role != 'baseline'],
                         ids=lambda method: method.folder)
def test_the_type_is_registered_and_that_of_the_configs_and_there_is_a_case(method):
    with DefaultScope.overwrite_default_scope('mmseg'):
        assert MODELS.get(method.type) is not None
    assert Config.fromfile(CONFIGS / method.folder / 'unet_wbc_1-10.py').model.type == method.type
    assert method.tests and method.passes
    assert method.role != 'peer' or method.learns_by
    assert method.predicts == 'student' or method.predicts == 'teacher' and 'teacher' in method.stores


def test_a_readme_is_read(tmp_path):
    method = read_method(write(tmp_path, **GOOD, stores='[teacher]'))
    assert (method.folder, method.runs, method.label, method.stores) == ('new', 'new', 'New', ['teacher'])
    assert read_method(write(tmp_path, **GOOD, runs='old', row='a label')).runs == 'old'


@pytest.mark.parametrize('change, message', [
    (dict(type=None), r"front matter lacks \['type'\]; the keys are .*'order'"),
    (dict(passses='1 forward'), r"front matter has unknown keys \['passses'\]; the keys are .*'passes'"),
    (dict(role='friend'), "role='friend', must be one of .*'peer'")])
def test_a_mistake_is_named(tmp_path, change, message):
    content = {key: value for key, value in (GOOD | change).items() if value is not None}
    with pytest.raises(ValueError, match=f'new/README.md: {message}'):
        read_method(write(tmp_path, **content))


@pytest.mark.parametrize('text', ['# New\n', '---\nname: New\n', '---\n- a\n---\n'])
def test_a_readme_without_front_matter_is_named(tmp_path, text):
    path = write(tmp_path, **GOOD)
    path.write_text(text)
    with pytest.raises(ValueError, match="new/README.md: no front matter; begin the file with '---'"):
        read_method(path)
