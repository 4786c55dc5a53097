# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""What is said of single masks, by the look through the data and where labels are read."""
import numpy as np
import pytest
from mmengine.registry import DefaultScope
from PIL import Image

from mmseg_entmin.datasets.checks import check_data
from mmseg_entmin.datasets.splits import class_presence
from mmseg_entmin.registry import DATASETS
from tests.raw_masks import write_gray_png, write_tiff
from tests.test_datasets.test_checks.test_look_through import LABELED, config, source

LABELS = (np.arange(32 * 32) % 3).astype(np.uint8).reshape(32, 32)
COLORS = [(235, 235, 235), (86, 180, 233), (106, 27, 154)]  # of BloodCellsDataset


@pytest.fixture
def found(tiny_dataset):
    """Kind, severity and text of all that is said of one mask, which is written anew."""

    def look(mask, **options):
        name = 'annotations/001.png'
        mask.save(tiny_dataset / name, **options)
        (tiny_dataset / 'splits/train.txt').write_text('001\n')
        part = source(tiny_dataset, 'train')
        with DefaultScope.overwrite_default_scope('mmseg'):
            dataset = DATASETS.build(part)
        problems = [problem for problem in check_data(config(part)).problems if problem.file.endswith(name)]
        labels = [p for p in problems if p.severity == 'error' and p.kind != 'size']
        if labels:
            with pytest.raises(ValueError) as refused:
                class_presence(dataset)
            assert str(refused.value) == str(labels[0])
        else:
            class_presence(dataset)
        return {p.kind: (p.severity, str(p)) for p in problems}

    return look


def paletted(colors, labels=LABELS):
    mask = Image.fromarray(labels, mode='P')
    mask.putpalette(np.array(colors, np.uint8).tobytes())
    return mask


@pytest.mark.parametrize('high, kinds', [(2, []), (255, []), (256, ['16 bits']), (300, ['16 bits', 'label value'])])
def test_values_of_which_8_bits_are_kept(found, high, kinds):
    labels = LABELS.astype(np.uint16)
    labels[0, 0] = high
    said = found(Image.fromarray(labels))
    assert list(said) == kinds
    assert not kinds or f'values 0 to {high}, of which the loader keeps 8 bits' in said['16 bits'][1]


@pytest.mark.filterwarnings('ignore:invalid value')
@pytest.mark.parametrize('value', [0.996, np.nan])
def test_values_that_are_no_whole_numbers(found, value):
    """As nibabel and GIS programs leave them; the loader makes both of them 0."""
    labels = LABELS.astype(np.float32)
    assert not found(Image.fromarray(labels), format='TIFF')
    labels[0, 0] = value
    (severity, text), = found(Image.fromarray(labels), format='TIFF').values()
    assert severity == 'error' and f'value {value:g}, which the loader cuts to a whole number' in text


def test_several_masks_in_a_file(found):
    mask = Image.fromarray(LABELS)
    assert list(found(mask, format='TIFF', save_all=True, append_images=[mask])) == ['frames']


@pytest.mark.parametrize('values, shown, advice', [
    ([3], '[3], but there are 3 classes, 0 to 2, and 255 for ignored pixels', 'convert the mask'),
    (list(range(3, 11)), '[3, 4, 5, 6, 7, 8, 9, 10], but', 'convert the mask'),
    (list(range(3, 12)), '[3, 4, 5, 6, 7, 8, 9, 10] and more, but', 'convert the mask')])
def test_values_that_are_no_class(found, values, shown, advice):
    labels = LABELS.copy()
    labels[0, :len(values)] = values
    severity, text = found(Image.fromarray(labels))['label value']
    assert severity == 'error' and f'label value(s) {shown}' in text and text.endswith(f'; {advice}')
    assert 'its palette indices are no classes' in found(paletted(COLORS * 4, labels))['label value'][1]


@pytest.mark.parametrize('keep', [0, 60, -40])
def test_a_mask_that_ends_too_early(tiny_dataset, keep):
    path = tiny_dataset / 'annotations/001.png'
    path.write_bytes(path.read_bytes()[:keep])
    problem, = check_data(config(source(tiny_dataset, 'train'))).problems
    assert (problem.kind, problem.severity, problem.file) == ('unreadable', 'error', str(path))
    assert problem.reason.startswith('this mask cannot be read: ')


@pytest.mark.parametrize('classes, values, advice', [
    (('a', 'b'), (0, 255), 'convert the mask: 0 and 1 instead of 0 and 255'), (('a', 'b'), (0, 7), 'convert the mask'),
    (('a', 'b'), (0, 1, 255), 'convert the mask'), (('a', 'b', 'c'), (0, 255), 'convert the mask')])
