# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The README is short, its figures are those of the committed results, and its files, links and commands exist."""
import json
import re

import pytest
import yaml
from mmengine.config import Config

from benchmarks.cost.records import read_steps


@pytest.fixture(scope='module')
def readme(repo_root):
    return (repo_root / 'README.md').read_text()


def words(text: str) -> str:
    return ' '.join(text.split())


def test_it_is_short(readme):
    assert len(readme.split()) <= 900, 'wc -w README.md'


def test_its_first_screen(readme):
    """A sentence, a picture, what to expect and how to install stand before everything else."""
    order = ('# mmseg_entmin', '](docs/demo_rows.png)', '**What to expect.**', 'pip install', '## Your own images',
             '## Results')
    parts = [readme.index(text) for text in order]
    assert parts == sorted(parts) and parts[4] < 1200
    assert readme.count('pip install') == 1, 'one way'
    own = readme[parts[4]:]
    assert len(own[:own.index('\n## ')].split('```')[1].strip().splitlines()) == 1 + 6, 'six lines, and the language'


def test_the_demos_figures_are_those_of_its_record(readme, repo_root):
    record = json.loads((repo_root / 'docs/demo.json').read_text())
    tutorial = (repo_root / 'docs/tutorial.md').read_text()
    for method, result in record['results'].items():
        cells = [method, result['labeled'], result['unlabeled'], *(f'{x:.2f}' for x in result['metrics'].values())]
        assert f"| {' | '.join(map(str, cells))} |" in tutorial
    assert f"| difference | | | {' | '.join(f'{x:+.2f}' for x in record['difference'].values())} |" in tutorial
    before, after = (result['metrics']['mIoU'] for result in record['results'].values())
    assert f'from {before:.2f} to {after:.2f}' in words(readme)


@pytest.fixture(scope='module')
def results(repo_root):
    lines = (repo_root / 'docs/results.md').read_text().replace('**', '').splitlines()
    return [line for line in lines if line.startswith(('|', '- '))]  # tables and differences, not what is said of them


FIGURE = re.compile(r'[+-]?\d+\.\d+ ± \d+\.\d+')


@pytest.mark.parametrize('page, least', [('README.md', 20), ('docs/index.md', 20), ('docs/how_it_works.md', 15),
                                         ('docs/troubleshooting.md', 3), ('configs/entmin_plus/README.md', 2),
                                         ('docs/results.md', 400)])
def test_every_mean_and_deviation_stands_in_the_results(repo_root, results, page, least):
    figures = FIGURE.findall(words((repo_root / page).read_text()))
    assert len(figures) >= least
    assert not [figure for figure in figures if not any(figure in line for line in results)]


def test_its_table_stands_between_its_marks(readme):
    """``make tables`` fills it."""
    table = readme[readme.index('<!-- table: readme -->'):readme.index('<!-- end -->')]
    assert len(FIGURE.findall(table)) >= 20 and readme.count('\n|---') == 2, 'one table of results, and one of pages'


def test_its_config_is_one(readme, tiny_config):
    code = re.search(r'```python\n(_base_.*?)```', readme, re.S).group(1)
    assert len(code.strip().splitlines()) == 3
    path = tiny_config.with_name('semi.py')
    path.write_text(code.replace('my_supervised_config', tiny_config.stem))
    assert Config.fromfile(path).model.type == 'EntMin'


def test_the_paper_is_that_of_the_citation(readme, repo_root):
    paper = yaml.safe_load((repo_root / 'CITATION.cff').read_text())['preferred-citation']
    authors = [f"{author['given-names']} {author['family-names']}" for author in paper['authors']]
    text = words(readme)
    assert len(authors) == 5 and all(author in text for author in authors)
    assert paper['title'] in text and f"(ICME), {paper['year']}" in text


def test_the_verdict_is_that_of_the_tables(results, repo_root):
    """p values, shares of the gap and costs in the prose of docs/results.md."""
    text = (repo_root / 'docs/results.md').read_text()
    verdict = words(text[text.index('## What this says'):text.index('## White blood cells')])
    stated = re.findall(r'([+-]?\d+\.\d+ ± \d+\.\d+)[^±(]*\(p (0\.\d\d)\)', verdict)
    assert len(stated) >= 6
    for figure, p in stated:
        assert any(figure in line and abs(float(found) - float(p)) < 0.0056 for line in results for found in re.findall(
            r'\b0\.\d{3}\b', line)), (figure, p)  # rounded twice
    shares, = re.findall(r'by (\d+) and (\d+) % of what the other', verdict)
    assert all(any(f'| {share} % |' in line for line in results) for share in shares)
    costs = {step['config']: step['ratios'] for step in read_steps()['results_wbc']['steps']}
    ours, fused = (costs[f'{kind}/unet_wbc_1-10']['supervised/unet_wbc_1-10_augmented']['time']
                   for kind in ('entmin', 'entmin_plus'))
    assert f'at {ours:.1f} times its cost a step' in verdict
    assert re.search(rf'its fusion with a consistency loss \(.*?\) at {fused:.1f} times', verdict)


def test_every_file_that_it_names_exists(readme, repo_root):
    paths = set(re.findall(r'\b((?:tools|docs|demo|configs)/[\w./-]+\.(?:py|sh|md|png|ipynb))\b', readme))
    assert len(paths) > 18
    assert not [path for path in paths if not (repo_root / path).is_file()]


def test_the_costs_of_a_step_are_those_of_the_records(repo_root):
    text, measured = words((repo_root / 'docs/peers.md').read_text()), read_steps()
    for name, part in (('unet_128', '× {:.2f} for a U-Net at 128 pixels'),
                       ('camvid_192', "× {:.2f} for CamVid's network"),
                       ('deeplabv2_r50_321', '× {:.2f} for DeepLabv2 on ResNet-50')):
        steps = measured[name]['steps']
        limit = next(step for step in steps if step['limit'])
        assert part.format(steps[0]['ratios'][limit['config']]['time']) in text
    steps = {step['config']: step['ratios'] for step in measured['wbc_48']['steps']}
    ours, fused = (steps[f'{kind}/unet_wbc_1-10']['supervised/unet_wbc_1-10_augmented']['time']
                   for kind in ('entmin', 'entmin_plus'))
    assert f'small network on blood cells it costs × {ours:.2f}, and × {fused:.2f} with consistency' in text
