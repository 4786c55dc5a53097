# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Many images: shares of several processes, and runs that are killed."""
import json
import multiprocessing
import os
import shutil
import signal
import time
from argparse import Namespace
from contextlib import suppress

import numpy as np
import pytest
import torch
from PIL import Image

from entmin.command_line import main as entmin
from mmseg_entmin.cli.shards import Shard, goes_on, shard_of
from tests.tiny_checkpoint import save

IMAGES = 240
COMMANDS = dict(predict=[], pseudo_label=['--threshold', '0.4'], rank=['--count', '5'])


@pytest.fixture(scope='module')
def many(tmp_path_factory):
    """A folder of tiny images, and the options of a model."""
    folder = tmp_path_factory.mktemp('many')
    (folder / 'images').mkdir()
    rng = np.random.default_rng(0)
    for number in range(IMAGES):
        Image.fromarray(rng.integers(0, 256, (16, 16, 3), np.uint8)).save(folder / f'images/{number:03}.png')
    config, checkpoint = save(folder)
    return [str(folder / 'images'), '--config', str(config), '--checkpoint', str(checkpoint), '--device', 'cpu',
            '--batch-size', '1']  # a batch of others rounds otherwise


def run(command, many, out, *options):
    entmin([command.replace('_', '-'), *many, '--out', str(out), *COMMANDS[command], *options])


def contents(out):
    return {path.relative_to(out).as_posix(): path.read_bytes() for path in out.rglob('*') if path.is_file()}


@pytest.fixture(scope='module')
def alone(many, tmp_path_factory):
    """What each command writes in one process."""
    found = {}
    for command in COMMANDS:
        out = tmp_path_factory.mktemp('alone') / command
        run(command, many, out)
        found[command] = contents(out)
    return found


@pytest.mark.parametrize('command', COMMANDS)
def test_shares_write_what_one_process_writes(command, many, alone, tmp_path, capsys):
    for number in (2, 3, 1):
        assert not (tmp_path / 'presence.csv').exists()
        run(command, many, tmp_path, '--shard', f'{number}/3')
    assert contents(tmp_path) == alone[command]
    said = capsys.readouterr().out
    assert 'share 2/3 is done; 160 of 240 images are left' in said and 'share 1/3 is done' not in said


def kill_when(process, enough):
    """Kills a process as soon as it has done enough."""
    until = time.monotonic() + 60
    while not enough():
        assert process.is_alive() and time.monotonic() < until
        time.sleep(0.001)
    os.kill(process.pid, signal.SIGKILL)
    process.join()
    assert process.exitcode == -signal.SIGKILL


def noted(out):
    """Names of images that were noted, by the file."""
    found = {}
    for path in out.glob('.progress/*.jsonl'):
        with suppress(FileNotFoundError):  # a process that ends removes it
            rows = [json.loads(line) for line in path.read_text().splitlines() if line.endswith(']')]
            found[path.name] = [row[0] for row in rows]
    return found


@pytest.mark.parametrize('command', COMMANDS)
def test_a_kill_in_the_middle_loses_and_repeats_nothing(command, many, alone, tmp_path):
    fork = multiprocessing.get_context('fork')
    processes = [fork.Process(target=run, args=(command, many, tmp_path, '--shard', f'{number}/2', '--workers', '1'))
                 for number in (1, 2)]
    for process in processes:
        process.start()
    kill_when(processes[0], lambda: len(noted(tmp_path).get('1-of-2.jsonl', ())) > 20)
    processes[1].join()
    assert processes[1].exitcode == 0
    before = noted(tmp_path)
    assert 20 < len(before['1-of-2.jsonl']) < 120 and len(before['2-of-2.jsonl']) == 120
    results = [tmp_path / ('masks' if command == 'predict' else 'annotations') / f'{name}.png'
               for names in before.values() for name in names] if command != 'rank' else []
    times = {path: path.stat().st_mtime_ns for path in results}
    (tmp_path / '.progress/1-of-2.jsonl').open('a').write('["half a li')
    seen = []
    again = fork.Process(target=run, args=(command, many, tmp_path, '--shard', '1/2', '--resume'))
    again.start()
    while again.is_alive():
        seen = noted(tmp_path).get('1-of-2.jsonl') or seen
        time.sleep(0.001)
    assert again.exitcode == 0
    assert len(seen) == len(set(seen))
    assert {path: path.stat().st_mtime_ns for path in results} == times
    assert contents(tmp_path) == alone[command]


