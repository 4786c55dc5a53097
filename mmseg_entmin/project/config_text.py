# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The text of a project's two config files, made from the templates beside this file."""
import re
import textwrap
from pathlib import Path

from mmengine.config import Config

from mmseg_entmin.config.overlay import custom_imports
from mmseg_entmin.walk import dicts, plain
from mmseg_entmin.words import amount

from .loading import Loading
from .schedule import Schedule
from .sizes import Sizes

# For images without an up and down. The empty corners of a turned image are ignored.
TURNS = '''\
    dict(type='RandomFlip', prob=0.5, direction='vertical'),
    dict(type='RandomRotate', prob=1., degree=180, pad_val=0, seg_pad_val=255),
'''

# Where comments of the templates name the number of images.
COUNTS = dict(labeled=['on the {labeled image} alone', 'data: {labeled training image}'], val=[', {validation image}$'],
              unlabeled=['and the {unlabeled image} as well'])


def config_texts(cfg: Config, *, semi: str, supervised: str, any_orientation: bool,
                 sizes: Sizes, schedule: Schedule, model: dict, load_from: str | None,
                 loading: Loading = Loading(), other_source: bool = False, **values) -> dict[str, str]:
    """Both configs by file name; `values` are for the data section."""
    rest = {key: cfg[key] for key in ('optim_wrapper', 'custom_hooks') if cfg.get(key)}
    values.update(
        labeled_images=amount(values['labeled'], 'labeled image'),
        training_images=amount(values['labeled'], 'labeled training image'),
        validation_images=amount(values['val'], 'validation image'),
        unlabeled_images=amount(values['unlabeled'], 'unlabeled image'),
        batch_images=amount(schedule.batch, 'labeled image'),
        semi=semi, supervised=supervised, inherited=f'./{supervised}', side=sizes.side, long=4 * sizes.side,
        crop=sizes.crop,
        turns=TURNS if any_orientation else '', source=',\n    other_source=True' * other_source,
        loader=loading.loader, photometric=loading.colors,
        batch=schedule.batch, iters=schedule.iters, val_interval=-(-schedule.iters // 4), load_from=load_from,
        custom_imports='dict({})'.format(', '.join(
            f'{key}={value!r}' for key, value in custom_imports(cfg.get('custom_imports') or {}).items())),
        model=model_text(model, sizes.crop, len(values['classes'])),
        schedule=Config(dict(rest, param_scheduler=schedule.param_scheduler)).pretty_text)
    templates = {supervised: 'supervised.template', semi: 'semi_supervised.template'}
    return {name: Path(__file__).with_name(template).read_text('utf-8').format(**values)
            for name, template in templates.items()}


def model_text(model: dict, crop: int, num_classes: int) -> str:
    """The text of the model, where the crop size and the number of classes are the variables of the template."""
    stride = crop * 2 // 3
    variables = {('size', (crop, crop)): 'crop_size', ('crop_size', (crop, crop)): 'crop_size',
                 ('num_classes', num_classes): 'num_classes',
                 ('stride', (stride, stride)): '(crop_size[0] * 2 // 3, crop_size[1] * 2 // 3)'}
    model = plain(model)
    for node in dicts(model):
        for key, value in node.items():
            if isinstance(value, (int, tuple)) and (key, value) in variables:
                node[key] = f'<{variables[key, value]}>'
    return re.sub("'<(.*?)>'", r'\1', Config(dict(model=model)).pretty_text)


def with_counts(text: str, counts: dict[str, int]) -> str:
    """The text of a config with these numbers of images in the comments that name them, by the name of the list."""
    for name, patterns in COUNTS.items():
        for pattern in patterns:
            before, what, after = re.split('[{}]', pattern)
            text = re.sub(rf'(?m)({before})\d+ {what}s?({after})', rf'\g<1>{amount(counts[name], what)}\2', text)
    return text


def with_date(text: str) -> str:
    """The text of a config whose comment on rare classes says that its shares are those of the first masks."""

    def dated(match: re.Match) -> str:
        words = match[0].replace('\n# ', ' ').removeprefix('# Rare:').strip()
        return textwrap.fill(f'Rare when the project was made: {words}', 118, initial_indent='# ',
                             subsequent_indent='# ')

    return re.sub(r'^# Rare:.*(?:\n# .*)*(?=\nrare_classes = )', dated, text, flags=re.M)
