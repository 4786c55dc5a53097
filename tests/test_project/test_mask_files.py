# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Masks in every form that annotation tools write."""
import numpy as np
import pytest
from PIL import Image

from mmseg_entmin.datasets.conversion import remap
from mmseg_entmin.project.code_tables import Meaning, code_table
from mmseg_entmin.project.mask_files import HIDDEN, Coding, read_codes, survey
from mmseg_entmin.project.palette import colors_of
from tests.raw_masks import write_gray_png, write_tiff

LABELS = np.array([[0, 1, 2], [2, 1, 0]], np.uint8)
COLORS = np.array([[0, 0, 0], [200, 0, 0], [0, 0, 90]], np.uint8)


def read(path, classes=3, **options):
    """Labels of one mask, and how they were found."""
    meaning = Meaning(list('abcdefgh')[:classes], **options)
    table, note, _ = code_table([path], meaning)
    return remap(read_codes(path, meaning.coding), table, path), note


def by_color(path, colors, **options):
    return read(path, len(colors), colors=[tuple(color) for color in colors], **options)


def put(tmp_path, image, name='mask.png'):
    image.save(tmp_path / name)
    return tmp_path / name


def paletted(tmp_path, colors=COLORS, name='mask.png', labels=LABELS):
    image = Image.fromarray(labels)
    image.putpalette(colors.tobytes())
    return put(tmp_path, image, name)


def by_value(path, num_classes=3, values=None, ignore_unknown=False):
    return read(path, num_classes, values=values, ignore_unknown=ignore_unknown)


@pytest.mark.parametrize('image', [
    Image.fromarray(LABELS), Image.fromarray(LABELS.astype(np.uint16)),
    Image.fromarray(np.stack([LABELS] * 3, 2)), Image.fromarray(np.dstack([*[LABELS] * 3, 255 + 0 * LABELS]))])
def test_labels_as_they_are(tmp_path, image):
    labels, note = by_value(put(tmp_path, image))
    assert (labels == LABELS).all() and labels.dtype == np.uint8 and note == 'the values are the labels'


def test_a_palette_is_read_as_its_indices_or_as_its_colors(tmp_path):
    path = paletted(tmp_path)
    assert (by_value(path)[0] == LABELS).all()
    assert (by_color(path, COLORS[::-1])[0] == 2 - LABELS).all()


def test_masks_with_palettes_of_their_own_need_colors(tmp_path):
    paths = [paletted(tmp_path), paletted(tmp_path, COLORS[[1, 0, 2]], 'other.png')]
    with pytest.raises(ValueError, match='mask.png.*other.png.*--colors'):
        survey(paths)
    # a color that no pixel has may differ
    unused = paletted(tmp_path, COLORS[[0, 1, 1]], 'third.png', np.minimum(LABELS, 1))
    assert survey([paths[0], unused]).counts.total() == 12
    assert len(survey(paths, Coding(colored=True)).counts) == 3


@pytest.mark.parametrize('values, num_classes, note', [
    ((0, 255), 2, '0, 255 in the order of classes'), ((0, 128, 255), 3, '0, 128, 255 in the order'),
    ((1, 2, 3), 3, '1, 2, 3 in the order'), ((0, 1), 2, 'the values are the labels')])
def test_other_values_stand_for_the_classes_in_their_order(tmp_path, values, num_classes, note):
    labels = np.minimum(LABELS, num_classes - 1)
    found, said = by_value(put(tmp_path, Image.fromarray(np.array(values, np.uint8)[labels])), num_classes)
    assert (found == labels).all() and note in said


def test_one_bit(tmp_path):
    labels, note = by_value(put(tmp_path, Image.fromarray(LABELS > 0)), 2)
    assert (labels == (LABELS > 0)).all() and note == 'the values are the labels'


def test_void_stays_void(tmp_path):
    with_void = np.where(LABELS == 2, 255, LABELS).astype(np.uint8)
    for num_classes in (2, 3):  # 0, 1 and 255 are labels and void, not three classes
        for values in (None, list(range(num_classes))):
            found, _ = by_value(put(tmp_path, Image.fromarray(with_void)), num_classes, values)
            assert (found == with_void).all()


def test_values_may_be_said(tmp_path):
    path = put(tmp_path, Image.fromarray(np.array([0, 128, 200], np.uint8)[LABELS]))
    assert (by_value(path, values=[200, 0, 128])[0] == np.array([1, 2, 0])[LABELS]).all()
    assert (by_value(path, 2, [200, 255], True)[0] == np.array([255, 255, 0])[LABELS]).all()
    with pytest.raises(ValueError, match=r'1 values of no class, 33.33% of the pixels: 200 \(33.33%\)'):
        by_value(path, 2, [0, 128])
    assert (by_value(path, 2, [0, 128], True)[0] == np.array([0, 1, 255])[LABELS]).all()


