# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The methods, read from the front matter of ``configs/*/README.md``: the one place that names each of them.

Tests, tables, the model index and the lists in docs/ take their methods from here.

    python -m benchmarks.results.methods   # lists them
"""
from dataclasses import dataclass, field, fields
from functools import cache
from pathlib import Path

import yaml

CONFIGS = Path(__file__).resolve().parents[2] / 'configs'
ROLES = ('baseline', 'method', 'peer')


@dataclass(frozen=True)
class Method:
    """What the front matter of a folder in ``configs/`` says.

    Attributes:
        folder: name of the folder; not part of the front matter.
        name: heading of its section in docs/peers.md.
        role: 'peer', 'method' (what this package is named after), or 'baseline'.
        order: place in tables and lists.
        type: registered name of its segmentor.
        paper, authors, year, venue: the source; none for the baselines and for what has no paper of its own.
        learns_by: what it learns from unlabeled images by, for the table of docs/peers.md.
        passes: passes of a training step beyond the supervised one.
        stores: modules that a checkpoint holds beside those of the supervised network.
        own_optimizer: modules that are trained by an optimizer of their own.
        predicts: 'student' or 'teacher': whose prediction is the result.
        selects: whether it trains on selected pixels or images and logs their share, ``unsup.selected``.
        ignores_empty_pixels: whether no loss on unlabeled images reads pixels that show nothing.
        learns_labeled: whether what it learns from unlabeled images takes labeled ones in too.
        row: label in the tables of results; default: the name.
        runs: first part of its run ids; default: the folder.
        released: options that repeat the passes of the released code.
        tests: options of tiny models for the tests of all methods, by the name of the test case.
    """

    folder: str
    name: str
    role: str
    order: int
    type: str
    paper: str = ''
    authors: str = ''
    year: int | None = None
    venue: str = ''
    learns_by: str = ''
    passes: str = ''
    stores: list[str] = field(default_factory=list)
    own_optimizer: list[str] = field(default_factory=list)
    predicts: str = 'student'
    selects: bool = False
    ignores_empty_pixels: bool = True
    learns_labeled: bool = False
    row: str = ''
    runs: str = ''
    released: dict = field(default_factory=dict)
    tests: dict[str, dict] = field(default_factory=dict)

    @property
    def label(self) -> str:
        return self.row or self.name

    @property
    def collection(self) -> str:
        """Name in model-index.yml, where a peer may not share the name of this package's own method."""
        return self.row if self.role == 'peer' and self.row else self.name

    @property
    def readme(self) -> str:
        return f'configs/{self.folder}/README.md'

    def configs(self) -> list[str]:
        """Its config files, without folder and suffix."""
        return sorted(path.stem for path in (CONFIGS / self.folder).glob('*.py'))


KEYS = {item.name: item for item in fields(Method) if item.name != 'folder'}
REQUIRED = ('name', 'role', 'order', 'type')


def front_matter(path: Path) -> dict:
    """The YAML between the two lines ``---`` at the start of a file.

    Raises:
        ValueError: the file does not begin with such lines, or there is no mapping between them.
    """
    parts = path.read_text(encoding='utf-8').split('---\n', 2)
    content = yaml.safe_load(parts[1]) if len(parts) == 3 and not parts[0] else None
    if not isinstance(content, dict):
        raise ValueError(f"{path}: no front matter; begin the file with '---', lines 'key: value' and '---'")
    return content


def read_method(path: Path) -> Method:
    """The method of a README.

    Raises:
        ValueError: a key is missing or unknown, or the role is none of ``ROLES``.
    """
    content = front_matter(path)
    missing = [key for key in REQUIRED if key not in content]
    unknown = sorted(content.keys() - KEYS)
    if missing or unknown:
        raise ValueError(f'{path}: front matter {f"lacks {missing}" if missing else f"has unknown keys {unknown}"}; '
                         f'the keys are {sorted(KEYS)}')
    if content['role'] not in ROLES:
        raise ValueError(f"{path}: role={content['role']!r}, must be one of {ROLES}")
    folder = path.parent.name
    return Method(folder, **{'runs': folder, **content})


@cache
def all_methods(configs: Path = CONFIGS) -> tuple[Method, ...]:
    """Every method, baselines first, in the order of tables and lists."""
    methods = [read_method(path) for path in configs.glob('*/README.md')]
    return tuple(sorted(methods, key=lambda method: (ROLES.index(method.role), method.order, method.folder)))


def peers() -> tuple[Method, ...]:
    """The methods of other papers."""
    return tuple(method for method in all_methods() if method.role == 'peer')


def find(folder: str) -> Method:
    """The method of a folder in ``configs/``."""
    return next(method for method in all_methods() if method.folder == folder)


if __name__ == '__main__':
    for one in all_methods():
        print(f'{one.folder:15s} {one.type:20s} {one.name}')
