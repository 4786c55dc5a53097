# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Masks as arrays, and as TIFF files that Pillow reads wrongly or not at all."""
import cv2
import numpy as np
import pytest
import tifffile
from PIL import Image

from mmseg_entmin.project.mask_files import HIDDEN, Coding, read_codes
from mmseg_entmin.project.stored_masks import mask_extensions, mask_size

LABELS = np.kron(np.array([[0, 1, 2, 2, 0], [2, 1, 0, 0, 0]]), np.ones((4, 2), int))
HOT = np.eye(3, dtype=np.uint8)[LABELS]


def save(path, array, **options):
    if path.suffix == '.npz':
        np.savez_compressed(path, **options or dict(mask=array))
    elif path.suffix == '.npy':
        np.save(path, array, **options)
    else:
        tifffile.imwrite(path, array, **options)
    return path


def read(path, classes=3, threshold=None):
    return read_codes(path, Coding(threshold=threshold, num_classes=classes))


@pytest.mark.parametrize('name', ['a.npy', 'a.npz', 'a.tif'])
@pytest.mark.parametrize('kind', [np.uint8, np.int64, np.float64, np.uint16, np.int16])
def test_labels_of_any_type(tmp_path, name, kind):
    path = save(tmp_path / name, LABELS.astype(kind))
    assert (read(path) == LABELS).all() and mask_size(path) == (10, 8)


def test_axes_of_length_1_and_truth_values(tmp_path):
    path = save(tmp_path / 'a.npy', LABELS[None, ..., None])
    assert (read(path) == LABELS).all() and mask_size(path) == (10, 8)
    assert (read(save(tmp_path / 'b.npy', LABELS > 0)) == (LABELS > 0)).all()


@pytest.mark.parametrize('name, first', [('a.npy', True), ('a.npy', False), ('a.npz', True), ('a.tif', False)])
@pytest.mark.parametrize('scale', [1, 255])
def test_one_channel_a_class(tmp_path, name, first, scale):
    array = scale * (HOT.transpose(2, 0, 1) if first else HOT)
    options = dict(photometric='minisblack', planarconfig='contig') if name == 'a.tif' else {}
    path = save(tmp_path / name, np.concatenate([array, 0 * array], 0 if first else 2)[:5] if first else
                np.dstack([array, 0 * array])[..., :5], **options)
    assert (read(path, 5) == LABELS).all()
    assert mask_size(path) == (10, 8)
    assert (read(path, 6) == LABELS + 1).all()  # each pixel has an object, none is background
    with pytest.raises(ValueError, match="holds 5 channels; one channel a class is read, 3 or 2: save it"):
        read(path, 3)


def test_channels_of_objects_leave_the_background(tmp_path):
    path = save(tmp_path / 'a.npy', HOT[..., 1:])
    assert (read(path) == LABELS).all()
    with pytest.raises(ValueError, match='2 channels for 2 classes, and 40 pixels have none of them'):
        read(path, 2)


def test_channels_that_overlap_or_hold_probabilities(tmp_path):
    both = HOT.copy()
    both[0, 0] = 1
    with pytest.raises(ValueError, match="a.npy' holds 3 channels.*1 pixels have several"):
        read(save(tmp_path / 'a.npy', both))
    with pytest.raises(ValueError, match='their values are 0.5, 1'):
        read(save(tmp_path / 'b.npy', HOT * np.array([1, .5, 1])))


def test_probabilities_need_a_threshold(tmp_path):
    shares = np.array([[0, .2, .5], [.7, .9, 1]])
    for name in ('a.npy', 'a.tif'):
        path = save(tmp_path / name, shares)
        with pytest.raises(ValueError, match=r"no whole numbers: 0.2, .*; give --threshold 0.5 if, of 2 classes"):
            read(path)
        assert (read(path, 2, .5) == (shares >= .5)).all()
    with pytest.raises(ValueError, match='holds nan, which is on no side'):
        read(save(tmp_path / 'b.npy', shares * np.nan), 2, .5)


def test_what_pillow_would_change(tmp_path):
    assert (read(save(tmp_path / 'a.tif', (LABELS - 1).astype(np.int8))) == LABELS - 1).all()
    path = save(tmp_path / 'b.tif', np.dstack([LABELS > 1, LABELS > 0]).astype(np.uint8), photometric='minisblack',
                planarconfig='contig')
    with pytest.raises(ValueError, match='2 channels, of which one a pixel may differ from 0'):
        read(path)


def test_what_is_no_mask_is_named(tmp_path):
    objects = save(tmp_path / 'a_seg.npy', np.array([dict(masks=LABELS)], object), allow_pickle=True)
    with pytest.raises(ValueError, match="a_seg.npy' holds Python objects, as the _seg.npy of Cellpose does"):
        read(objects)
    with pytest.raises(ValueError, match="b.npz' holds the arrays x, y; save the mask alone"):
        read(save(tmp_path / 'b.npz', None, x=LABELS, y=LABELS))
    with pytest.raises(ValueError, match=r"c.npy' holds an array of shape \(7,\)"):
        read(save(tmp_path / 'c.npy', np.zeros(7)))
    (tmp_path / 'd.npy').write_bytes(b'no array')
    with pytest.raises(ValueError, match='d.npy'):
        read(tmp_path / 'd.npy')