def test_half_files_are_made_again(many, alone, tmp_path, capsys):
    run('predict', many, tmp_path)
    whole = tmp_path / 'masks/007.png'
    whole.write_bytes(whole.read_bytes()[:-20])
    (tmp_path / 'masks/008.png').unlink()
    (tmp_path / 'masks/.007.png.0123abcd.partial').write_bytes(b'half')
    (tmp_path / 'masks/.009.png.0123abcd.partial').write_bytes(b'that of another process')
    run('predict', many, tmp_path, '--resume')
    assert '238 of 240 images are done already' in capsys.readouterr().out
    assert (tmp_path / 'masks/.009.png.0123abcd.partial').exists()
    (tmp_path / 'masks/.009.png.0123abcd.partial').unlink()
    assert contents(tmp_path) == alone['predict']


def test_a_run_that_ended_is_whole(many, tmp_path, capsys):
    for command in ('pseudo_label', 'rank'):
        out = tmp_path / command
        run(command, many, out)
        before = contents(out)
        run(command, many, out, '--resume')
        assert 'its 240 images are there, nothing is left to do' in capsys.readouterr().out
        assert contents(out) == before
    (tmp_path / 'pseudo_label/annotations/005.png').unlink()
    with pytest.raises(SystemExit, match="pseudo.txt' is of a run that ended without '.*005.png'; give --force"):
        run('pseudo_label', many, tmp_path / 'pseudo_label', '--resume')


def test_a_resume_has_the_same_settings(many, tmp_path):
    run('predict', many, tmp_path, '--shard', '1/2')
    with pytest.raises(SystemExit, match='000.png. exists .*, or --resume to go on with a run that was ended'):
        run('predict', many, tmp_path, '--shard', '1/2')
    for options, name in ((['--overlay'], '--overlay'), (['--fast'], '--fast')):
        with pytest.raises(SystemExit, match=f'--resume: the results in .* were made with another {name}; give the'):
            run('predict', many, tmp_path, '--resume', *options)
    run('predict', many, tmp_path, '--resume', '--shard', '2/3')
    run('predict', many, tmp_path, '--force')
    assert [path.name for path in (tmp_path / '.progress').iterdir()] == ['done']


@pytest.fixture(scope='module')
def few(many, tmp_path_factory):
    """Two folders of images of the same names, and the options of two models."""
    found = []
    for number in (1, 2):
        folder = tmp_path_factory.mktemp('few')
        (folder / 'images').mkdir()
        for name in 'abc':
            pixels = np.random.default_rng([number, ord(name)]).integers(0, 256, (16, 16, 3), np.uint8)
            Image.fromarray(pixels).save(folder / f'images/{name}.png')
        torch.manual_seed(number)
        config, checkpoint = save(folder)
        found.append((str(folder / 'images'), ['--config', str(config), '--checkpoint', str(checkpoint), *many[5:]]))
    return found


@pytest.mark.parametrize('command', COMMANDS)
def test_results_of_a_run_that_ended_are_not_mixed_with_others(command, few, tmp_path):
    (images, model), (others, other_model) = few
    options = ['--count', '1'] if command == 'rank' else []
    run(command, [images, *model], tmp_path, *options)
    before = contents(tmp_path)
    with pytest.raises(SystemExit, match='--resume: the results .* were made with another checkpoint'):
        run(command, [images, *other_model], tmp_path, '--resume', *options)
    if command == 'rank':
        with pytest.raises(SystemExit, match='--resume: the results .* were made with another --count'):
            run(command, [images, *model], tmp_path, '--resume', '--count', '2')
    if command == 'predict':
        with pytest.raises(SystemExit, match='--resume: .*a.png. is not the image whose results are in'):
            run(command, [others, *model], tmp_path, '--resume')
    assert contents(tmp_path) == before
    shutil.rmtree(tmp_path / '.progress')
    if command == 'predict':
        with pytest.raises(SystemExit, match='exists .*; nothing in .*progress. says how it was made'):
            run(command, [images, *model], tmp_path, '--resume')


