# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The README's figures are those of the committed results, and its files and configs exist."""
import json
import re

import pytest


@pytest.fixture(scope='module')
def readme(repo_root):
    return (repo_root / 'README.md').read_text()


def test_the_demos_table_is_that_of_its_record(readme, repo_root):
    record = json.loads((repo_root / 'docs/demo.json').read_text())
    for method, result in record['results'].items():
        cells = [method, result['labeled'], result['unlabeled'], *(f'{x:.2f}' for x in result['metrics'].values())]
        assert f"| {' | '.join(map(str, cells))} |" in readme
    assert f"| difference | | | {' | '.join(f'{x:+.2f}' for x in record['difference'].values())} |" in readme


@pytest.fixture(scope='module')
def results(repo_root):
    lines = (repo_root / 'docs/results.md').read_text().replace('**', '').splitlines()
    return [line for line in lines if line.startswith(('|', '- '))]  # tables and differences, not what is said of them


FIGURE = re.compile(r'[+-]?\d+\.\d+ ± \d+\.\d+')


@pytest.mark.parametrize('page, least', [('README.md', 40), ('docs/index.md', 6), ('docs/how_it_works.md', 6),
                                         ('docs/troubleshooting.md', 3), ('configs/entmin_plus/README.md', 2),
                                         ('docs/results.md', 400)])
def test_every_mean_and_deviation_stands_in_the_results(repo_root, results, page, least):
    figures = FIGURE.findall((repo_root / page).read_text())
    assert len(figures) >= least
    assert not [figure for figure in figures if not any(figure in line for line in results)]


def test_its_table_is_the_first_of_the_results(readme, repo_root):
    text = (repo_root / 'docs/results.md').read_text()
    first = [line for line in text[:text.index('\n## White blood cells')].splitlines() if line.startswith('|')]
    assert len(first) > 15 and '\n'.join(first) in readme


def test_p_values_and_shares_of_the_gap_are_those_of_the_results(readme, results):
    readme = ' '.join(readme.split())
    stated = re.findall(r'([+-]?\d+\.\d+ ± \d+\.\d+)[^±(]*\(p (0\.\d\d)\)', readme)
    assert len(stated) >= 6
    for figure, p in stated:
        assert any(figure in line and abs(float(found) - float(p)) < 0.0056 for line in results for found in re.findall(
            r'\b0\.\d{3}\b', line)), (figure, p)  # rounded twice
    shares, = re.findall(r'by (\d+) and (\d+) % of what the other', readme)
    assert all(any(f'| {share} % |' in line for line in results) for share in shares)


def test_every_file_that_it_names_exists(readme, repo_root):
    paths = set(re.findall(r'\b((?:tools|docs|demo|configs)/[\w./-]+\.(?:py|sh|md|png))\b', readme))
    assert len(paths) > 10
    assert not [path for path in paths if not (repo_root / path).is_file()]


def test_the_costs_of_a_step_are_those_of_the_records(readme, repo_root):
    readme = ' '.join(readme.split())
    for name, text in (('unet_128', '× {:.2f} for a U-Net at 128 pixels'),
                       ('camvid_192', "× {:.2f} for CamVid's network"),
                       ('deeplabv2_r50_321', '× {:.2f} for DeepLabv2 on ResNet-50')):
        steps = json.loads((repo_root / f'docs/results/performance/{name}.json').read_text())['steps']
        limit = next(step for step in steps if step['limit'])
        assert text.format(steps[0]['ratios'][limit['config']]['time']) in readme
    costs = {step['config']: step['ratios'] for step in json.loads(
        (repo_root / 'docs/results/cost/wbc.json').read_text())['steps']}
    ours, fused = (costs[f'{kind}/unet_wbc_1-10']['supervised/unet_wbc_1-10_augmented']['time']
                   for kind in ('entmin', 'entmin_plus'))
    assert f'at {ours:.1f} times its cost a step' in readme
    assert re.search(rf'its fusion with a consistency loss level with it \(.*\) at {fused:.1f}\.', readme)