def test_a_gif_is_read(tmp_path):
    image = Image.fromarray(255 * (LABELS > 0).astype(np.uint8))
    image.save(tmp_path / 'a.gif')
    assert ((read(tmp_path / 'a.gif') > 0) == (LABELS > 0)).all()


def test_arrays_are_masks_where_there_is_no_picture():
    assert '.gif' in mask_extensions(['a.npy', 'b.GIF']) and '.npy' not in mask_extensions(['a.npy', 'b.GIF'])
    assert '.npz' in mask_extensions(['a.npy', 'b.txt'])


@pytest.mark.parametrize('channels', [3, 4])
def test_gray_in_colors_of_16_bits_keeps_its_values(tmp_path, channels):
    pixels = np.dstack([LABELS] * 3 + [np.where(LABELS == 2, 0, 65535)])[..., :channels].astype(np.uint16)
    cv2.imwrite(str(path := tmp_path / 'a.png'), pixels)
    assert (read(path) == np.where((LABELS == 2) & (channels == 4), HIDDEN, LABELS)).all()
    cv2.imwrite(str(path), pixels * np.array([1, 1, 2, 1], np.uint16)[:channels])
    with pytest.raises(ValueError, match='a.png. is in colors of 16 bits that are none of 8 bits; save it with 8'):
        read_codes(path, Coding(colored=True))


@pytest.mark.parametrize('name', ['a.png', 'a.tif', 'a.npy'])
def test_colors_of_16_bits_are_those_of_8(tmp_path, name):
    colors = np.array([[0, 0, 0], [255, 128, 3], [9, 9, 9]], np.uint16)[LABELS] * 257
    path = tmp_path / name
    cv2.imwrite(str(path), colors[..., ::-1]) if name == 'a.png' else save(path, colors, **(
        dict(photometric='rgb') if name == 'a.tif' else {}))
    assert (read_codes(path, Coding(colored=True)) == np.array([0, 0xff8003, 0x090909])[LABELS]).all()


@pytest.mark.parametrize('name', ['a.tif', 'a.npy'])
def test_gray_in_three_channels_is_gray(tmp_path, name):
    pixels = np.dstack([LABELS] * 3).astype(np.uint16)
    assert (read(save(tmp_path / name, pixels, **(dict(photometric='rgb') if name == 'a.tif' else {}))) == LABELS).all()


@pytest.mark.parametrize('options', [dict(dtype=np.uint16, byteorder='>'), dict(dtype=np.int16)])
def test_what_pillow_does_not_open(tmp_path, options):
    path = save(tmp_path / 'a.tif', LABELS.astype(options.pop('dtype')), photometric='miniswhite', **options)
    assert (read(path) == LABELS).all() and mask_size(path) == (10, 8)


@pytest.mark.parametrize('color', [(255, 255, 255), (0, 0, 0), (200, 0, 0)])
def test_soft_edges_of_alpha_are_no_full_objects(tmp_path, color):
    alpha = np.resize(np.array([0, 20, 200, 255, 254], np.uint8), (6, 10))
    Image.fromarray(np.dstack([np.full((6, 10, 3), color, np.uint8), alpha])).save(path := tmp_path / 'a.png')
    assert (read(path, 2) == alpha).all()
    assert (read(path, 2, 128) == (alpha >= 128)).all()
    mixed = read_codes(path, Coding(colored=True))
    assert set(mixed[alpha == 255].tolist()) == {int(bytes(color).hex(), 16)} and (mixed[alpha == 0] == HIDDEN).all()
    assert (mixed[alpha == 200] >> 16 == round(color[0] * 200 / 255)).all()


def test_one_degree_of_alpha_is_no_soft_edge(tmp_path):
    alpha = np.where(LABELS > 0, 90, 0).astype(np.uint8)
    pixels = np.dstack([np.array([[0, 0, 0], [200, 0, 0], [0, 90, 0]], np.uint8)[LABELS], alpha])
    Image.fromarray(pixels).save(path := tmp_path / 'a.png')
    assert (read_codes(path, Coding(colored=True)) == np.array([HIDDEN, 200 << 16, 90 << 8])[LABELS]).all()


@pytest.mark.parametrize('top', [2, 300, 65535])
def test_a_pgm_of_any_maximum(tmp_path, top):
    kind = '>u2' if top > 255 else np.uint8
    (tmp_path / 'a.pgm').write_bytes(f'P5\n10 8\n{top}\n'.encode() + LABELS.astype(kind).tobytes())
    assert (read(tmp_path / 'a.pgm') == LABELS).all()


def test_a_plain_pbm(tmp_path):
    rows = '\n'.join(' '.join(str(int(value > 0)) for value in row) for row in LABELS)
    (tmp_path / 'a.pbm').write_text(f'P1\n10 8\n{rows}\n')
    assert (read(tmp_path / 'a.pbm', 2) == (LABELS == 0)).all(), '1 is black'
