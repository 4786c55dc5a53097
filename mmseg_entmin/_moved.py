# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The import paths of 0.x, for one release: each gives what its new place holds, with a DeprecationWarning.

A finder at the end of ``sys.meta_path`` answers for modules that are no longer there, and :func:`moved_names` for names
that a package no longer holds. Neither costs anything until an old path is used.
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

# Old module: new module, or several with a blank between, among which its names are now.
MODULES = {
    'apis.tool': 'cli.image_run atomic',
    'engine.cli': 'config.read_config engine.build engine.run',
    'datasets.checks.report': 'datasets.checks.problem datasets.checks.look_through',
    'engine.config_checks': 'config.checks',
    'engine.config_checks.check': 'config.checks.check_config',
    'engine.config_checks.seed': 'config.checks.check_config',
    'engine.data_check': 'datasets.checks.survey',
    'engine.rank_state': 'engine.resume.random_state',
    'engine.hooks.uncertainty_visualization_hook': 'visualization.uncertainty_visualization_hook',
    'engine.usage_error': 'errors',
    'models.blocks': 'models.losses.fused',
    'models.checkpointing': 'models.activation_checkpointing',
    'models.decode_heads.supervised_loss': 'models.decode_heads.mmseg_losses',
    'models.frozen': 'models.module_states',
    'models.modes': 'models.module_states',
    'models.predictions': 'models.losses.predictions',
    'models.segmentors.consistency_segmentor': 'models.segmentors.entmin_consistency',
    'models.segmentors.entropy_minimization': 'models.segmentors.advent',
    'models.discriminators.truth': 'models.discriminators.gan_loss',
    'models.segmentors.semi_segmentor': 'models.segmentors.entmin',
    'models.teacher': 'models.ema_teacher',
    'models.views.mirrored_views': 'models.views.flip_ensemble',
    'models.views.strong_view': 'models.views.photometric_augmentation',
    'models.softmax_statistics': 'models.losses.fused',
    'one_line': 'errors',
}
# Old package, new package: modules that kept their names.
for _old, _new, _names in (
    ('engine', 'config', 'boards cfg_options no_gpu'),
    ('engine', 'engine.checkpoints', 'checkpoint_file safe_load weights'),
    ('engine', 'engine.hooks', 'default_hooks memory terminal_bar update_mask'),
    ('engine', 'engine.resume', 'random_state resumed_config resumed_options sample_seeds'),
    ('engine.config_checks', 'config.checks',
     'batches build_error classes components keys signature spelling'),
):
    MODULES.update({f'{_old}.{_name}': f'{_new}.{_name}' for _name in _names.split()})
# Package: modules that are in it under another name, or in another module of it.
for _package, _names in {
    'apis': 'checks=inferencer images=image_files network=forward',
    'config': 'schedule=unfit_schedules unlabeled=unlabeled_dataset',
    'datasets': 'blood_cells=dataset_classes camvid=dataset_classes masks=label_values',
    'datasets.checks': 'files=file_names images=one_image masks=one_mask run=look_through',
    'datasets.transforms': 'unlabeled=empty_pixels',
    'deploy': 'check=difference network=deploy_network',
    'project': 'files=pairs network=base_network',
    'report': 'images=tested_images panels=rows run=work_dir',
    'visualization': 'uncertainty=uncertainty_picture',
}.items():
    for _old, _new in (_pair.split('=') for _pair in _names.split()):
        MODULES[f'{_package}.{_old}'] = f'{_package}.{_new}'

# Old name in a module that is still there, or that MODULES names: new name.
NAMES = {
    'engine.hooks.UncertaintyVisualizationHook': 'visualization.UncertaintyVisualizationHook',
    'models.teacher.Teacher': 'models.ema_teacher.EMATeacher',
    'models.teacher.WeightAverage': 'models.ema_teacher.EMAModel',
    'models.views.MirroredViews': 'models.views.FlipEnsemble',
    'models.views.StrongView': 'models.views.PhotometricAugmentation',
    'models.views.mirrored_views.MirroredViews': 'models.views.FlipEnsemble',
    'models.views.strong_view.StrongView': 'models.views.PhotometricAugmentation',
    'models.cls_heads.uncertainty_cls_head.activate': 'models.uncertainty.class_probabilities',
    'models.logits.logits_of': 'models.decode_heads.head_logits.logits_of',
    'models.logits.upsample': 'models.logits.resize_logits',
    'models.checkpointing.checkpointed': 'models.activation_checkpointing.checkpointed_parts',
    'models.checkpointing.refuse': 'models.activation_checkpointing.refuse_checkpointing',
    'models.checkpointing.refuse_moving_statistics': 'models.activation_checkpointing.refuse_checkpointed_norms',
    'models.modes.switched': 'models.module_states.training_mode',
    'visualization.Case': 'visualization.cases.Case',
    'visualization.CollectCases': 'visualization.cases.CollectCases',
    'visualization.OUTCOMES': 'visualization.outcomes.OUTCOMES',
    'visualization.draw_panels': 'visualization.panels.draw_panels',
    'visualization.image_name': 'visualization.cases.image_name',
    'visualization.images_by_gain': 'visualization.cases.images_by_gain',
    'visualization.outcome_map': 'visualization.outcomes.outcome_map',
    'visualization.panels_figure': 'visualization.panels.panels_figure',
}
for _old, _new, _module in (('SemiSegmentor', 'EntMin', 'semi_segmentor'),
                            ('ConsistencySegmentor', 'EntMinConsistency', 'consistency_segmentor'),
                            ('EntropyMinimization', 'Advent', 'entropy_minimization')):
    NAMES.update(dict.fromkeys((f'models.{_old}', f'models.segmentors.{_old}', f'models.segmentors.{_module}.{_old}'),
                               f'models.segmentors.{_new}'))


def warn(old: str, new: str) -> None:
    """Warns at the line that uses the old path; the import system's own lines do not count."""
    places = ', '.join(f'{PACKAGE}.{place}' for place in new.split())
    warnings.warn(f'{PACKAGE}.{old} is now {places}; the old path goes with the next release', DeprecationWarning,
                  stacklevel=3)


def moved_names(module: str) -> Callable[[str], Any]:
    """A module-level ``__getattr__`` that finds the names of ``NAMES`` which the module once held.

    Args:
        module: the module's ``__name__``.
    """
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
    """Finds the modules of ``MODULES``: an old one is filled with what its new ones hold."""

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
