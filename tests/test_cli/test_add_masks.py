# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""entmin add-masks, as a user would call it, and then the training that it names."""
import re
import shlex

import pytest
from PIL import Image

from entmin.command_line import main
from mmseg_entmin.project.annotations.registry import recognise
from tests.tiny_checkpoint import save
from tests.tiny_project import UNLABELED


def test_what_it_prints_can_be_run(cells, corrected, tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    main(['add-masks', 'cells', str(corrected('001', '003', '008'))])
    said = capfd.readouterr().out
    assert '1 image moves from unlabeled to labeled: 008' in said
    assert '5 labeled training images, 2 validation images, 9 unlabeled' in said
    assert 'note: 1 validation image has other masks in the export, which were not taken (--update-val' in said
    assert 'note: 1 labeled image has other masks in the export, which were not taken (--update takes' in said
    assert re.search(r'\| +1 \| square +\| +[1-9]', said) and '4 iterations as before, 2 passes' in said
    command = [line for line in said.splitlines() if line.startswith('  entmin train')][1]
    options = [f'{kind}_dataloader.{option}' for kind in ('train', 'val', 'test')
               for option in ('num_workers=0', 'persistent_workers=False')]
    main([*shlex.split(command)[1:], '--cfg-options', 'train_cfg.val_interval=4', *options])
    assert list((tmp_path / 'work_dirs/cells_semi_5').glob('*/vis_data'))


def test_too_few_unlabeled_images_and_nothing_new_are_said(cells, corrected, capfd):
    main(['add-masks', str(cells), str(corrected(*UNLABELED[:-1]))])
    assert 'note: 1 unlabeled image is left, fewer than the 2 of a batch: set unlabeled_batch=1' in (
        said := capfd.readouterr().out) and said.count('  entmin train') == 2
    with pytest.raises(SystemExit, match='no mask was taken, the project is as it was'):
        main(['add-masks', str(cells), str(corrected())])
    assert '9 images have these masks already: 007, 008' in capfd.readouterr().out
    main(['add-masks', str(cells), str(corrected(UNLABELED[-1]))])
    said = capfd.readouterr().out
    assert '0 unlabeled images are left' in said and said.count('  entmin train') == 1


@pytest.mark.parametrize('words, message', [
    (['--rename', 'a'], "'a' is no OLD=NEW"), (['--colors', '#000000', '--values', '1'], 'not allowed with')])
def test_options_are_checked(words, message, cells, capfd):
    with pytest.raises(SystemExit):
        main(['add-masks', str(cells), 'x', *words])
    assert message in capfd.readouterr().err


def test_predictions_that_a_person_accepts_come_back(cells, tiny_original, tmp_path):
    """Predictions for a tool, its export without a change, and the labels are the prediction."""
    config, checkpoint = save(tmp_path)
    out = tmp_path / 'cvat'
    model = ['--config', str(config), '--checkpoint', str(checkpoint), '--device', 'cpu']
    images = [str(tiny_original / 'images'), '--list', str(cells / 'splits/unlabeled.txt')]
    main(['pseudo-label', *images, *model, '--out', str(out), '--format', 'cvat', '--threshold', '0'])
    main(['predict', *images, *model, '--out', str(tmp_path / 'predicted')])
    assert recognise(out).classes == ['cytoplasm', 'nucleus']
    main(['add-masks', str(cells), str(out), '--rename', 'cytoplasm=square', 'nucleus=disc', '--empty-too'])
    for name in UNLABELED:
        found, expected = (Image.open(folder / f'{name}.png').tobytes()
                           for folder in (cells / 'masks', tmp_path / 'predicted/masks'))
        assert found == expected
