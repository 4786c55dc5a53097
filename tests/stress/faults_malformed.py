# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Malformed data, configs and foreign files: does the tool name each in one line?

``python -m tests.stress.faults_malformed [NAME ...]`` makes a small data set for each kind, spoils it, and runs
tools/check_data.py, tools/train.py, tools/import_splits.py or tools/export.py on it, in this process.
"""
import io
import pickle
import re
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

import mmseg_entmin  # noqa: F401  before any config is read
from entmin.command_line import main as entmin
from tests.stress.faults_inputs import (
    PALETTE,
    all_unreadable,
    all_void,
    content,
    copy_image,
    cut,
    evil_checkpoint,
    evil_pickle,
    exif,
    faded,
    folder_for_image,
    image,
    lines,
    make_data,
    mask,
    no_nucleus,
    numbers_pickle,
    paletted,
    remove,
    wide,
)

ROOT = Path(__file__).resolve().parents[2]
BASE = ROOT / 'configs' / 'entmin' / 'unet_wbc_1-10.py'


@dataclass
class Case:
    """One kind of malformed input.

    Attributes:
        spoil: function that spoils a folder with a data set; it returns lines to add to the config, or None.
        names: regular expression of the line that the tool must print.
        tool: name of the tool in tools/.
        options: options of the tool beside config and folders; DIR stands for the folder.
    """

    spoil: Callable
    names: str
    tool: str = 'check_data'
    options: tuple = ()


# A short training without workers and validation.
QUICK = '''
train_cfg = dict(max_iters=3, val_interval=99)
train_dataloader = dict(num_workers=0, persistent_workers=False, batch_size=4, sampler=dict(labeled=2, unlabeled=2))
default_hooks = dict(logger=dict(interval=1))
model = dict(backbone=dict(base_channels=4), decode_head=dict(head=dict(in_channels=4, channels=4)), cls_head=dict(
    in_channels=64))
'''
IMPORT = ('DIR/ids.pkl', '--pool', 'DIR/splits/1-10_unlabeled.txt', '--out', 'DIR/out')
ERROR, WARNING = r'^error: .*', r'^warning: .*'


def config_case(text: str, names: str) -> Case:
    """A mistake in a config that training must refuse."""
    return Case(lines(text), rf'^error: {names}', 'train')


CASES: dict[str, Case] = {
    # images
    'labeled image cut off': Case(content('images/001.png', cut), ERROR + r'images/001\.png'),
    'labeled image empty': Case(content('images/001.png', lambda data: b''),
                                ERROR + r'images/001\.png: cannot be read'),
    'labeled image is text': Case(content('images/001.png', lambda data: b'text'), ERROR + r'images/001\.png: cannot'),
    'unlabeled image is text': Case(content('images/005.png', lambda data: b'x'), WARNING + r'images/005\.png: cannot'),
    'JPEG cut off': Case(
        lambda root: (image('001', lambda x: x.resize((320, 320)), format='JPEG')(root),
                      content('images/001.png', cut)(root)) and None, ERROR + r'images/001\.png'),
    'test image is text': Case(content('images/013.png', lambda data: b'x'), ERROR + r'images/013\.png: cannot'),
    'image of 16 bits': Case(image('001', lambda x: Image.fromarray(np.array(x)[..., 0].astype(np.uint16) * 200)),
                             WARNING + r'images/001\.png: has 16 bits'),
    'image with alpha': Case(image('001', faded), WARNING + r'images/001\.png: has transparency'),
    'gray image among colored': Case(image('001', lambda x: x.convert('L')),
                                     WARNING + r'images/001\.png: has no color'),
    'EXIF rotation of a labeled image': Case(image('001', lambda x: x, format='JPEG', exif=exif()),
                                             ERROR + r'images/001\.png: EXIF orientation 6'),
    'image is a folder': Case(folder_for_image, ERROR + r'images/001\.png: this labeled image does not exist'),
    'labeled image missing': Case(remove('images/001.png'), ERROR + r'images/001\.png: this labeled image does not'),
    'unlabeled image missing': Case(remove('images/005.png'),
                                    ERROR + r'images/005\.png: this unlabeled image does not'),
    # masks
    'mask missing': Case(remove('annotations/001.png'), ERROR + r'annotations/001\.png: the mask of the labeled image'),
    'mask cut off': Case(content('annotations/001.png', cut),
                         ERROR + r'annotations/001\.png: this mask cannot be read'),
    'mask is text': Case(content('annotations/001.png', lambda data: b'x'), ERROR + r'annotations/001\.png: this mask'),
    'mask of another size': Case(mask('001', lambda x: x[:20]), ERROR + r'annotations/001\.png: is 32 x 20 pixels'),
    'mask turned by a quarter': Case(
        lambda root: (image('001', lambda x: x.crop((0, 0, 32, 20)))(root), mask('001', lambda x: x[:20].T.copy())(root)
                      ) and None, ERROR + r'annotations/001\.png: is 20 x 32 pixels'),
    'label that is no class': Case(mask('001', lambda x: x + np.uint8(1)),
                                   ERROR + r'annotations/001\.png: label value'),
    'mask of gray levels': Case(mask('001', lambda x: x * np.uint8(127)), ERROR + r'annotations/001\.png: label value'),
    'colored mask': Case(mask('001', lambda x: Image.fromarray(x).convert('RGB')),
                         ERROR + r'annotations/001\.png: a mask of shape \(32, 32, 3\)'),
    'mask with alpha': Case(mask('001', lambda x: Image.fromarray(x).convert('LA')),
                            ERROR + r'annotations/001\.png: a mask of shape \(32, 32, 2\)'),
    'mask of 16 bits': Case(mask('001', wide), ERROR + r'annotations/001\.png: values 0 to 512'),
    'palette indices that are no classes': Case(
        mask('001', paletted(3 * [0] * 10 + PALETTE, shift=10)), ERROR + r'annotations/001\.png: .*its palette '
        'indices are no classes'),
    'paletted mask read as colors': Case(
        lambda root: mask('001', paletted(PALETTE))(root) or (
            "train_dataloader = dict(dataset=dict(labeled=dict(pipeline=[dict(type='LoadImageFromFile'), dict("
            "type='LoadAnnotations', imdecode_backend='cv2'), dict(type='PackSegInputs')])))"),
        ERROR + r'annotations/001\.png: .*paletted file is read as colors'),
    'palette sorted anew': Case(
        lambda root: mask('001', paletted(PALETTE[6:] + PALETTE[3:6] + PALETTE[:3]))(root) or (
            'train_dataloader = dict(dataset=dict(labeled=dict(metainfo=dict('
            f'palette={np.reshape(PALETTE, (3, 3)).tolist()}))))'),
        WARNING + r'annotations/001\.png: index 0, background'),
    'mask ignored everywhere': Case(mask('001', lambda x: np.full_like(x, 255)),
                                    WARNING + r'annotations/001\.png: every'),
    'all masks ignored': Case(all_void, ERROR + r'train_dataloader\.dataset\.labeled: none of the 4 labeled masks'),
    'class never labeled': Case(no_nucleus, WARNING + r'train_dataloader\.dataset\.labeled: nucleus'),
    # lists
    'list missing': Case(remove('splits/1-10_labeled.txt'), ERROR + r'1-10_labeled\.txt: no such list'),
    'list empty': Case(content('splits/1-10_labeled.txt', lambda data: b'\n\n'),
                       ERROR + r'1-10_labeled\.txt: the list i'),
    'line twice': Case(content('splits/1-10_unlabeled.txt', lambda data: data + b'005\n'),
                       ERROR + r'1-10_unlabeled\.txt: stems occur more than once: 005'),
    'list is a pickle': Case(content('splits/1-10_labeled.txt', lambda data: pickle.dumps(list(range(300)))),
                             ERROR + r'1-10_labeled\.txt: the list is no text'),
    'list with suffixes': Case(content('splits/1-10_labeled.txt', lambda data: data.replace(b'\n', b'.png\n')),
                               ERROR + r'images/001\.png\.png: this labeled image does not exist'),
    'image in both lists': Case(content('splits/1-10_unlabeled.txt', lambda data: data + b'001\n'),
                                ERROR + r'images/001\.png: this image is both labeled and unlabeled'),
    'image trained and tested on': Case(content('splits/test.txt', lambda data: data + b'001\n'),
                                        WARNING + r'images/001\.png: this image is trained on and tested on'),
    'picture in training and test': Case(
        copy_image('001', '013'),
        WARNING + r'images/001\.png: this labeled image is the same picture as .*images/013\.png \(test\)'),
    'picture labeled and unlabeled': Case(
        copy_image('001', '005'),
        WARNING + r'images/001\.png: this labeled image is the same picture as .*images/005\.png \(unlabeled\)'),
    'picture twice in one list': Case(copy_image('005', '006'),
                                      WARNING + r'images/005\.png: .*same picture as .*006\.png'),
    'wrong suffix of images': Case(lines("train_dataloader = dict(dataset=dict(labeled=dict(img_suffix='.bmp')))"),
                                   ERROR + r'images/001\.bmp: this labeled image does not exist'),
    'folder without images': Case(
        lines("train_dataloader = dict(dataset=dict(unlabeled=dict("
              "ann_file='', data_prefix=dict(img_path='splits'))))"),
        ERROR + r'train_dataloader\.dataset\.unlabeled: the dataset has no image in .*splits'),
    'labeled pipeline without masks': Case(
        lines("train_dataloader = dict(dataset=dict(labeled=dict(pipeline=[dict(type='LoadImageFromFile'), "
              "dict(type='PackSegInputs')])))"), ERROR + r'labeled\.pipeline: .*no LoadAnnotations'),
    'unlabeled pipeline with masks': Case(
        lines("train_dataloader = dict(dataset=dict(unlabeled=dict(pipeline=[dict(type='LoadImageFromFile'), "
              "dict(type='LoadAnnotations'), dict(type='PackSegInputs')])))"), ERROR + 'unlabeled dataset has LoadAnn'),
    # configs
    'misspelt key at the top': config_case('optim_wraper = dict(clip_grad=dict(max_norm=1))',
                                           'optim_wraper: .*optim_wr'),
    'misspelt option of the method': config_case('model = dict(unsup_wieght=1.)',
                                                 r'model\.unsup_wieght: .*unsup_weight'),
    'misspelt option of a head of mmseg': config_case('model = dict(decode_head=dict(head=dict(num_clases=3)))',
                                                      r'model\.decode_head\.head\.num_clases: .*num_classes'),
    'misspelt option of the optimizer': config_case('optim_wrapper = dict(optimizer=dict(weigth_decay=0.1))',
                                                    r'optim_wrapper\.optimizer\.weigth_decay: .*weight_decay'),
    'misspelt option of the dataloader': config_case('train_dataloader = dict(num_wokers=2)',
                                                     r'train_dataloader\.num_wokers: .*num_workers'),
    'misspelt component': config_case("model = dict(backbone=dict(type='UNett'))",
                                      r"model\.backbone\.type='UNett': .*UNet"),
    'misspelt option of a dataset': config_case(
        "train_dataloader = dict(dataset=dict(labeled=dict(ann_fiel='x')))",
        r'train_dataloader\.dataset\.labeled\.ann_fiel: .*ann_file'),
    'misspelt data_prefix': config_case(
        "train_dataloader = dict(dataset=dict(labeled=dict(data_prefix=dict(seg_map_pth='x'))))",
        r'train_dataloader\.dataset\.labeled\.data_prefix\.seg_map_pth: .*seg_map_path'),
    'option that does not exist': config_case("model = dict(decode_head=dict(head=dict(nonsense=3)))",
                                              r'model\.decode_head\.head\.nonsense: '),
    'text for a number': config_case("model = dict(unsup_weight='0.1')", r"model\.unsup_weight='0\.1': .*float"),
    'text for a count': config_case("train_dataloader = dict(num_workers='2')",
                                    r"train_dataloader\.num_workers='2': .*int"),
    'lambda below 0': config_case('model = dict(unsup_weight=-1.)',
                                  r'model\.unsup_weight: .*-1\.0, must not be negative'),
    'threshold above 1': config_case(
        'model = dict(test_cfg=dict(class_refinement=dict(threshold=1.5)))',
        r'model\.test_cfg\.class_refinement\.threshold: .*threshold=1\.5, must be in 0\.\.1'),
    'threshold of a loss above 1': config_case(
        "model = dict(unsupervised_losses=[dict(type='ClassConsistencyLoss', threshold=2.)])",
        r'model\.unsupervised_losses\[0\]\.threshold: .*threshold=2\.0, must be in 0\.\.1'),
    'even kernel': config_case('model = dict(decode_head=dict(kernel_size=2))',
                               r'model\.decode_head\.kernel_size: .*odd'),
    'batch without a labeled image': config_case(
        'train_dataloader = dict(sampler=dict(labeled=0, unlabeled=8))', r'train_dataloader\.sampler\.labeled=0: '),
    'batch size that does not fit': config_case('train_dataloader = dict(batch_size=6)',
                                                r'train_dataloader\.batch_size=6'),
    'more labeled in a batch than there are': config_case(
        'train_dataloader = dict(batch_size=9, sampler=dict(labeled=5))',
        r'train_dataloader\.sampler\.labeled=5: .*name 4'),
    'config that is no Python': config_case('model = dict(', r"config '.*config\.py' cannot be read: SyntaxError"),
    'config that imports nothing': config_case("custom_imports = dict(imports=['absent_package'])",
                                               r"config '.*config\.py' cannot be read: ImportError"),
    # in training
    'labeled image unreadable in training': Case(
        lambda root: content('images/001.png', lambda data: b'x')(root) or QUICK,
        r'^error: .*images/001\.png: this labeled image cannot be read', 'train', ('--check-data', 'off')),
    'unlabeled image unreadable in training': Case(
        lambda root: content('images/005.png', lambda data: b'x')(root) or content('images/006.png', lambda data: b'x')(
            root) or content('images/007.png', lambda data: b'x')(root) or QUICK,
        r'replaced by the next image: .*images/00[567]\.png', 'train', ('--check-data', 'off')),
    'no unlabeled image readable': Case(
        lambda root: all_unreadable(root) or QUICK,
        r'^error: .*images/0\d\d\.png: this unlabeled image cannot be read .*nor can any other', 'train',
        ('--check-data', 'off')),
    'loss that is not finite': Case(
        lines(QUICK + 'optim_wrapper = dict(optimizer=dict(lr=1e20))'),
        r'^error: iteration \d: .*loss.* is (nan|inf|-inf).*images of the batch: .*\.png', 'train'),
    'step skipped for its loss': Case(
        lines(QUICK + 'optim_wrapper = dict(optimizer=dict(lr=1e20))\n'
              "custom_hooks = [dict(type='NonFiniteLossHook', on_nonfinite='skip')]"),
        r'step skipped, iteration \d: .*loss.* is (nan|inf|-inf).*images of the batch: .*\.png', 'train'),
    # foreign files
    'pickled list with a program': Case(evil_pickle, r'ids\.pkl: .*it calls \w+\.mkdir', 'import_splits', IMPORT),
    'pickled dict': Case(numbers_pickle(dict(a=1)), r'ids\.pkl: holds a dict', 'import_splits', IMPORT),
    'pickled numbers with fractions': Case(
        numbers_pickle([1, 2.5]), r'ids\.pkl: holds a float', 'import_splits', IMPORT),
    'indices outside the pool': Case(
        numbers_pickle([1, 99]), r'ids\.pkl: index 99 is outside', 'import_splits', IMPORT),
    'cut pickle': Case(lambda root: (root / 'ids.pkl').write_bytes(cut(pickle.dumps(list(range(1000))))) and None,
                       r'ids\.pkl: no pickled list', 'import_splits', IMPORT),
    'checkpoint with a program': Case(
        evil_checkpoint, r'model\.pth.*\w+\.mkdir beside weights, which could run code', 'export',
        ('DIR/model.pth', '--out', 'DIR/model.pt2')),
}


def command(case: Case, root: Path) -> list[str]:
    """The arguments of the case's tool."""
    options = [str(option).replace('DIR', str(root)) for option in case.options]
    if case.tool == 'import_splits':
        return options
    folders = dict(check_data=['--data-root', str(root), '--full'],
                   train=['--data-root', str(root), '--work-dir', str(root / 'work')]).get(case.tool, [])
    return [str(root / 'config.py'), *folders, *options]


