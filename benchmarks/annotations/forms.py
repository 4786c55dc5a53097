# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Makes a project from labels in every form, and compares them with the truth.

    python -m benchmarks.annotations.forms                    # forms that need no tool; keeps the other records
    python -m benchmarks.annotations.forms --envs ENVS   # all; makes environments with the libraries of the tools
    python -m benchmarks.annotations.forms --table            # only fills in the table of docs/own_data.md

The records are in forms.csv. The command fails if labels are wrong where no refusal or difference is expected.
"""
import argparse
import contextlib
import io
import json
import shlex
import subprocess
import sys
import venv
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from PIL import Image

from benchmarks.annotations import export_forms, mask_forms
from benchmarks.annotations.form_list import HAND, Form
from benchmarks.annotations.scenes import labels_of, scenes, write_images
from benchmarks.csv_rows import read_rows, write_rows
from benchmarks.pages import ROOT, fill, markdown_table
from entmin.command_line import main as entmin

RECORD, PAGE = Path(__file__).with_name('forms.csv'), ROOT / 'docs' / 'own_data.md'
BASE = ROOT / 'configs/supervised/unet_wbc_1-10.py'
COLUMNS = ('form', 'tool', 'version', 'options', 'outcome', 'reason', 'read_as', 'drawn_by_tool')
ORDER = ('--classes', 'background', 'cell', 'nucleus')
PINS = dict(labelme='labelme==6.3.1', labelme3='labelme==3.16.7', labelme5='labelme==5.5.0',
            studio='label-studio-sdk==2.1.2', supervisely='supervisely==6.74.51', datumaro='datumaro==1.13.12',
            cityscapes='cityscapesScripts==2.3.0', nnunetv2='nnunetv2==2.8.1', supervision='supervision==0.31.2')
LONGEST = 110  # characters of a reason in the table
ALONE = ('nnunetv2', )  # of which a single file is used, that needs none of its dependencies
# What written_by.py writes: its name, the form and the options of the command.
BY_TOOLS = (
    ('labelme', 'LabelMe JSON 6, polygons and masks', ORDER), ('studio', 'Label Studio JSON, brush', ORDER),
    ('labelme3', 'LabelMe JSON 3, polygons', ORDER), ('labelme5', 'LabelMe JSON 5, polygons', ORDER),
    ('supervisely', 'Supervisely, polygons and bitmaps', ORDER),
    ('datumaro', 'COCO JSON, masks (written as crowds)', ORDER), ('datumaro_polygons', 'COCO JSON, polygons', ORDER),
    ('datumaro_voc', 'PASCAL VOC, labelmap.txt without colors', ()),
    ('datumaro_cvat', 'CVAT for images 1.1 (XML)', ORDER), ('cityscapes', 'Cityscapes polygons', ()),
    ('nnunetv2', 'nnU-Net 2, dataset.json', ()),
    ('supervision', 'COCO JSON, polygons around masks', ORDER,
     'polygons join the centers of pixels, and lines of one pixel are left out'))


def outcome(form: Form, place: Path) -> dict:
    """Writes a form into an empty folder, makes a project of it, and compares."""
    form.write(place)
    truth = {name: labels_of(things) for name, things in scenes().items()}
    if form.objects:
        truth = {name: labels > 0 for name, labels in truth.items()}
    if form.values:
        truth = {name: np.array(form.values)[labels] for name, labels in truth.items()}
    row = dict(form=form.name, tool=form.tool, options=shlex.join(form.options))
    said = io.StringIO()
    try:
        with contextlib.redirect_stdout(said):
            entmin(['new-project', str(place / form.images), str(place / form.masks), '--out', str(place / 'p'),
                    '--base', str(BASE), '--size', '32', '--no-pretrained', '--val-share', '1/3', *form.options])
    except SystemExit as refusal:
        text = str(refusal).replace(str(place), 'data')
        return dict(row, outcome='refused', reason=text.removeprefix('error: '))
    found = {name: made(place / 'p/masks', name) for name in truth}
    lost = [name for name, labels in found.items() if labels is None]
    wrong = sum(int((found[name] != labels).sum()) for name, labels in truth.items() if name not in lost)
    share = wrong / sum(labels.size for labels in truth.values())
    row['read_as'] = said.getvalue().splitlines()[0].rstrip(':').replace(str(place), 'data')
    if lost:
        return dict(row, outcome='wrong', reason=f'{len(lost)} annotated images are not among the labeled ones')
    return dict(row, outcome=f'{share:.2%} differ' if wrong else 'equal', reason=form.differs if wrong else '')


def made(folder: Path, name: str) -> np.ndarray | None:
    """The labels of a project for an image, whose name may have a folder and a beginning."""
    path = next((path for path in sorted(folder.rglob('*.png')) if name in path.stem), None)
    return None if path is None else np.array(Image.open(path))


def expected(form: Form, row: dict) -> bool:
    """Whether a form was read or refused as it should be."""
    if row['outcome'] == 'refused' or form.refused:
        return row['outcome'] == 'refused' and bool(form.refused) and form.refused in row['reason']
    return row['outcome'] == 'equal' or bool(form.differs) and row['outcome'] != 'wrong'


def interpreter(folder: Path, name: str) -> Path:
    """The Python of an environment with the library of a tool, which is made if it does not exist."""
    home = folder / PINS[name]
    if not (home / 'ready').exists():
        venv.create(home, with_pip=True, clear=True)
        run = [home / 'bin/python', '-m', 'pip', 'install', '-q']
        subprocess.run([*run, PINS[name], *(['--no-deps'] if name in ALONE else [])], check=True)
        subprocess.run([*run, 'numpy', 'pillow', *(['batchgenerators'] if name in ALONE else [])], check=True)
        (home / 'ready').touch()
    return home / 'bin/python'


def tool_form(envs: Path, tool: str, name: str, options: Sequence[str], differs: str = '') -> Form:
    """A form that the library of a tool writes."""
    names = dict(cell='road', nucleus='car') if tool == 'cityscapes' else {}

    def write(place: Path) -> None:
        endings = dict(nnunetv2='_0000', cityscapes='_leftImg8bit')
        write_images(place / 'images', f'{{}}{endings.get(tool, "")}.png')
        objects = {image: [[names.get(thing.name, thing.name), thing.outline, thing.holes] for thing in things]
                   for image, things in scenes().items()}
        (place / 'scenes.json').write_text(json.dumps(objects))
        python, script = interpreter(envs, tool.partition('_')[0]), Path(__file__).with_name('written_by.py')
        done = subprocess.run([python, script, tool, place], capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(done.stderr)
        (place / 'version').write_text(done.stdout.split()[-1])

    images = 'masks/imagesTr' if tool == 'nnunetv2' else 'images'
    package = PINS[tool.partition('_')[0]].partition('==')[0]
    values = (255, 0, 13) if tool == 'cityscapes' else None  # ignored, road and car
    return Form(name, package, tuple(options), write, differs=differs, images=images, values=values)


def measured(form: Form) -> dict:
    """The record of a form."""
    with TemporaryDirectory() as folder:
        place = Path(folder)
        row = outcome(form, place)
        file = place / 'version'
        row['version'] = file.read_text() if file.exists() else '' if form.tool == HAND else version(form.tool)
        drawn = {path.stem: np.array(Image.open(path)) for path in (place / 'drawn').glob('*.png')}
        if drawn and row['outcome'] != 'refused':
            ours = {name: made(place / 'p/masks', name) for name in drawn}
            share = sum((ours[name] != labels).sum() for name, labels in drawn.items()) / sum(
                labels.size for labels in drawn.values())
            row['drawn_by_tool'] = f'{share:.2%}'
    return row


def table(name: str) -> list[str]:
    """The table of the page, from the records."""
    if name != 'forms':
        raise KeyError(name)
    lines = []
    for row in read_rows(RECORD, dict.fromkeys(COLUMNS, str)):
        tool = f"{row['tool']} {row.get('version', '')}".strip()
        options = f"`{row['options']}`" if row.get('options') else 'none'
        reason = row.get('reason', '')
        reason = reason if len(reason) <= LONGEST else f'{reason[:LONGEST].rsplit(maxsplit=1)[0]} ...'
        result = row['outcome'] + (f': {reason}' if reason else '')
        if row.get('drawn_by_tool'):
            result += f"; drawn by the tool, {row['drawn_by_tool']} differ"
        lines.append([row['form'], tool, options, result.replace('|', '\\|').replace('<', '&lt;')])
    return markdown_table(['form', 'written by', 'options', 'labels'], lines)


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--envs', type=Path, help='folder of the environments of the tools')
    parser.add_argument('--only', default='', metavar='TEXT', help='forms whose names hold this; nothing is recorded')
    parser.add_argument('--table', action='store_true', help='only fill in the page')
    args = parser.parse_args(argv)
    if not args.table:
        forms = [*mask_forms.FORMS, *export_forms.FORMS]
        kept = [] if args.envs else [row for row in read_rows(RECORD, dict.fromkeys(COLUMNS, str))
                                     if (row['form'], row['tool']) not in {(form.name, form.tool) for form in forms}]
        forms += [tool_form(args.envs, *each) for each in BY_TOOLS] if args.envs else []
        rows, faults = [], []
        for form in [form for form in forms if args.only in form.name]:
            rows.append(measured(form))
            if not expected(form, rows[-1]):
                faults.append(form.name)
            print('WRONG' if form.name in faults[-1:] else 'well ', *(
                f'{key}: {rows[-1].get(key)}' for key in ('form', 'tool', 'outcome', 'reason', 'drawn_by_tool')),
                  sep=' | ', file=sys.stderr)
        if not args.only:
            write_rows(RECORD, [*rows, *kept], COLUMNS)
        if faults:
            raise SystemExit(f'not as expected: {"; ".join(faults)}')
    if not args.only:
        fill(PAGE, table)


if __name__ == '__main__':
    main()
