# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""docs/performance.md and the table of docs/reliability.md say what their records say."""
import re
import shutil

import pytest

from benchmarks.cost import records
from benchmarks.cost.performance_page import write_page
from tests.stress.faults import write_page as write_reliability

STEP = dict(
    config='entmin/x', limit=False, images=[4, 4], size=[32, 32], parameters=7, torch='2.11.0', device='CPU',
    seconds=0.1, quartiles=[0.09, 0.11], flops=12, memory_mib=1.5, process_mib=600., ratio=1.)


def test_the_page_is_that_of_the_records(repo_root, tmp_path):
    (tmp_path / 'docs').mkdir()
    shutil.copy(repo_root / 'docs/performance.md', tmp_path / 'docs')
    write_page(tmp_path)
    assert (tmp_path / 'docs/performance.md').read_text() == (repo_root / 'docs/performance.md').read_text()
    assert (tmp_path / 'docs/figures/cost_scaling.png').is_file()


def test_the_text_of_the_page_is_that_of_the_records(repo_root):
    """Figures outside the tables that follow from today's records; earlier measurements have no record."""
    text = ' '.join((repo_root / 'docs/performance.md').read_text().split())
    measured = {name: {step['config']: step['ratios'] for step in found['steps']}
                for name, found in records.read_steps().items()}

    def ratio(name, config, other, kind='time'):
        return round(measured[name][config][other][kind], 2)

    settings = dict(unet_128='unet_toycells_1-10', deeplabv2_r50_321='deeplabv2_voc_1-8,model.backbone.depth=50',
                    camvid_192='deeplabv2_camvid_1-8', gpu_r101_321='deeplabv2_voc_1-8')
    time, memory = ([ratio(name, f'entmin/{run}', f'supervised/{run}', kind) for name, run in settings.items()]
                    for kind in ('time', 'memory'))
    small = {run: ratio('wbc_48', f'entmin/unet_wbc_1-10{run}', 'supervised/unet_wbc_1-10_augmented')
             for run in ('', ',model.forward_mode=two')}
    ours, work = 'entmin/unet_toycells_1-10', measured['peers_unet_128']
    peers = {config: round(ratios[run]['time'], 2) for name in ('peers_unet_128', 'peers_deeplabv2_r50_321',
             'peers_gpu_r101_321') for run in measured[name] if run.startswith('entmin/')
             for config, ratios in measured[name].items() if not config.startswith(('entmin/', 'supervised/'))}
    bfloat16 = ',optim_wrapper.type=AmpOptimWrapper,optim_wrapper.dtype=bfloat16'
    run = 'deeplabv2_voc_1-8'
    half = ratio('gpu_r101_321', f'entmin/{run}{bfloat16}', f'supervised/{run}{bfloat16}')
    released = [ratio('peers_unet_128', f'{peer}/unet_toycells_1-10,model.{option}=True', ours)
                for peer, option in (('unimatch', 'eval_partner'), ('uamt', 'training_teacher'))]
    beyond = [work[f'{peer}/unet_toycells_1-10']['supervised/unet_toycells_1-10']['time']
              - work['pseudo_label/unet_toycells_1-10']['supervised/unet_toycells_1-10']['time']
              for peer in ('advsemiseg', 's4gan')]
    for sentence in (
            f'at most {100 * (max(time) - 1):.0f} % more time and {100 * (max(memory) - 1):.0f} % more memory',
            f"(48 pixels) it takes {small['']:.1f} times",
            f'The peers take {min(peers.values()):.1f} to {max(peers.values()):.1f} times the time of the method',
            f'{time[0]:.2f} (this one)', f"(above {small['']:.2f} to {small[',model.forward_mode=two']:.2f})",
            f'In bfloat16 ours takes x {half:.2f} of the supervised step in bfloat16',
            f'UniMatch takes x {released[0]:.2f}', f'UA-MT x {released[1]:.2f}',
            f'takes {beyond[0]:.2f} and {beyond[1]:.2f} supervised steps'):
        assert sentence in text, sentence
    assert ('missed by one hundredth' in text) == (time[-1] == 1.04)
    for label, config in {'s4GAN': 's4gan/{}', 'AdvSemiSeg': 'advsemiseg/{}', 'UniMatch': 'unimatch/{}',
                          'CPS': 'cps/{}', 'UA-MT': 'uamt/{}', 'UniMatch, released passes':
                          'unimatch/{},model.eval_partner=True', 'UA-MT, released passes':
                          'uamt/{},model.training_teacher=True'}.items():
        row, = re.findall(rf'\| {label} \|[^|]*\|[^|]*\|[^|]*\| ([\d.]+) \|', text)
        assert float(row) == ratio('peers_unet_128', config.format('unet_toycells_1-10'), ours), label


def test_a_step_of_the_later_peers_costs_what_its_passes_do():
    steps = records.read_steps()['later_peers_unet_128']['steps']
    supervised, = (step for step in steps if step['config'].startswith('supervised/'))
    for step in steps:
        if step is not supervised:
            work = step['flops'] / supervised['flops']
            assert step['ratios'][supervised['config']]['cpu'] == pytest.approx(work, rel=0.15), step['config']


def test_the_table_of_reliability_is_that_of_the_records(repo_root, tmp_path):
    text = (repo_root / 'docs' / 'reliability.md').read_text()
    page = tmp_path / 'reliability.md'
    page.write_text(text)
    write_reliability(page)
    assert page.read_text() == text


def test_a_measurement_comes_back_and_replaces_an_earlier_one_of_its_name(tmp_path):
    pair = dict(time=0.5, cpu=0.25, memory=2.)
    steps = [dict(STEP, ratios={'supervised/x': pair}), dict(STEP, config='supervised/x', limit=True, ratios={})]
    first = dict(command='entmin/x --limit supervised/x', rounds=3, threads=1, steps=steps)
    records.record_steps('results_tiny', first, tmp_path)
    records.record_steps('tiny', dict(first, steps=[dict(STEP, ratio=3., ratios={})]), tmp_path)
    assert records.read_steps(tmp_path)['results_tiny'] == first
    records.record_steps('tiny', dict(first, steps=[dict(STEP, ratio=4., ratios={})]), tmp_path)
    found = records.read_steps(tmp_path)
    assert [step['ratio'] for step in found['tiny']['steps']] == [4.] and found['results_tiny'] == first
    assert records.step_costs(tmp_path) == {'entmin/x': 0.25, 'supervised/x': 1.}, 'of what is measured for the results'


def test_costs_are_relative_to_the_supervised_step_wherever_it_stands(tmp_path):
    steps = [dict(STEP, ratios={'supervised/y': dict(time=3., cpu=2., memory=2.)}),
             dict(STEP, config='supervised/y', ratio=0.5, ratios={})]
    for name in ('peers_unet_128', 'unet_128'):
        records.record_steps(name, dict(command='x', rounds=3, threads=1, steps=steps), tmp_path)
    assert records.step_costs(tmp_path) == {'entmin/x': 2., 'supervised/y': 1.}


@pytest.mark.parametrize('name', records.TABLES)
def test_another_measurement_comes_back(name, tmp_path):
    rows = records.read_table(name)
    records.write_table(name, rows, tmp_path)
    assert rows and records.read_table(name, tmp_path) == rows
