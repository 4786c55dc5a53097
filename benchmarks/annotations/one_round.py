# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Runs the commands of docs/annotate.md, records what they say, and draws the picture of the page.

    python -m benchmarks.annotations.one_round     # two trainings, ten minutes on a CPU core

The commands run one after the other in a new folder, where `tools` and `configs` are links to the clone.
"""
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from PIL import Image

from benchmarks.annotations.page import PAGE, ROUND, write_page
from benchmarks.pages import ROOT
from mmseg_entmin.atomic import write_atomic
from mmseg_entmin.datasets.splits import read_list
from mmseg_entmin.project.annotations.export import IGNORED, draw
from mmseg_entmin.project.annotations.registry import recognise
from mmseg_entmin.visualization.panels import draw_panels

PICTURE = ROOT / 'docs' / 'figures' / 'annotate_round.png'
BLOCK = re.compile(r'```bash\n(.*?)```(?:\n\n<!-- table: said by ([\w -]+) -->)?', re.S)
COLORS = {'background': (0, 0, 0), 'cytoplasm': (214, 39, 40), 'nucleus': (31, 119, 180)}
END = '@@@ end of'
OF_A_TRAINING = re.compile(r'^\+-|^\| *(Class|background|cytoplasm|nucleus) |^.*mIoU: ')


def blocks(text: str) -> list[tuple[str, str]]:
    """The commands of the page, and the name of the mark for what they say, if there is one."""
    return [(match[1], match[2] or '') for match in BLOCK.finditer(text)]


def run(commands: list[tuple[str, str]], folder: Path) -> dict[str, list[str]]:
    """What the commands print, by their names; they share one shell. CalledProcessError if one fails."""
    for name in ('tools', 'configs'):
        (folder / name).symlink_to(ROOT / name)
    program = folder / 'bin' / 'entmin'
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m entmin "$@"\n')
    program.chmod(0o755)
    (program.parent / 'python').write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    (program.parent / 'python').chmod(0o755)
    script = 'set -e\n' + ''.join(f'{text}echo "{END} {name}"\n' for text, name in commands)
    environment = dict(os.environ, PYTHONPATH=str(ROOT), PATH=f"{program.parent}:{os.environ['PATH']}")
    done = subprocess.run(['bash', '-c', script], cwd=folder, env=environment, check=True, text=True,
                          stdout=subprocess.PIPE)
    parts = re.split(rf'{END} ?(.*)\n', done.stdout)
    return {name: shown(text, name) for text, name in zip(parts[::2], parts[1::2]) if name}


def shown(text: str, name: str) -> list[str]:
    """The lines that the page shows: of a training, the last table and the last scores."""
    lines = [line.rstrip() for line in text.splitlines()]
    if 'training' not in name:
        return lines
    lines = [re.sub(r'^.*?(?=aAcc|mIoU)', '', line) for line in lines if OF_A_TRAINING.search(line)]
    start = max(place for place, line in enumerate(lines) if 'Class' in line) - 1
    return [line for line in lines[start:] if line]


def picture(folder: Path) -> None:
    """Five chosen images with their entropy, what was proposed, and the corrected masks."""
    classes, rows = list(COLORS), []
    names = read_list(folder / 'work_dirs/next/next.txt')[:5]
    export = recognise(folder / 'work_dirs/advance')
    for name in names:
        image, mask, entropy = (np.array(Image.open(folder / path)) for path in (
            f'data/toycells/images/{name}.png', f'data/corrected/{name}.png', f'work_dirs/entropy/entropy/{name}.png'))
        proposed = draw(export.images[f'{name}.png'], classes, outside=IGNORED).labels
        rows.append([image[..., :3], entropy * np.log(len(classes)) / 65535, proposed, mask])
    draw_panels(rows, ['image', 'entropy', 'proposed', 'corrected'], COLORS, PICTURE, row_titles=names,
                scale_title='entropy in nats')


def main() -> None:
    commands = blocks(PAGE.read_text(encoding='utf-8'))
    entropy = 'entmin predict data/toycells/images --list work_dirs/next/next.txt $M --uncertainty ' \
        '--out work_dirs/entropy > predict.txt\n'
    commands = [(text + entropy if 'entmin rank' in text else text, name) for text, name in commands]
    with TemporaryDirectory() as place:
        said = run(commands, Path(place))
        picture(Path(place))
    write_atomic((json.dumps(said, indent=1) + '\n').encode(), ROUND)
    write_page()


if __name__ == '__main__':
    main()
