# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The import paths of 0.x, for one release: each gives what its new place holds, with a DeprecationWarning.

A finder at the end of ``sys.meta_path`` answers for modules that are gone, and `moved_names` for names that a module no
longer holds. Neither costs anything until an old path is used.
"""
import importlib
import sys
import warnings
from collections.abc import Callable
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

PACKAGE = __name__.partition('.')[0]

# Old module: the new module, or several, separated by blanks, among which its names are now.
MODULES = {
    'apis.tool': 'cli.image_run atomic',
    'engine.cli': 'config.read_config engine.build engine.run',
    'datasets.checks.report': 'datasets.checks.problem datasets.checks.look_through',
    'engine.config_checks': 'config.checks',
    'engine.default_hooks': 'engine.build',
    'engine.data_check': 'datasets.checks.survey',
    'engine.hooks.uncertainty_visualization_hook': 'visualization.uncertainty_visualization_hook',
    'engine.usage_error': 'errors',
    'one_line': 'errors',
}
# Old package, new package: modules that kept their names, or 'old=new'.
for _package, _place, _names in (
        ('engine', 'config', 'boards cfg_options no_gpu'),
        ('engine', 'engine.checkpoints', 'checkpoint_file safe_load weights'),
        ('engine', 'engine.hooks', 'memory=progress_hook terminal_bar update_mask'),
        ('engine', 'engine.resume', 'random_state rank_state=random_state resumed_config resumed_options sample_seeds'),
        ('engine.config_checks', 'config.checks', 'batches build_error classes components keys signature spelling '
         'check=check_config seed=check_config'),
        ('apis', 'apis', 'checks=inferencer images=image_files network=forward'),
        ('config', 'config', 'schedule=checks.batches unlabeled=unlabeled_dataset'),
        ('datasets', 'datasets', 'blood_cells=dataset_classes camvid=dataset_classes masks=label_values'),
        ('datasets.checks', 'datasets.checks', 'files=file_names images=one_image masks=one_mask run=look_through'),
        ('datasets.transforms', 'datasets.transforms', 'unlabeled=empty_pixels'),
        ('deploy', 'deploy', 'check=difference network=deploy_network'),
        ('models', 'models', 'blocks=losses.fused checkpointing=activation_checkpointing frozen=module_states '
         'modes=module_states predictions=losses.predictions softmax_statistics=losses.fused teacher=ema_teacher'),
        ('models.decode_heads', 'models.decode_heads', 'supervised_loss=mmseg_losses'),
        ('models.discriminators', 'models.discriminators', 'truth=gan_loss'),
        ('models.segmentors', 'models.segmentors', 'consistency_segmentor=entmin_consistency semi_segmentor=entmin '
         'entropy_minimization=advent'),
        ('models.views', 'models.views', 'mirrored_views=flip_ensemble strong_view=photometric_augmentation'),
        ('project', 'project', 'files=pairs network=base_network'),
        ('report', 'report', 'images=tested_images panels=rows run=work_dir'),
        ('visualization', 'visualization', 'uncertainty=uncertainty_picture')):
    for _name in _names.split():
        MODULES[f"{_package}.{_name.split('=')[0]}"] = f"{_place}.{_name.split('=')[-1]}"

# Old name in a module that is still there, or that MODULES names: new name.
NAMES = {
    'engine.hooks.UncertaintyVisualizationHook': 'visualization.UncertaintyVisualizationHook',
    'models.teacher.Teacher': 'models.ema_teacher.EMATeacher',
    'models.teacher.WeightAverage': 'models.ema_teacher.EMAModel',
    'models.cls_heads.uncertainty_cls_head.activate': 'models.uncertainty.class_probabilities',
    'engine.usage_error.UsageError': 'errors.Refusal',
    'models.logits.logits_of': 'models.decode_heads.head_logits.logits_of',
    'models.logits.upsample': 'models.logits.resize_logits',
    'models.checkpointing.checkpointed': 'models.activation_checkpointing.checkpointed_parts',
    'models.checkpointing.refuse': 'models.activation_checkpointing.refuse_checkpointing',
    'models.checkpointing.refuse_moving_statistics': 'models.activation_checkpointing.refuse_checkpointed_norms',
    'models.modes.switched': 'models.module_states.training_mode',
}
for _new in ('cases.Case', 'cases.CollectCases', 'cases.image_name', 'cases.images_by_gain', 'outcomes.OUTCOMES',
             'outcomes.outcome_map', 'panels.draw_panels', 'panels.panels_figure'):
    NAMES[f"visualization.{_new.split('.')[1]}"] = f'visualization.{_new}'
for _package, _old, _new, _module in (
        ('segmentors', 'SemiSegmentor', 'EntMin', 'semi_segmentor'),
        ('segmentors', 'ConsistencySegmentor', 'EntMinConsistency', 'consistency_segmentor'),
        ('segmentors', 'EntropyMinimization', 'Advent', 'entropy_minimization'),
        ('views', 'MirroredViews', 'FlipEnsemble', 'mirrored_views'),
        ('views', 'StrongView', 'PhotometricAugmentation', 'strong_view')):
    _places = [f'models.{_package}.{_old}', f'models.{_package}.{_module}.{_old}']
    NAMES.update(dict.fromkeys(_places + [f'models.{_old}'] * (_package == 'segmentors'), f'models.{_package}.{_new}'))


def warn(old: str, new: str) -> None:
    """Warns at the line that uses the old path; lines of the import system are skipped."""
    places = ', '.join(f'{PACKAGE}.{place}' for place in new.split())
    warnings.warn(f'{PACKAGE}.{old} is now {places}; the old path goes with the next release', DeprecationWarning,
                  stacklevel=3)


def moved_names(module: str) -> Callable[[str], Any]:
    """A ``__getattr__`` for the module of this ``__name__``: it finds the names of ``NAMES`` that were once there."""
    inside = module.removeprefix(f'{PACKAGE}.')

    def lookup(name: str) -> Any:
        old = f'{inside}.{name}'
        if old not in NAMES:
            raise AttributeError(f'module {module!r} has no attribute {name!r}')
        warn(old, NAMES[old])
        place, _, now = NAMES[old].rpartition('.')
        return getattr(importlib.import_module(f'{PACKAGE}.{place}'), now)

    return lookup


class MovedFinder(MetaPathFinder, Loader):
    """Finds the modules of ``MODULES``; an old one gets the names of its new ones."""

    def find_spec(self, fullname: str, path=None, target=None) -> ModuleSpec | None:
        package, _, inside = fullname.partition('.')
        if package != PACKAGE or inside not in MODULES:
            return None
        return ModuleSpec(fullname, self, is_package=True)  # a package: modules may have been below it

    def exec_module(self, module: ModuleType) -> None:
        inside = module.__name__.removeprefix(f'{PACKAGE}.')
        warn(inside, MODULES[inside])
        for place in MODULES[inside].split():
            new = importlib.import_module(f'{PACKAGE}.{place}')
            module.__dict__.update({name: value for name, value in vars(new).items() if not name.startswith('__')})
        module.__getattr__ = moved_names(module.__name__)


def install() -> None:
    """Lets the old module paths be imported."""
    sys.meta_path.append(MovedFinder())
