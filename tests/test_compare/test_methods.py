# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
import pytest
from mmengine.config import Config

from benchmarks.results.methods import peers as listed_peers
from mmseg_entmin.compare.methods import NOT_FOR_ALL, check_methods, example, key_of, label, passes, peers


def test_the_baseline_comes_first():
    assert check_methods(['entmin', 'supervised']) == ['double', 'supervised', 'entmin']
    assert check_methods(['entmin'], 'supervised') == ['supervised', 'entmin']


def test_peers_are_those_of_the_configs():
    assert set(peers()) == {method.folder for method in listed_peers()}
    assert label('unimatch') == 'UniMatch' and 'forward' in passes('unimatch')
    assert label('entmin') == 'ours' and passes('entmin')


@pytest.mark.parametrize(('names', 'message'), [
    (['unimatsch'], "'unimatsch' is unknown; choose among supervised, .*unimatch"),
    (['double'], 'give at least one other method'),
    (['massl'], 'give a config of your own'),
    (['absent.py'], 'does not exist'),
])
def test_names_that_do_not_work(names, message):
    with pytest.raises((ValueError, FileNotFoundError), match=message):
        check_methods(names)


def test_configs_of_the_user(tmp_path):
    paths = [tmp_path / 'a' / 'mine.py', tmp_path / 'b' / 'mine.py']
    for path in paths:
        path.parent.mkdir()
        path.touch()
    assert check_methods([str(paths[0])]) == ['double', str(paths[0])]
    assert key_of(str(paths[0])) == label(str(paths[0])) == 'mine'
    with pytest.raises(ValueError, match='same name'):
        check_methods([*map(str, paths)])


@pytest.mark.parametrize('name', sorted(set(peers()) - set(NOT_FOR_ALL)))
def test_options_of_peers_are_scaled(name):
    model, optim_wrapper = example(name, 1200)
    whole = Config.fromfile(f'configs/{name}/unet_wbc_1-10.py')
    found = model
    assert found['type'] == whole.model.type
    for key in ('semi_begin', 'threshold_iters'):
        assert found.get(key, 0) == 2 * whole.model.get(key, 0)
    assert found.get('ramp_up', {}).get('iters', 0) == 2 * (whole.model.get('ramp_up') or {}).get('iters', 0)
    assert bool(optim_wrapper) == ('submodules' in whole.optim_wrapper)
