# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The methods that are compared, and their configs for a project."""
import ast
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml
from mmengine.config import Config

from mmseg_entmin.walk import plain

CONFIGS = Path(__file__).parents[1] / '.mim' / 'configs'
BASELINES = ('double', 'supervised')  # the first is the default; none of them is ever dropped
CONTROL = 'control'
DEFAULT = ('supervised', CONTROL, 'entmin', 'entmin_plus')
LABELS = dict(supervised='supervised', double='supervised, twice the images a step', control='control', entmin='ours',
              entmin_plus='ours + consistency')
PASSES = dict(supervised='1 forward and backward of half of the images', double='1 forward and backward',
              control='1 forward and backward')
# The configs of the peers that their options are taken from, and the length of their training.
EXAMPLE, EXAMPLE_ITERS = 'unet_wbc_1-10.py', 600
COUNTS = ('iters', 'begin', 'semi_begin', 'threshold_iters')
NOT_FOR_ALL = dict(massl='its reconstruction head has to fit the network')


@dataclass(frozen=True)
class Setting:
    """What the configs of all methods have in common.

    Attributes:
        supervised, semi: the configs of the project, as paths from the folder of the configs to write.
        model: the model of the supervised config.
        labeled, unlabeled: images of each kind in a batch.
        iters: length of the training.
        turned: whether the images are flipped vertically in training, so that a teacher may see them mirrored.
        common: text for the end of each config.
        loader: options of the data loader as text, each followed by a comma.
    """

    supervised: str
    semi: str
    model: dict
    labeled: int
    unlabeled: int
    iters: int
    turned: bool
    common: str
    loader: str = ''


def check_methods(names: Sequence[str], baseline: str = BASELINES[0]) -> list[str]:
    """The methods in the order of the table, the baseline first; ValueError for an unknown one."""
    for name in names:
        if name in NOT_FOR_ALL:
            raise ValueError(f'--methods {name}: {NOT_FOR_ALL[name]}; give a config of your own, like my_{name}.py')
        if name.endswith('.py') and not Path(name).is_file():
            raise FileNotFoundError(f"--methods '{name}' does not exist (current folder: {Path.cwd()})")
        if not (name in LABELS or name in peers() or name.endswith('.py')):
            known = ', '.join([*LABELS, *sorted(set(peers()) - set(NOT_FOR_ALL))])
            raise ValueError(f"--methods '{name}' is unknown; choose among {known}, or give a config file")
    order = [baseline, *sorted(set(names) & set(BASELINES) - {baseline}), *names]
    found = list(dict.fromkeys(order))
    if len(found) < 2:
        raise ValueError(f"--methods '{found[0]}' is the baseline; give at least one other method")
    keys = [key_of(name) for name in found]
    if len(set(keys)) < len(keys):
        raise ValueError('--methods: two configs have the same name; rename one of them')
    return found


def key_of(name: str) -> str:
    """A method's name in names of files."""
    return Path(name).stem if name.endswith('.py') else name


def label(name: str) -> str:
    """A method's name in the table."""
    return LABELS.get(name) or (peers()[name]['name'] if name in peers() else Path(name).stem)


def passes(name: str) -> str:
    """Forwards and backwards of a step."""
    return PASSES.get(name) or front_matter(name).get('passes') or ''


@cache
def peers() -> dict[str, dict]:
    """The front matter of ``configs/METHOD/README.md`` of each method of other papers."""
    return {path.parent.name: found for path in sorted(CONFIGS.glob('*/README.md'))
            if (found := front_matter(path.parent.name)).get('role') == 'peer'}


@cache
def front_matter(name: str) -> dict:
    path = CONFIGS / name / 'README.md'
    parts = path.read_text(encoding='utf-8').split('---\n', 2) if path.is_file() else ()
    return yaml.safe_load(parts[1]) if len(parts) == 3 and not parts[0] else {}


def config_text(name: str, setting: Setting) -> str:
    """The config of a method for a project, without its lists and its seed."""
    third = max(1, setting.iters // 3)
    batch = (f'batch_size={setting.labeled + setting.unlabeled}, '
             f'sampler=dict(labeled={setting.labeled}, unlabeled={setting.unlabeled})')
    if name in BASELINES:
        images = setting.labeled + (setting.unlabeled if name == 'double' else 0)
        base, body = setting.supervised, (
            f'train_dataloader = dict(\n    {setting.loader}batch_size={images},\n'
            f"    sampler=dict(_delete_=True, type='LabeledSampler', labeled={setting.labeled}))\n")
    elif name in peers():
        options, optim_wrapper = example(name, setting.iters)
        model = {'_delete_': True, **setting.model, **options}
        base, body = setting.semi, (
            f'train_dataloader = dict({setting.loader}{batch})\n{Config(dict(model=model)).pretty_text}'
            + (f'optim_wrapper = {optim_wrapper}\n' if optim_wrapper else ''))
    else:
        base = Path(name).resolve().as_posix() if name.endswith('.py') else setting.semi
        flips = "teacher_flips=['horizontal', 'vertical'], " if setting.turned else ''
        body = f'train_dataloader = dict({setting.loader}{batch})\n' + dict(
            control='model = dict(unsupervised_losses=[])  # the second head and the unlabeled images alone\n',
            entmin_plus=f"model = dict(type='EntMinConsistency', {flips}ramp_up=dict(iters={third}))\n").get(name, '')
    return f'# {label(name)}\n_base_ = {base!r}\n{body}{setting.common}'


def example(name: str, iters: int) -> tuple[dict, str]:
    """Options of the model, and text of ``optim_wrapper``, in the peer's config for cells; counts are scaled to
    `iters`."""
    texts = dict(model=f'dict(type={front_matter(name)["type"]!r})', optim_wrapper='')
    path = CONFIGS / name / EXAMPLE
    for node in ast.parse(path.read_text(encoding='utf-8')).body if path.is_file() else ():
        if isinstance(node, ast.Assign) and getattr(node.targets[0], 'id', '') in texts:
            for part in ast.walk(node.value):
                if isinstance(part, ast.keyword) and part.arg in COUNTS and isinstance(part.value, ast.Constant):
                    part.value.value = max(1, round(part.value.value * iters / EXAMPLE_ITERS))
            texts[node.targets[0].id] = ast.unparse(node.value)
    return plain(Config.fromstring(f"model = {texts['model']}\n", '.py').model), texts['optim_wrapper']
