# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Regions become the labels of a project: which class is the background, what is left out, and what is said."""
import numpy as np
import pytest
from PIL import Image

from mmseg_entmin.project.annotations.drawn import Drawn, order
from mmseg_entmin.project.annotations.export import IGNORED, Annotated, Export, Region


def region(name, rows, columns):
    shown = np.zeros((4, 6), bool)
    shown[slice(*rows), slice(*columns)] = True
    return Region(name, shown)


CELL, NUCLEUS = region('cell', (0, 3), (0, 4)), region('nucleus', (1, 2), (1, 3))
EXPECTED = np.array([[1, 1, 1, 1, 0, 0], [1, 2, 2, 1, 0, 0], [1, 1, 1, 1, 0, 0], [0] * 6])


def export(classes=('cell', 'nucleus'), size=(6, 4), notes=(), **images):
    def annotated(regions):
        return Annotated(size, lambda: iter(regions))
    return Export('Some JSON', list(classes), {}, {f'{name}.png': annotated(own) for name, own in images.items()},
                  list(notes))


@pytest.fixture
def images(tmp_path):
    files = {}
    for name in 'abcd':
        files[name] = tmp_path / f'{name}.png'
        Image.new('RGB', (6, 4)).save(files[name])
    return files


def doubts(drawn):
    return ' | '.join(drawn.doubts(np.zeros((1, 256)), [1.]))


def test_labels_are_regions_over_a_background(images):
    drawn = Drawn(export(a=[CELL, NUCLEUS], b=[], gone=[CELL], notes=['3 points']), images)
    assert drawn.classes == ['background', 'cell', 'nucleus'] and drawn.names == ['a']
    assert (drawn.labels('a') == EXPECTED).all() and drawn.labels('a').dtype == np.uint8
    said = doubts(drawn)
    assert said.startswith('3 points | ') and "1 of 3 images of the export are not in the folder" in said
    assert 'without a region: 1 image of the export, like b; taken as unlabeled; if they show no' in said
    assert '2 pixels are in regions of several classes (8.33%); the later region' in said and 'wholly' not in said


def test_small_regions_may_lie_on_top_and_hidden_ones_are_named(images):
    given = export(a=[NUCLEUS, CELL, region('cell', (0, 0), (0, 0))])
    drawn = Drawn(given, images)
    assert not (drawn.labels('a') == 2).any()
    assert 'wholly under later ones; --small-on-top draws smaller regions over larger: 1 of nucleus' in doubts(drawn)
    assert 'have no pixel: they are thinner than one, or outside the image: 1 of cell' in doubts(drawn)
    assert (Drawn(given, images, small_on_top=True).labels('a') == EXPECTED).all()


def test_empty_images_may_be_background(images):
    drawn = Drawn(export(a=[CELL], b=[]), images, empty_too=True)
    assert drawn.names == ['a', 'b'] and not drawn.labels('b').any() and 'taken as all background' in doubts(drawn)


def test_regions_that_are_boxes_are_named(images):
    shown = np.eye(4, 6, dtype=bool) | np.eye(4, 6, 1, dtype=bool)
    boxes = [region('cell', (row, row + 1), (0, 2)) for row in range(4)]
    assert '4 of 4 regions are upright boxes, as for detection' in doubts(Drawn(export(a=boxes), images))
    assert 'upright' not in doubts(Drawn(export(a=[*boxes, Region('nucleus', shown)]), images))


@pytest.mark.parametrize('classes, expected, said', [
    (['nucleus', 'cell'], np.choose(EXPECTED, [IGNORED, 1, 0]), 'rest ignored'),
    (['ground', 'cell'], np.minimum(EXPECTED, 1), 'not drawn'),
    (['nucleus', 'bg'], np.choose(EXPECTED, [1, 1, 0]), 'not drawn')])
def test_classes_reorder_or_take_a_part(images, classes, expected, said):
    drawn = Drawn(export(a=[CELL, NUCLEUS]), images, classes)
    assert (drawn.labels('a') == expected).all() and drawn.classes == classes
    assert drawn.note.endswith('what has no region is ignored' if 'rest' in said else
                               f"what has no region is {classes[drawn.outside]}")
    assert ('are not drawn, as --classes does not name them' in doubts(drawn)) == (said == 'not drawn')