@pytest.mark.parametrize('values', [[0, 0, 255], [0, 0], [0, 1, 255], [0]])
def test_each_class_has_one_value(tmp_path, values):
    path = put(tmp_path, Image.fromarray(np.array([0, 255], np.uint8)[LABELS % 2]))
    with pytest.raises(ValueError, match=f"--values {' '.join(map(str, values))}: give 2 different values"):
        by_value(path, 2, values)


def test_two_classes_on_two_scales_are_not_taken_for_labels_and_void(tmp_path):
    bit, byte, void = (put(tmp_path, Image.fromarray(np.array(values, np.uint8)[LABELS]), f'{name}.png')
                       for name, values in (('bit', (0, 1, 1)), ('byte', (0, 255, 0)), ('void', (0, 1, 255))))
    with pytest.raises(ValueError, match="bit.png' holds 1 and '.*byte.png' 255, no mask both: .*--values 0 1"):
        code_table([byte, bit], Meaning('ab'))
    code_table([byte, bit, void], Meaning('ab'))


@pytest.mark.parametrize('values, num_classes', [((0, 128, 255), 2), ((0, 255, 255), 3), ((0, 0, 0), 2),
                                                 ((255, 255, 255), 2)])
def test_refuses_values_that_fit_no_reading(tmp_path, values, num_classes):
    path = put(tmp_path, Image.fromarray(np.array(values, np.uint8)[LABELS]))
    with pytest.raises(ValueError, match='--values'):
        by_value(path, num_classes)


def test_colors(tmp_path):
    path = put(tmp_path, Image.fromarray(COLORS[LABELS]))
    assert (by_color(path, COLORS)[0] == LABELS).all()
    with pytest.raises(ValueError, match=r"is in colors: '#[0-9a-f]{6}' \(33.3%\).*--colors"):
        read_codes(path)
    with pytest.raises(ValueError, match=r'1 colors of no class.*: #00005a \(33.33%\).*--ignore-unknown'):
        by_color(path, COLORS[:2])
    assert (by_color(path, COLORS[:2], ignore_unknown=True)[0] == np.array([0, 1, 255])[LABELS]).all()


def test_floats_are_labels_if_they_are_whole(tmp_path):
    labels = LABELS.astype(np.float32)
    assert (by_value(put(tmp_path, Image.fromarray(labels), 'mask.tif'))[0] == LABELS).all()
    with pytest.raises(ValueError, match="half.tif' holds values that are no whole numbers: 0.5;"):
        read_codes(put(tmp_path, Image.fromarray(labels / 2), 'half.tif'))


def test_refuses_several_frames_but_no_size(tmp_path, monkeypatch):
    image = Image.fromarray(LABELS)
    image.save(tmp_path / 'stack.tif', save_all=True, append_images=[image])
    with pytest.raises(ValueError, match="stack.tif' holds 2 frames"):
        read_codes(tmp_path / 'stack.tif')
    monkeypatch.setattr(Image, 'MAX_IMAGE_PIXELS', 2)
    assert (read_codes(put(tmp_path, image, 'large.png')) == LABELS).all()


def test_names_what_is_no_image(tmp_path):
    path = tmp_path / 'broken.png'
    path.write_bytes(b'no image')
    with pytest.raises(ValueError, match='broken.png'):
        read_codes(path)


def with_alpha(tmp_path, colors, alpha, name='mask.png'):
    rgba = np.dstack([np.array(colors)[LABELS], np.array(alpha)[LABELS]])
    return put(tmp_path, Image.fromarray(rgba.astype(np.uint8)), name)


def test_colors_below_transparent_pixels_do_not_count(tmp_path):
    path = with_alpha(tmp_path, [[9, 0, 0], [200, 0, 0], [200, 0, 0]], [0, 255, 0])
    assert survey([path], Coding(colored=True)).counts == {HIDDEN: 4, 0xc80000: 2}
    assert (by_color(path, [(0, 0, 0), (200, 0, 0)])[0] == (LABELS == 1)).all()
    with pytest.raises(ValueError, match=r'colors of no class.*: transparent \(66.67%\) \(these count as #000000\)'):
        by_color(path, [(255, 255, 255), (200, 0, 0)])
    ignored, _ = by_color(path, [(255, 255, 255), (200, 0, 0)], ignore_unknown=True)
    assert (ignored == np.array([255, 1, 255])[LABELS]).all()