def test_masks_of_0_and_255(tiny_dataset, classes, values, advice):
    """Where 255 is not void."""
    labels = np.array(values, np.uint8)[LABELS % len(values)]
    Image.fromarray(labels).save(tiny_dataset / 'annotations/001.png')
    (tiny_dataset / 'splits/train.txt').write_text('001\n')
    part = source(tiny_dataset, 'train', metainfo=dict(classes=classes), ignore_index=254, img_suffix='.png')
    problem = check_data(config(part | dict(type='BaseSegDataset'))).problems[0]
    assert (problem.kind, problem.advice) == ('label value', advice)


def test_without_classes_no_value_is_wrong(tiny_dataset):
    part = dict(source(tiny_dataset, 'train'), type='BaseSegDataset', img_suffix='.png')
    assert [problem.kind for problem in check_data(config(part)).problems] == ['classes']


def test_a_palette_that_is_read_as_colors(tiny_dataset):
    paletted(COLORS).save(tiny_dataset / 'annotations/001.png')
    pipeline = [LABELED[0], dict(type='LoadAnnotations', imdecode_backend='cv2'), LABELED[2]]
    problem, = check_data(config(source(tiny_dataset, 'train', pipeline))).problems
    assert (problem.kind, problem.severity) == ('palette', 'error') and 'this paletted file is read' in problem.reason


def test_colors_in_place_of_indices(found):
    severity, text = found(Image.fromarray(LABELS).convert('RGB'))['colored mask']
    assert severity == 'error' and 'a mask of shape (32, 32, 3)' in text


@pytest.mark.parametrize('colors, kinds', [
    (COLORS, []), (COLORS[::-1], ['palette']), ([(1, 2, 3), *COLORS[1:]], []), ([COLORS[1], COLORS[0], COLORS[2]],
                                                                               ['palette'])])
def test_a_palette_sorted_anew(found, colors, kinds):
    said = found(paletted(colors))
    assert list(said) == kinds
    assert not kinds or said['palette'][0] == 'warning' and '(2 of its 3 colors are of other classes)' in \
        said['palette'][1]


def test_one_color_says_nothing_of_a_palette_and_two_name_the_classes(found):
    assert list(found(paletted(COLORS[::-1], np.zeros_like(LABELS)))) == []
    said = found(paletted([COLORS[0], COLORS[2], COLORS[1]], np.minimum(LABELS, 1)))
    assert 'index 1, cytoplasm, has the color of nucleus (1 of its 2 colors are' in said['palette'][1]


def test_some_classes_in_another_order_have_their_palette_in_it(found, tiny_dataset):
    found(paletted(COLORS))
    part = source(tiny_dataset, 'train', metainfo=dict(classes=('cytoplasm', 'background')))
    assert check_data(config(part)).problems == []


def test_a_missing_mask_is_said_once_and_its_image_looked_at(tiny_dataset):
    (tiny_dataset / 'annotations/003.png').unlink()
    (tiny_dataset / 'images/003.png').write_bytes(b'')
    report = check_data(config(source(tiny_dataset, 'train')))
    assert [(problem.kind, problem.file) for problem in report.problems] == [
        ('missing', str(tiny_dataset / 'annotations/003.png')), ('unreadable', str(tiny_dataset / 'images/003.png'))]


def test_void_everywhere(found):
    severity, text = found(Image.fromarray(np.full_like(LABELS, 255)))['all ignored']
    assert severity == 'warning' and 'every pixel has the ignored value 255' in text


def test_another_size_in_height_or_width(found):
    for size in ((32, 20), (20, 32)):
        severity, text = found(Image.fromarray(LABELS).resize(size, Image.NEAREST))['size']
        assert severity == 'error' and f'is {size[0]} x {size[1]} pixels, but its image' in text


def test_a_mask_of_one_row_is_named(found, tiny_dataset):
    Image.new('RGB', (32, 1)).save(tiny_dataset / 'images/001.png')
    assert list(found(Image.fromarray(LABELS[:1]))) == ['colored mask']


@pytest.mark.parametrize('bits, photometric, kind', [(8, 0, 'inverted'), (1, 0, 'inverted'), (8, 1, ''), (16, 0, '')])
def test_a_loader_that_inverts_labels_is_refused(found, tmp_path, bits, photometric, kind):
    labels = LABELS % 2 if bits == 1 else LABELS
    mask = Raw(lambda path: write_tiff(path, labels, bits, photometric))
    said = found(mask)
    assert list(said)[:1] == [kind] * bool(kind)
    assert not kind or 'the loader inverts the stored values; entmin new-project reads' in said[kind][1]


@pytest.mark.parametrize('bits, kinds', [(1, []), (2, ['scaled']), (4, ['scaled']), (8, [])])
def test_a_loader_that_scales_labels_is_refused(found, bits, kinds):
    labels = LABELS % 2 if bits == 1 else LABELS
    assert list(found(Raw(lambda path: write_gray_png(path, labels, bits))))[:1] == kinds


class Raw:
    """A mask that is written by a function."""

    def __init__(self, write):
        self.save = write
