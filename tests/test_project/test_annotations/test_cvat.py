# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""CVAT's exports: order, what is left out, and the labels of a task."""
import numpy as np
import pytest
from PIL import Image

from mmseg_entmin.project.annotations.export import draw
from mmseg_entmin.project.annotations.registry import recognise
from mmseg_entmin.project.sources import Wish, find_source

LABELS = '''<labels>
<label><name>nucleus</name><color>#ff0000</color><type>any</type><attributes></attributes></label>
<label><name>cell</name><color>#00ff00</color><type>mask</type></label>
<label><name>blurred</name><color>#0000ff</color><type>tag</type></label>
<label><name>body</name><color>#0000fe</color><type>skeleton</type></label>
<label><name>1</name><color>#0000fd</color><type>points</type><parent>body</parent></label></labels>'''
BOX = '<box label="{}" occluded="0" xtl="{}.00" ytl="0.00" xbr="{}.00" ybr="4.00" z_order="{}"{}></box>'


def export_of(tmp_path, shapes, meta=f'<task>{LABELS}</task>', name='day 1/im0.png'):
    path = tmp_path / 'annotations.xml'
    path.write_text(f'<?xml version="1.0" encoding="utf-8"?>\n<annotations><version>1.1</version><meta>{meta}</meta>'
                    f'<image id="0" name="{name}" width="8" height="4">{shapes}</image>'
                    '<image id="1" name="im1.png" width="8" height="4"></image></annotations>')
    return recognise(path)


def test_shapes_are_drawn_by_their_order_and_the_labels_are_those_of_the_task(tmp_path):
    export = export_of(tmp_path, BOX.format('nucleus', 2, 4, 1, '') + BOX.format('cell', 0, 6, 0, '')
                       + BOX.format('cell', 0, 8, 5, ' outside="1"') + '<tag label="blurred"></tag>')
    assert export.classes == ['nucleus', 'cell'] and export.notes == []
    assert export.colors == dict(nucleus=(255, 0, 0), cell=(0, 255, 0))
    assert draw(export.images['day 1/im0.png'], ['', 'cell', 'nucleus']).labels[0].tolist() == [1, 1, 2, 2, 1, 1, 0, 0]
    assert [*export.images['im1.png'].regions()] == []


def test_a_project_has_its_labels_elsewhere_and_shapes_without_area_are_said(tmp_path):
    export = export_of(
        tmp_path, '<polyline label="cell" points="1,1;2,2"/><points label="cell" points="1,1"/><points label="cell" '
        'points="1,1"/><skeleton label="body"><points label="1" points="1,1"/></skeleton><blob label="cell"/>'
        + BOX.format('odd', 0, 1, 0, ''), f'<project>{LABELS}<tasks><task></task></tasks></project>')
    assert export.classes == ['nucleus', 'cell', 'odd']
    assert export.notes == ['1 shapes of type polyline have no area; they are not drawn',
                            '2 shapes of type points have no area; they are not drawn',
                            '1 shapes of type skeleton have no area; they are not drawn',
                            '1 elements blob are unknown; they are not drawn']


def test_what_is_wrong_is_named(tmp_path):
    with pytest.raises(ValueError, match="image 'day 1/im0.png' in .*annotations.xml': a polygon of cell"):
        export_of(tmp_path, '<polygon label="cell" points="1,x"/>')
    with pytest.raises(ValueError, match="has 'im1.png' a second time"):
        export_of(tmp_path, '', name='im1.png')
    path = tmp_path / 'annotations.xml'
    for text, message in (('<track id="0" label="cell"></track></annotations>', 'is CVAT for video'),
                          ('<image ', 'is no complete XML')):
        path.write_text('<annotations><version>1.1</version><meta></meta>' + text)
        with pytest.raises(ValueError, match=message):
            recognise(path)
    path.write_text('<annotations><version>1.1</version><meta></meta></annotations>')
    with pytest.raises(ValueError, match='has no image; export the task as'):
        recognise(path)
    path.write_text('<annotation><filename>a.jpg</filename></annotation>')  # VOC's
    with pytest.raises(ValueError, match='of no known format'):
        recognise(path)


def test_segmentation_masks_are_read_by_their_label_map(tiny_dataset, tmp_path):
    """Parts of a label, after its color, are no classes; the order is that of the file."""
    colors = np.array([[0, 0, 0], [250, 50, 83], [51, 221, 255]], np.uint8)
    root = tmp_path / 'export'
    for folder in ('SegmentationClass', 'SegmentationObject', 'ImageSets/Segmentation'):
        (root / folder).mkdir(parents=True)
    for name in ('001', '002'):
        labels = np.array(Image.open(tiny_dataset / f'annotations/{name}.png'))
        for folder in ('SegmentationClass', 'SegmentationObject'):
            Image.fromarray(colors[labels]).save(root / folder / f'{name}.png')
    (root / 'ImageSets/Segmentation/default.txt').write_text('001\n002\n')
    (root / 'labelmap.txt').write_text('# label:color_rgb:parts:actions\nbackground:0,0,0::\n'
                                       'square:250,50,83:head,hand:act\ndisc:51,221,255::\n')
    _, _, source, notes = find_source(tiny_dataset / 'images', root, Wish())
    assert source.classes == ['background', 'square', 'disc'] and source.names == ['001', '002']
    assert (source.labels('001') == np.array(Image.open(tiny_dataset / 'annotations/001.png'))).all()
    assert notes[0] == 'masks read as CVAT segmentation mask describes them'
    (root / 'labelmap.txt').write_text('# label:color_rgb:parts:actions\nbackground:::\nsquare:::\n')
    form = recognise(root)
    assert form.options == dict(classes=['background', 'square'], colors=['#000000', '#800000'])
    assert 'states no colors: taken are those of PASCAL VOC' in form.notes[0]


def test_subsets_are_folders_and_shapes_without_label_are_ignored(tmp_path):
    image = ('<image id="0" name="a.png" subset="{}" width="8" height="8">'
             '<box label="{}" xtl="1" ytl="1" xbr="4" ybr="4"/></image>')
    (tmp_path / 'annotations.xml').write_text('<annotations><version>1.1</version>' + image.format('Train', 'cell')
                                              + image.format('Test', '') + '</annotations>')
    export = recognise(tmp_path)
    assert list(export.images) == ['Train/a.png', 'Test/a.png'] and export.classes == ['cell']
    assert export.notes == ['1 shapes have no label and are ignored']
    assert [region.name for region in export.images['Test/a.png'].regions()] == [None]