def run_tool(tool: str, argv: list[str]) -> str:
    """What a tool prints, including the message that it ends with."""
    out = io.StringIO()
    with redirect_stdout(out), redirect_stderr(out):
        try:
            entmin([tool.replace('_', '-'), *argv])
        except SystemExit as end:
            if isinstance(end.code, str):
                print(end.code)
    return out.getvalue()


def try_case(name: str) -> dict:
    """Try one kind of input; the note is the line that names it, or the problem."""
    case = CASES[name]
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        make_data(root)
        text = case.spoil(root)
        (root / 'config.py').write_text(f"_base_ = ['{BASE}']\n{text if isinstance(text, str) else ''}\n")
        try:
            printed = run_tool(case.tool, command(case, root))
        except Exception as error:
            printed = f'{type(error).__name__}: {error}'
        found = [line for line in printed.splitlines() if re.search(case.names, line)]
        ran = (root / 'RAN').exists()
        note = 'the program in it was run' if ran else found[0] if found else printed.strip()[-300:]
        return dict(name=name, tried=1, passed=int(bool(found) and not ran), note=note.replace(folder, 'DIR')[:300])


def run(names=None) -> dict:
    """Try all kinds; a row says whether the tool named the file or the key in one line, and has the line."""
    start = time.monotonic()
    rows = [try_case(name) for name in names or CASES]
    return dict(rows=rows,
                seconds=round(time.monotonic() - start, 1))


def main() -> None:
    report = run(sys.argv[1:])
    for row in report['rows']:
        print(f"{'named' if row['passed'] else 'NOT NAMED':9}  {row['name']}: {row['note']}")
    passed = sum(row['passed'] for row in report['rows'])
    print(f"{passed} of {len(report['rows'])} named in {report['seconds']:.0f} s")
    sys.exit(passed < len(report['rows']))


if __name__ == '__main__':
    main()
