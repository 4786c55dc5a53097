# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The index of the models names configs that exist, and its metrics are those of the records of the runs."""
import json
import runpy
import statistics
from collections import defaultdict

import pytest
import yaml

from benchmarks.results import metafiles
from benchmarks.results.results import config_of

FOLDERS = ('supervised', 'entmin', 'entmin_plus', 'advent', 'sharpening', 'pseudo_label', 'mean_teacher', 'uamt',
           'advsemiseg', 's4gan', 'massl', 'fixmatch', 'unimatch', 'cps')


@pytest.fixture(scope='module')
def index(repo_root):
    """Contents of the committed metafiles by folder, as model-index.yml imports them."""
    paths = yaml.safe_load((repo_root / 'model-index.yml').read_text())['Import']
    assert paths == [f'configs/{folder}/metafile.yml' for folder in FOLDERS]
    return {path.split('/')[1]: yaml.safe_load((repo_root / path).read_text()) for path in paths}


def models(index):
    return [model for metafile in index.values() for model in metafile['Models']]


def test_names_are_unique_and_lead_to_collections_configs_and_readmes(index, repo_root):
    collections = {collection['Name']: collection for metafile in index.values()
                   for collection in metafile['Collections']}
    assert len(collections) == len(FOLDERS)
    assert all((repo_root / collection['README']).is_file() for collection in collections.values())
    names = [model['Name'] for model in models(index)]
    assert len(names) == len(set(names)) > 40
    for model in models(index):
        assert (repo_root / model['Config']).is_file() and model['In Collection'] in collections


def test_every_config_is_listed_and_every_ablation_that_was_judged(index, repo_root):
    listed = {model['Config'] for model in models(index)}
    configs = {str(path.relative_to(repo_root)) for folder in FOLDERS
               for path in (repo_root / 'configs' / folder).glob('*.py')}
    assert configs <= listed
    judged = {record['config'] for record in records(repo_root)}
    assert listed - configs == {f'configs/{config_of(run)}.py' for run in judged if '/ablation/' in run}


def records(repo_root):
    """Runs that were judged on the test images."""
    everything = (json.loads(path.read_text()) for path in (repo_root / 'docs/results').glob('*.json'))
    return [record for record in everything if record.get('split', 'test') == 'test']


def test_every_metric_is_that_of_the_records(index, repo_root):
    runs = defaultdict(list)
    for record in records(repo_root):
        runs[f"configs/{config_of(record['config'])}.py"].append(record)
    measured = [model for model in models(index) if 'Results' in model]
    assert {model['Config'] for model in measured} == set(runs)
    for model in measured:
        mine, metadata = runs[model['Config']], model['Metadata']
        result, = model['Results']
        assert metadata['Seeds'] == len(mine) and metadata['Parameters'] == mine[0]['parameters']
        assert metadata['Iterations'] == mine[0]['iterations']
        assert result['Metrics']['mIoU'] == pytest.approx(
            statistics.mean(record['metrics']['mIoU'] for record in mine), abs=0.0051)
        for name, value in result['Metrics'].items():
            numbers = [record['metrics'][name.removesuffix(' (std)')] for record in mine]
            expected = statistics.stdev(numbers) if name.endswith('(std)') else statistics.mean(numbers)
            assert value == pytest.approx(expected, abs=0.0051)


def test_committed_files_are_those_of_the_committed_results(repo_root, tmp_path):
    metafiles.main(['--out', str(tmp_path)])
    names = ['model-index.yml', *(f'configs/{folder}/metafile.yml' for folder in FOLDERS)]
    stale = [name for name in names if (tmp_path / name).read_text() != (repo_root / name).read_text()]
    assert not stale, 'run `make tables`'


def test_a_record_reaches_its_model(tmp_path):
    metrics = dict.fromkeys(metafiles.METRICS, 50.)
    runs = {seed: dict(metrics=metrics | dict(mIoU=miou), parameters=7) for seed, miou in ((0, 70.), (1, 73.))}
    path = metafiles.ROOT / 'configs/entmin/unet_wbc_1-10.py'
    model = metafiles.entry(path, runs, 'x')
    assert model['Results'][0]['Metrics']['mIoU'] == 71.5 and model['Results'][0]['Metrics']['mIoU (std)'] == 2.12
    assert model['Metadata']['Seeds'] == 2 and model['Metadata']['Training Data'] == 'WBC Dataset 1'
    assert model['Metadata']['Architecture'] == ['EntMin', 'UNet', 'FCNHead']
    assert 'Results' not in metafiles.entry(path, {}, 'x')


def test_the_model_zoo_is_that_of_the_metafiles(index, repo_root, tmp_path):
    zoo = runpy.run_path(str(repo_root / 'benchmarks/results/zoo.py'))
    zoo['main'](['--out', str(tmp_path / 'zoo.md')])
    text = (tmp_path / 'zoo.md').read_text()
    assert text == (repo_root / 'docs/model_zoo.md').read_text(), 'run `make tables`'
    rows = [line for line in text.splitlines() if line.startswith('| `')]
    assert len(rows) == len(models(index))
    assert sum('not run here' in row for row in rows) == sum('Results' not in model for model in models(index))