@pytest.mark.parametrize('order', [1, -1])
def test_transparent_is_a_color(tmp_path, order):
    """Erased pixels keep a color, and an error lists them as transparent, so a user names them so."""
    path = with_alpha(tmp_path, [[0, 0, 0], [200, 0, 0], [200, 0, 0]], [0, 255, 0])
    with pytest.raises(ValueError, match=r"'transparent' \(66.7%\), '#c80000' .*; say which is which class"):
        by_value(path, 2)
    colors = colors_of(['transparent', '#c80000'][::order], ['a', 'b'])
    labels, note = by_color(path, list(colors.values()))
    assert (labels == ((LABELS == 1) if order == 1 else (LABELS != 1))).all() and 'transparent pixels (66.7%)' in note


@pytest.mark.parametrize('mode', ['RGBA', 'LA'])
@pytest.mark.parametrize('gray', [0, 255])
def test_a_mask_may_be_in_the_alpha_channel_alone(tmp_path, mode, gray):
    path = with_alpha(tmp_path, [[gray] * 3] * 3, [0, 255, 90])
    Image.open(path).convert(mode).save(path)
    labels, note = by_value(path, 2)
    assert (labels == (LABELS > 0)).all() and note.startswith('transparent and visible pixels')


def test_transparent_pixels_of_gray_masks_count_as_0(tmp_path):
    path = with_alpha(tmp_path, [[7] * 3, [1] * 3, [2] * 3], [0, 255, 255])
    assert (by_value(path)[0] == LABELS).all()
    path = with_alpha(tmp_path, [[7] * 3, [0] * 3, [255] * 3], [0, 255, 255])  # black pixels are background as well
    assert (by_value(path, 2)[0] == (LABELS == 2)).all()
    with pytest.raises(ValueError, match='transparent pixels and black ones, and black is not the first class'):
        by_value(path, 2, [255, 0])


def test_ids_of_objects_and_gray_edges_are_told_apart_by_a_threshold(tmp_path):
    for values, threshold, ids in (((0, 300, 7), 1, '--foreground'), ((3, 250, 255), 128, '--threshold 4 if')):
        path = put(tmp_path, Image.fromarray(np.array(values, np.uint16)[LABELS]))
        with pytest.raises(ValueError, match='for 2 classes; give --') as error:
            by_value(path, 2)
        assert all(option in str(error.value) for option in (ids, '--threshold', '--values'))
        labels, note = read(path, 2, threshold=threshold)
        assert (labels == (LABELS > 0)).all() and note == f'values from {threshold} on are b'
    with pytest.raises(ValueError, match='tell 2 classes apart, not 3'):
        read(path, 3, threshold=1)
    with pytest.raises(ValueError, match='--threshold 256: all pixels of the masks are below it'):
        read(path, 2, threshold=256)


@pytest.mark.parametrize('photometric', [0, 1])
def test_white_may_be_zero(tmp_path, photometric):
    path = write_tiff(tmp_path / 'mask.tif', 255 * (LABELS > 0), photometric=photometric)
    assert (by_value(path, 2)[0] == (LABELS > 0)).all()
    path = write_gray_png(tmp_path / 'mask.png', LABELS, 4)
    assert (by_value(path)[0] == LABELS).all() and by_value(path)[1] == 'the values are the labels'


def test_white_is_zero_is_said(tmp_path):
    path = write_tiff(tmp_path / 'a.tif', LABELS, photometric=0)
    assert '1 TIFF masks are WhiteIsZero, and the stored values count' in read(path)[1]
    assert 'WhiteIsZero' not in read(write_tiff(tmp_path / 'b.tif', LABELS, photometric=1))[1]


def test_labels_in_jpeg_are_too_near(tmp_path):
    path = put(tmp_path, Image.fromarray(np.kron(LABELS, np.ones((16, 16), np.uint8))), 'a.jpg')
    with pytest.raises(ValueError, match="a.jpg' is a JPEG, .*hold 0 1 2, too near.*or give --values 0 1 2 if"):
        read(path)
    assert set(np.unique(read(path, values=[0, 1, 2])[0])) <= {0, 1, 2}
    flat = put(tmp_path, Image.fromarray(np.kron(255 * (LABELS > 0), np.ones((16, 16))).astype(np.uint8)), 'b.jpg')
    assert set(np.unique(read(flat, 2)[0])) == {0, 1}


def test_255_may_be_a_class(tmp_path):
    path = put(tmp_path, Image.fromarray(np.array([[0, 1, 255]], np.uint8)))
    labels, note = read(path)
    assert labels.tolist() == [[0, 1, 255]] and note.endswith('255 is ignored; if it is a class, give --values 0 1 255')
    assert read(path, values=[0, 1, 255])[0].tolist() == [[0, 1, 2]]
    assert '255' not in read(path, 4)[1]