def test_shares_of_two_models_are_not_mixed(few, tmp_path):
    (images, model), (_, other_model) = few
    run('predict', [images, *model], tmp_path, '--shard', '2/2')
    with pytest.raises(SystemExit, match='--shard: the results .* were made with another checkpoint'):
        run('predict', [images, *other_model], tmp_path, '--shard', '1/2')
    run('predict', [images, *other_model], tmp_path, '--shard', '1/2', '--force')
    assert not (tmp_path / 'presence.csv').exists()
    run('predict', [images, *other_model], tmp_path, '--shard', '2/2', '--force')
    run('predict', [images, *other_model], tmp_path / 'alone')
    assert (tmp_path / 'presence.csv').read_bytes() == (tmp_path / 'alone/presence.csv').read_bytes()


def test_more_shares_than_images(few, tmp_path, capsys):
    for number in (5, 1, 3, 2, 4):  # the last comes when all is done
        run('predict', [few[0][0], *few[0][1]], tmp_path, '--shard', f'{number}/5', '--uncertainty')
    assert (tmp_path / 'scales.json').exists()
    assert capsys.readouterr().out.count('3 images: masks') == 2


def test_a_file_in_two_folders_has_both_names(few, tmp_path):
    folder = tmp_path / 'images'
    shutil.copytree(few[0][0], folder / 'inner')
    run('predict', [str(folder), str(folder / 'inner'), *few[0][1]], tmp_path / 'out')
    assert len((tmp_path / 'out/presence.csv').read_text().splitlines()) == 1 + 6


def test_unreadable_images_are_tried_again(many, tmp_path, capsys):
    images = tmp_path / 'images'
    images.mkdir()
    for path in sorted((tmp_path / many[0]).iterdir())[:4]:
        (images / path.name).write_bytes(path.read_bytes())
    good = (images / '003.png').read_bytes()
    (images / '003.png').write_bytes(b'no image')
    options = [str(images), *many[1:]]
    run('predict', options, tmp_path / 'out', '--shard', '1/2')
    for number in ('2/2', '2/2'):
        with pytest.raises(SystemExit) as end:
            run('predict', options, tmp_path / 'out', '--shard', number, '--resume')
        assert end.value.code == 3
    said = capsys.readouterr()
    assert '1 of 2 images could not be read' in said.err and '3 images: masks' in said.out
    (images / '003.png').write_bytes(good)
    run('predict', options, tmp_path / 'out', '--resume')
    assert len((tmp_path / 'out/presence.csv').read_text().splitlines()) == 5


def test_launchers_number_the_processes(monkeypatch):
    args = Namespace(shard=None, launcher='none', resume=False)
    assert shard_of(args) == (1, 1) and not goes_on(args)
    assert Shard(2, 3).of([*range(8)]) == [1, 4, 7]
    for launcher, names in (('pytorch', 'RANK WORLD_SIZE LOCAL_RANK'), (
            'slurm', 'SLURM_PROCID SLURM_NTASKS SLURM_LOCALID')):
        args.launcher = launcher
        for name in names.split():
            monkeypatch.delenv(name, raising=False)
        with pytest.raises(ValueError, match=f'--launcher {launcher}: {names.split()[0]} is not set; start the com'):
            shard_of(args)
        for name, value in zip(names.split(), '131'):
            monkeypatch.setenv(name, value)
        assert shard_of(args) == (2, 3)
    monkeypatch.setenv('TORCHELASTIC_RESTART_COUNT', '1')
    assert goes_on(args)
    args.shard = '1/2'
    with pytest.raises(ValueError, match='--shard 1/2 --launcher slurm: the launcher numbers the processes'):
        shard_of(args)
    args.launcher = 'none'
    for text in ('0/2', '3/2', '2', 'a/b', '1/2/3'):
        args.shard = text
        with pytest.raises(ValueError, match=f"--shard '{text}': give the number of the share"):
            shard_of(args)


def test_what_makes_one_file_has_no_shares(many, tmp_path):
    with pytest.raises(SystemExit, match='--format coco makes one file of all images: leave out --shard'):
        run('pseudo_label', many, tmp_path, '--format', 'coco', '--shard', '1/2')
