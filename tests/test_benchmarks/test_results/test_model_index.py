# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""model-index.yml lists every method and config, and OpenMMLab's tools read it."""
import pytest
import yaml

from benchmarks.results.methods import all_methods
from benchmarks.results.model_index import dataset_of, main


@pytest.fixture(scope='module')
def index(repo_root):
    return yaml.safe_load((repo_root / 'model-index.yml').read_text())


def test_the_committed_file_is_that_of_the_configs(repo_root, tmp_path):
    main(['--out', str(tmp_path / 'index.yml')])
    assert (tmp_path / 'index.yml').read_text() == (repo_root / 'model-index.yml').read_text(), 'run `make tables`'


def test_names_are_unique_and_lead_to_collections_configs_and_readmes(index, repo_root):
    collections = {collection['Name']: collection for collection in index['Collections']}
    assert len(collections) == len(all_methods())
    assert all((repo_root / collection['README']).is_file() for collection in collections.values())
    names = [model['Name'] for model in index['Models']]
    assert len(names) == len(set(names)) > 40
    for model in index['Models']:
        assert (repo_root / model['Config']).is_file() and model['In Collection'] in collections
    listed = {model['Config'] for model in index['Models']}
    assert {str(path.relative_to(repo_root)) for path in (repo_root / 'configs').glob('*/*.py')
            if path.parent.name not in ('_base_', 'entropy')} == listed


def test_no_model_promises_weights(index):
    """Without ``Import`` MMEngine's inferencers find no model, in place of a model without weights."""
    assert index['Import'] == [] and not any('Weights' in model for model in index['Models'])


def test_mim_reads_it(index, repo_root):
    """By the package that ``mim search`` reads it with."""
    load = pytest.importorskip('modelindex.load_model_index').load
    read = load(str(repo_root / 'model-index.yml'))
    assert [model.name for model in read.models] == [model['Name'] for model in index['Models']]
    assert [model.config for model in read.models] == [model['Config'] for model in index['Models']]
    assert [collection.name for collection in read.collections] == [one['Name'] for one in index['Collections']]
    assert 'CamVid' in read.collections[0].metadata.data['Training Data']


def test_the_data_set_is_in_the_name_of_a_config():
    assert dataset_of('segformer_mit-b0_voc_1-8') == 'PASCAL VOC 2012'
    with pytest.raises(ValueError, match="config 'unet_mine_1-8': no part of the name .* is one of .*'wbc'"):
        dataset_of('unet_mine_1-8')
