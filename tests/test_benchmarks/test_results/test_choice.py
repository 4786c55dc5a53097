# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The table of docs/peers.md that says which method to choose, and the sentences below it."""
import re
import statistics

import pytest

from benchmarks.cost.records import step_costs
from benchmarks.results.choice import BEST, CONTESTS, Contest, choice
from benchmarks.results.regimes import corrected
from benchmarks.results.seeds import differences, load


def runs(*miou):
    return {seed: dict(metrics=dict(mIoU=value)) for seed, value in enumerate(miou)}


RESULTS = {('supervised/x', 'test'): runs(70., 71., 72.), ('a/x_3k', 'test'): runs(71., 72.1, 73.),
           ('b/x', 'test'): runs(75., 73., 77.), ('c/x', 'test'): runs(69., 68., 72.), ('d/x', 'test'): runs(99., 99.),
           ('e/x', 'test'): runs(69., 69., 72.)}
CONTEST = Contest('few masks', 'test', 'supervised/x', [(run, f'**{run[0]}**') for run, _ in RESULTS][1:])


def test_the_best_come_first_with_interval_p_and_cost():
    lines = CONTEST.lines(RESULTS, {'a/x': 2., 'b/x': 1.5})
    assert [line[3] for line in lines] == ['b', 'a', 'e'][:BEST]
    assert lines[0][:3] == ['**few masks**', '71.00 ± 1.00', '4'] and lines[1][:3] == [''] * 3
    family = [differences(RESULTS[run, 'test'], RESULTS['supervised/x', 'test']) for run in (
        'a/x_3k', 'b/x', 'c/x', 'e/x')]
    assert float(lines[1][5]) == pytest.approx(corrected(family[0], family), abs=1e-3)
    assert lines[1][4].startswith('**+1.03 (') and not lines[0][4].startswith('**')
    assert [line[6] for line in lines[:2]] == ['× 1.50', '× 2.00'] and lines[0][7] == '3'


def test_a_setting_of_one_method_or_without_a_baseline_is_left_out():
    assert not Contest('x', 'test', 'supervised/x', CONTEST.rows[:1]).lines(RESULTS, {})
    assert not Contest('x', 'sets', 'supervised/x', CONTEST.rows).lines(RESULTS, {})
    assert len(choice(load(), step_costs())) > 2


def test_the_sentences_below_the_table_are_true():
    results, costs = load(), step_costs()
    contests = {contest.supervised: contest for contest in reversed(CONTESTS) if contest.split == 'test'}

    def gains(stem):
        contest = contests[f'supervised/{stem}']
        found = {run: differences(results.get((run, 'test'), {}), results[contest.supervised, 'test'])
                 for run, _ in contest.rows}
        return {run: gain for run, gain in found.items() if len(gain) > 1}

    cells = gains('unet_toycells_1-10')
    best = sorted(cells, key=lambda run: statistics.mean(cells[run]))[-BEST:]
    assert best[-1] == 'pseudo_label/unet_toycells_1-10' == min(best, key=costs.get)
    real = gains('unet_wbc_1-10_augmented')
    assert all(corrected(gain, [*real.values()]) > 0.05 for gain in real.values())
    scenes = gains('deeplabv2_camvid_1-8_3k')
    ours, double = 'entmin_plus/deeplabv2_camvid_1-8_3k', 'supervised/deeplabv2_camvid_1-8_3k_double'
    assert max(scenes, key=lambda run: statistics.mean(scenes[run])) == ours and len(scenes[double]) == 2
    assert statistics.mean(scenes[double]) > 0 and costs[double.replace('_3k', '')] < costs[ours.replace('_3k', '')]
    back = next(contest for contest in CONTESTS if contest.title == 'the way back')
    best, *others = back.lines(results, costs)
    colors, = (line for line in others if line[3] == 'supervised, colors')
    low, high = (float(end) for end in re.findall(r'[+-][\d.]+', best[4])[1:])
    assert low < float(colors[4].strip('*').split()[0]) < high
    assert float(colors[6][2:]) < 0.55 * float(best[6][2:])
