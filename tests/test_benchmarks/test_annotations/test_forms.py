# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The forms of labels: what they are written as is the truth, and no record is wrong in silence."""
import numpy as np
import pytest

from benchmarks.annotations import forms, mask_forms
from benchmarks.annotations.export_forms import FORMS
from benchmarks.annotations.form_list import Form
from benchmarks.annotations.scenes import scene
from benchmarks.annotations.written_by import filled
from benchmarks.csv_rows import read_rows

ROWS = read_rows(forms.RECORD, dict.fromkeys(forms.COLUMNS, str))


def test_objects_are_their_outlines():
    for thing in scene(1):
        assert (filled([list(point) for point in thing.outline], thing.holes) == thing.shown).all()


@pytest.mark.parametrize('name', ['CVAT segmentation mask: labelmap.txt with parts', 'COCO results (of a network)'])
def test_a_form_is_read_or_refused_as_expected(name):
    form, = (form for form in FORMS if form.name == name)
    row = forms.measured(form)
    assert forms.expected(form, row) and row['outcome'] == ('refused' if form.refused else 'equal')


def test_wrong_labels_are_seen():
    def wrong(folder):
        for name, labels in mask_forms.masks(folder):
            mask_forms.save(folder / 'masks', f'{name}.png', np.array([0, 2, 1], np.uint8)[labels])

    form = Form('wrong', 'Pillow', mask_forms.THREE, wrong)
    row = forms.measured(form)
    assert row['outcome'].endswith('% differ') and not forms.expected(form, row)
    assert forms.expected(form._replace(differs='why'), row) and not forms.expected(form._replace(refused='x'), row)


def test_the_records_have_all_forms_and_none_is_wrong_in_silence():
    recorded = {row['form'] for row in ROWS}
    assert recorded >= {form.name for form in (*mask_forms.FORMS, *FORMS)} | {tool[1] for tool in forms.BY_TOOLS}
    assert len(ROWS) >= 25 and all(row['outcome'] == 'equal' or row.get('reason') for row in ROWS)


def test_the_page_has_the_table():
    lines = '\n'.join(forms.table('forms'))
    assert lines in forms.PAGE.read_text(encoding='utf-8')
    with pytest.raises(KeyError):
        forms.table('other')
