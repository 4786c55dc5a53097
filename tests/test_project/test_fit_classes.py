# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""An export in the classes of a project."""
import numpy as np
import pytest

from mmseg_entmin.project.annotations.export import Annotated, Export, MaskForm, Region
from mmseg_entmin.project.fit_classes import fit_classes, outside

CLASSES = ['background', 'cell', 'nucleus']


def export_of(*names, classes=()):
    regions = [Region(name, np.ones((2, 3), bool)) for name in names]
    images = {'a.png': Annotated((3, 2), lambda: iter(regions)), 'b.png': Annotated(None, lambda size: iter(()))}
    return Export('Some', list(classes or names), dict.fromkeys(names, (1, 2, 3)), images, [])


def names_of(export):
    return [name for name, _ in export.images['a.png'].regions()]


def test_classes_may_lack_be_renamed_or_be_unused():
    fitted = fit_classes(export_of('nucleus'), CLASSES, {})
    assert fitted.classes == CLASSES and names_of(fitted) == ['nucleus']
    fitted = fit_classes(export_of('Kern', 'bg', None, classes=['Kern', 'bg', 'unused']), CLASSES, {'Kern': 'nucleus'})
    assert fitted.classes == [*CLASSES, 'unused'] and names_of(fitted) == ['nucleus', 'background', None]
    assert [*fitted.images['b.png'].regions((3, 2))] == []
    assert names_of(fit_classes(export_of('background'), ['soil', 'crop'], {})) == ['soil']


def test_other_classes_are_named():
    with pytest.raises(ValueError, match="has regions of Cell, odd, which .*--rename 'Cell=cell'"):
        fit_classes(export_of('Cell', 'odd', 'nucleus'), CLASSES, {})
    assert fit_classes(export_of('odd'), CLASSES, {}, ignore_unknown=True).classes == [*CLASSES, 'odd']
    with pytest.raises(ValueError, match="--rename: 'x' is no class of the project"):
        fit_classes(export_of('cell'), CLASSES, {'cell': 'x'})
    with pytest.raises(ValueError, match="--rename: 'x' is no class of the export; it has cell"):
        fit_classes(export_of('cell'), CLASSES, {'x': 'cell'})


def test_values_and_colors_of_mask_files_come_in_the_order_of_the_project(tmp_path):
    form = MaskForm('Some', tmp_path, dict(classes=['Kern', 'background'], values=[1, 0], mask_suffix=['.png']), [])
    options = fit_classes(form, CLASSES, {'Kern': 'nucleus'}).options
    assert options == dict(classes=CLASSES, values=[0, 256, 1], mask_suffix=['.png'])
    with pytest.raises(ValueError, match='has regions of Kern'):
        fit_classes(form, CLASSES, {})
    (tmp_path / 'labelmap.txt').write_text('nucleus:9,8,7::\nbackground:0,0,0::\n')
    form = MaskForm('Some', tmp_path, dict(colors=[str(tmp_path / 'labelmap.txt')]), [])
    assert fit_classes(form, CLASSES, {}).options['colors'] == ['0,0,0', '1,1,0', '9,8,7']


def test_what_has_no_region_is_the_first_class_unless_it_is_drawn():
    assert outside(export_of('background', 'cell'), CLASSES) == 'background'
    assert outside(export_of('road'), ['sky', 'road']) == 'background'
    assert outside(export_of('road', 'sky'), ['sky', 'road']) == 'ignored'
