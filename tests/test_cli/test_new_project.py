# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""entmin new-project, as a user would call it, and then the training that it names."""
import re
import shlex

import numpy as np
import pytest
from PIL import Image

from entmin.command_line import main
from entmin.new_project import DEFAULT_BASE

VALUES = np.array([0, 128, 255], np.uint8)


@pytest.fixture
def command(tiny_dataset, tiny_config, tmp_path, monkeypatch):
    """Runs the tool on sixteen images and six masks of values 0, 128 and 255, in a folder of its own."""
    masks = tmp_path / 'my masks'
    masks.mkdir()
    for path in sorted((tiny_dataset / 'annotations').iterdir())[:6]:
        Image.fromarray(VALUES[np.array(Image.open(path))]).save(masks / path.name)
    monkeypatch.chdir(tmp_path)

    def run(*options):
        main(['new-project', str(tiny_dataset / 'images'), str(masks), '--out', 'my cells', '--base', str(tiny_config),
              '--size', '32', '--batch', '2', *options])

    return run


def test_what_it_prints_can_be_run(command, tmp_path, capfd):
    command('--classes', 'ground', 'square', 'disc')
    said = capfd.readouterr().out
    assert '6 masks, the values 0, 128, 255 in the order of classes' in said
    assert re.search(r'2 \| disc +\| +[\d.]+ \| +4 \| +2 \|', said)
    assert '4 labeled training images, 2 validation images, 10 unlabeled' in said
    assert '4 iterations (the base has 4)' in said and 'starts: none' in said and '2 validation masks are few' in said
    commands = [shlex.split(line) for line in said.splitlines() if line.startswith('  entmin ')]
    assert [words[1] for words in commands] == ['train'] * 2 + ['test'] * 2 + ['compare']
    main([*commands.pop()[1:], '--folds', '2', '--plan-only'])
    assert '6 masks, 3 held out at a time' in capfd.readouterr().out
    options = [f'{kind}_dataloader.{option}' for kind in ('train', 'val', 'test')
               for option in ('num_workers=0', 'persistent_workers=False')]
    for _, *words in commands[1::2]:  # those of the semi-supervised config, which inherits the other
        main([*words, '--cfg-options', 'train_cfg.val_interval=4', *options])
    assert list((tmp_path / 'work_dirs/my cells_semi').glob('*/vis_data')) and 'mIoU' in capfd.readouterr().out


def test_what_no_mask_shows_is_no_matter_of_the_draw(command, tiny_dataset, capfd):
    (tiny_dataset / 'images/016.png').write_bytes(b'')
    command('--classes', 'ground', 'square', 'disc', 'star', '--values', '0', '128', '255', '7')
    said = capfd.readouterr().out
    assert 'note: no mask shows star; label an image that does' in said and '--seed or' not in said
    assert 'note: 1 of 10 unlabeled images cannot be read' in said and '016.png' in said


def test_what_only_unused_masks_show_is_no_missing_class(command, tmp_path, capfd):
    for path in sorted((tmp_path / 'my masks').iterdir())[:5]:
        Image.fromarray(np.minimum(np.array(Image.open(path)), 128)).save(path)
    (tmp_path / 'val.txt').write_text('003\n')
    command('--classes', 'ground', 'square', 'disc', '--val-list', 'val.txt', '--labeled-share', '1/2', '--no-stratify')
    said = capfd.readouterr().out
    assert 'only masks that are not used show disc; give a larger --labeled-share' in said
    assert 'no mask shows' not in said


def test_a_class_that_one_part_lacks_and_void_are_said(command, tmp_path, capfd):
    for name in ('001', '002'):
        path = tmp_path / f'my masks/{name}.png'
        Image.fromarray(np.minimum(np.array(Image.open(path)), 128)).save(path)
    (tmp_path / 'val.txt').write_text('001\n002\n')
    command('--classes', 'ground', 'square', '--values', '0', '128', '--ignore-unknown', '--val-list', 'val.txt')
    assert re.search(r'255 \| ignored +\| +[1-9][\d.]+ \| +\| +\|', capfd.readouterr().out)
    command('--classes', 'ground', 'square', 'disc', '--val-list', 'val.txt', '--force')
    said = capfd.readouterr().out
    assert 'note: no validation image shows disc; take other masks' in said and 'no training image' not in said


def test_a_mistake_is_one_line(command, tmp_path):
    with pytest.raises(SystemExit, match=r'^error: the masks hold 3 values, .* for 2 classes; .*--values.*$'):
        command('--classes', 'ground', 'square')
    assert not (tmp_path / 'my cells').exists()


def test_the_default_base_is_in_the_zoo():
    from mmseg_entmin.project.base_network import load_base
    assert load_base(DEFAULT_BASE).model.type == 'EncoderDecoder'


def test_pictures_beside_the_images_masks_and_split_names_are_refused_or_read(command, tiny_dataset, tmp_path, capfd):
    for number in range(1, 4):
        Image.fromarray(np.zeros((32, 32), np.uint8)).save(tiny_dataset / f'images/00{number}_overlay.png')
    (tmp_path / 'names.txt').write_text('blank ground\nsquare\ndisc\n')
    three = ('--classes', 'names.txt', '--val-share', '1/3')
    with pytest.raises(SystemExit, match=r"00\d_overlay.png' looks like .*--leave-out _overlay.png"):
        command(*three)
    with pytest.raises(SystemExit, match=r"--classes gives 4 names, but '.*names.txt' has them as 3 lines"):
        command('--classes', 'blank', 'ground', 'square', 'disc')
    command(*three, '--leave-out', '_overlay.png')
    said = capfd.readouterr().out
    assert '| blank ground |' in said and '10 unlabeled' in said
    assert 'overlay' not in (tmp_path / 'my cells/splits/unlabeled.txt').read_text()


def test_ids_of_objects_are_one_class(command, tmp_path, capfd):
    command('--classes', 'ground', 'object', '--foreground')
    assert 'values from 1 on are object' in capfd.readouterr().out
    found = np.array(Image.open(tmp_path / 'my cells/masks/001.png'))
    assert (found == (np.array(Image.open(tmp_path / 'my masks/001.png')) > 0)).all()
