# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""nnU-Net's dataset.json describes the masks in labelsTr."""
import json

import pytest

from mmseg_entmin.project.annotations.registry import recognise

CHANNELS = dict(channel_names={'0': 'R'}, file_ending='.png')


def written(folder, document, *images):
    for name in ('labelsTr/a.png', *(f'imagesTr/{image}' for image in images)):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).touch()
    (folder / 'dataset.json').write_text(json.dumps(document))
    return folder


@pytest.mark.parametrize('document', [
    dict(CHANNELS, labels=dict(background=0, nucleus=2, cell=1)),
    dict(CHANNELS, labels=dict(background=0, cell=[1], nucleus=2)),
    dict(modality={'0': 'R'}, labels={'2': 'nucleus', '0': 'background', '1': 'cell'})])
def test_both_versions(tmp_path, document):
    form = recognise(written(tmp_path, document, 'a_0000.png', 'b_0000.png'))
    assert form.folder == tmp_path / 'labelsTr' and not form.notes
    assert form.options == dict(classes=['background', 'cell', 'nucleus'], values=[0, 1, 2], mask_suffix=['.png'],
                                image_suffix='_0000.png', ignore_unknown=False)


def test_the_ignored_label_and_images_without_channel_numbers(tmp_path):
    form = recognise(written(tmp_path, dict(CHANNELS, labels=dict(background=0, cell=1, ignore=2)), 'a.png'))
    assert form.options['classes'] == ['background', 'cell'] and form.options['ignore_unknown']
    assert form.notes == ['value 2, named ignore, is ignored'] and 'image_suffix' not in form.options


@pytest.mark.parametrize('change, images, message', [
    (dict(labels=dict(background=0, whole=[1, 2], core=2)), [], 'whole are regions of several values'),
    (dict(labels=dict(background=0, a=1, b=1)), [], 'two labels have one value'),
    (dict(labels=dict(a=0), file_ending='.nii.gz'), [], r'describes volumes \(.nii.gz\); save their slices'),
    (dict(labels=dict(a=0)), ['a_0000.png', 'a_0001.png'], 'holds several files a case, like a_0001.png')])
def test_what_is_no_mask_of_classes_is_refused(tmp_path, change, images, message):
    with pytest.raises(ValueError, match=message):
        recognise(written(tmp_path, dict(CHANNELS, **change) if 'file_ending' not in change else
                          dict(channel_names={}, **change), *images))