def test_other_classes_may_be_ignored(images):
    drawn = Drawn(export(a=[CELL, NUCLEUS]), images, ['ground', 'cell'], ignore_unknown=True)
    assert (drawn.labels('a') == np.choose(EXPECTED, [0, 1, IGNORED])).all() and 'nucleus are ignored' in doubts(drawn)


@pytest.mark.parametrize('name', ['background', 'ground'])
def test_a_background_of_the_export_and_the_rest_are_one_class(images, name):
    classes = ['_background_', 'cell', 'nucleus']
    given = export(classes, a=[CELL, region('_background_', (0, 1), (0, 1)), NUCLEUS])
    expected = np.where(np.arange(24).reshape(4, 6) == 0, 0, EXPECTED)
    assert (Drawn(given, images).labels('a') == expected).all() and Drawn(given, images).classes == classes
    drawn = Drawn(given, images, [name, 'cell', 'nucleus'])
    assert (drawn.labels('a') == expected).all() and drawn.classes[0] == name


@pytest.mark.parametrize('classes, message', [
    (['cell', 'nuclues'], "names 'nuclues', which is no class of the export .do you mean 'nucleus'"),
    (['cells', 'nucleus'], "names 'cells', which is no class of the export .do you mean 'cell'"),
    (['ground', 'cell', 'star'], "names 'ground', which is no class of the export; the export has cell, nucleus"),
    (['background', 'bg', 'cell'], 'two backgrounds, background, bg'), (['cell', 'cell'], 'different names'),
    (['background'], 'give 2 to 255')])
def test_names_that_do_not_fit_are_refused(classes, message):
    with pytest.raises(ValueError, match=message):
        order(export(), classes)


def test_more_classes_than_labels_and_names_that_look_alike_are_named(images):
    many = [f'c{number}' for number in range(255)]
    with pytest.raises(ValueError, match='has 255 classes, a project has 255 at most; take some with --classes'):
        order(export(many), [])
    assert order(export(many), ['ground', 'c7']) == (['ground', 'c7'], 0)
    drawn = Drawn(export(['cell', 'Cell'], a=[CELL]), images)
    assert 'classes cell, Cell differ only in capital letters' in doubts(drawn)
    assert order(export(), ['__ignore__', 'background', 'cell']) == (['background', 'cell'], 0)


def test_regions_without_a_part_name_their_image(images):
    def broken():
        yield CELL
        raise KeyError('points')
    given = export(a=[])
    given.images['a.png'] = Annotated((6, 4), broken)
    with pytest.raises(ValueError, match="annotation of 'a' cannot be read: KeyError 'points'; export it again"):
        Drawn(given, images).labels('a')


def test_images_that_do_not_fit_are_refused(images):
    for given, message in ((export(x=[CELL]), 'none of the 1 images of the Some JSON is in the folder'),
                           (export(a=[]), 'no image of the Some JSON has a region'),
                           (export(size=(4, 6), a=[CELL]), "annotation of 'a' is 4 x 6 pixels, its image .* 6 x 4")):
        with pytest.raises(ValueError, match=message):
            Drawn(given, images)


def test_colors_of_the_export_are_the_palette(images):
    given = export(a=[CELL])._replace(colors=dict(cell=(1, 2, 3), nucleus=(4, 5, 6)))
    assert Drawn(given, images).palette == [(0, 0, 0), (1, 2, 3), (4, 5, 6)]
    assert Drawn(given, images, ['nucleus', 'cell']).palette == [(4, 5, 6), (1, 2, 3)]
    assert Drawn(given._replace(colors=dict(cell=(1, 2, 3))), images).palette[1] != (1, 2, 3)


def test_a_class_in_other_capitals_is_not_lost(images):
    regions = export(('cell', 'Cell'), a=[CELL], b=[region('Cell', (0, 1), (0, 1))])
    with pytest.raises(ValueError, match="'Cell' of the export and 'cell' of --classes differ only in capital"):
        Drawn(regions, images, ['background', 'cell'])
    assert Drawn(regions, images, ['background', 'cell', 'Cell']).names == ['a', 'b']
