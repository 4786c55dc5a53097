# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The versions that ``make compat`` tries: one ``Stack`` a row of the table in docs/installation.md."""
import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TEST_TOOLS = ['pytest', 'hypothesis']

# The official mmsegmentation imports mmcv's compiled ops, which mmcv-lite does not have. A class that cannot be built
# stands in for each of them. The file is a start-up file of the environment: Python runs its one line.
OPS_STUB = '''\
import sys, types
class NoOp:
    def __init__(self, *args, **kwargs):
        raise RuntimeError('mmcv-lite has no compiled ops')
def lookup(name):
    if name.startswith('__'):
        raise AttributeError(name)
    return type(name, (NoOp, ), {})
module = types.ModuleType('mmcv.ops')
module.__path__, module.__getattr__ = [], lookup
sys.modules['mmcv.ops'] = module
'''


@dataclass(frozen=True)
class Stack:
    """One environment.

    Attributes:
        name: what the row is called; unique together with ``python``.
        python: the minor version, such as ``'3.12'``.
        requirements: what pip installs together with the wheel.
        dependencies: whether pip also installs what the wheel asks for.
        startup: Python code that the environment runs at every start; empty for none.
    """
    name: str
    python: str
    requirements: list[str]
    dependencies: bool = True
    startup: str = ''


def oldest_torch() -> str:
    """The lowest torch that setup.py accepts."""
    return re.search(r"'torch>=([\d.]+)'", (ROOT / 'setup.py').read_text(encoding='utf-8')).group(1)


def pinned_torch() -> list[str]:
    """The lines of requirements.txt for torch and torchvision."""
    return re.findall(r'^torch(?:vision)?==\S+$', (ROOT / 'requirements.txt').read_text(encoding='utf-8'), re.M)


def stacks() -> list[Stack]:
    """All rows, the most important one first."""
    pinned = ['-r', str(ROOT / 'requirements.txt')]
    official = ['mmengine==0.10.7', 'mmcv-lite==2.1.0', 'mmsegmentation==1.2.2', 'mmpretrain==1.2.0', 'setuptools<81']
    others = [*pinned_torch(), 'timm', 'ftfy', 'regex', 'scipy', 'prettytable', 'rich', 'jinja2']
    return [
        *(Stack('pinned versions', python, pinned) for python in ('3.11', '3.12', '3.13')),
        Stack('oldest torch', '3.11', [f'torch=={oldest_torch()}', *TEST_TOOLS]),
        Stack('newest releases', '3.13', TEST_TOOLS),
        Stack('official mmsegmentation', '3.11', [*official, *others, *TEST_TOOLS], dependencies=False,
              startup=OPS_STUB),
    ]
