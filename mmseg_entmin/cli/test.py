# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Tests a segmentor: ``entmin test CONFIG CHECKPOINT [options]``."""
from argparse import Namespace

from mmengine.config import Config
from mmengine.registry import METRICS, DefaultScope

from mmseg_entmin.config.checks import check_config
from mmseg_entmin.config.checks.components import find
from mmseg_entmin.config.checks.signature import signature_of
from mmseg_entmin.config.read_config import read_run_config
from mmseg_entmin.datasets.checks.one_mask import refuse_changed_masks
from mmseg_entmin.datasets.semi_dataset import leaves
from mmseg_entmin.engine.build import build_runner, prepare_run
from mmseg_entmin.engine.checkpoints.checkpoint_file import read_checkpoint
from mmseg_entmin.engine.checkpoints.downloads import without_downloads
from mmseg_entmin.engine.run import test
from mmseg_entmin.errors import Refusal, errors_as_lines
from mmseg_entmin.walk import type_name


def main(args: Namespace) -> None:
    """The steps of a test."""
    with errors_as_lines():
        cfg = read_run_config(args.config, args.work_dir, args.data_root, args.cfg_options, args.launcher,
                              args.local_rank)
        checkpoint = read_checkpoint(args.checkpoint)
        cfg.load_from, cfg.resume = args.checkpoint, False
        without_downloads(cfg.model)
        if args.show or args.show_dir is not None:
            draw_predictions(cfg, args)
        if args.tta:
            use_tta(cfg)
        if args.boundaries is not None:
            add_boundary_metric(cfg, args.boundaries)
        if args.out is not None:
            save_predictions(cfg, args.out)
        check_config(cfg, training=False)
        prepare_run(cfg)
    with errors_as_lines(Refusal):
        runner = build_runner(cfg, checkpoint, whole=True)
    del checkpoint  # the runner has it, and lets go of it once it is loaded
    with errors_as_lines():
        for dataset in leaves(runner.test_loop.dataloader.dataset):
            refuse_changed_masks(dataset)
    with errors_as_lines(Refusal):
        test(runner)


def draw_predictions(cfg: Config, args: Namespace) -> None:
    """Lets the visualization hook draw to a window or to a folder."""
    hook = cfg.get('default_hooks', {}).get('visualization')
    if hook is None:
        raise ValueError("--show and --show-dir need default_hooks.visualization=dict(type='SegVisualizationHook') in "
                         f"config '{cfg.filename}'")
    hook.update(draw=True, **(dict(show=True, wait_time=args.wait_time) if args.show else {}))
    if args.show_dir is not None:
        cfg.merge_from_dict({'visualizer.save_dir': args.show_dir})


def use_tta(cfg: Config) -> None:
    """Wraps the model by ``tta_model`` and reads the images through ``tta_pipeline``."""
    missing = [key for key in ('tta_model', 'tta_pipeline') if key not in cfg]
    if missing:
        raise ValueError(f"--tta needs {' and '.join(missing)} in config '{cfg.filename}'")
    cfg.test_dataloader.dataset.pipeline = cfg.tta_pipeline
    cfg.model = dict(cfg.tta_model, module=cfg.model)


def add_boundary_metric(cfg: Config, tolerance: float) -> None:
    """Adds a ``BoundaryMetric`` with this tolerance in pixels; one of the config gets the tolerance."""
    found = cfg.test_evaluator if isinstance(cfg.test_evaluator, (list, tuple)) else [cfg.test_evaluator]
    others = [metric for metric in found if type_name(metric) != 'BoundaryMetric']
    own = next((metric for metric in found if type_name(metric) == 'BoundaryMetric'), {})
    cfg.test_evaluator = [*others, {'type': 'BoundaryMetric', **own, 'tolerance': tolerance}]


def save_predictions(cfg: Config, folder: str) -> None:
    """Lets each metric write its predictions if it can, and keep them (``keep_results``); ValueError if none can."""
    metrics = cfg.test_evaluator if isinstance(cfg.test_evaluator, (list, tuple)) else [cfg.test_evaluator]
    for metric in metrics:
        with DefaultScope.overwrite_default_scope(cfg.get('default_scope') or 'mmseg'):
            signature = signature_of(find(metric.get('type'), METRICS, metric.get('_scope_')))
        taken = signature.options if signature else ()
        if 'output_dir' in taken:
            metric.update(output_dir=folder, **({'keep_results': True} if 'keep_results' in taken else {}))
    if not any('output_dir' in metric for metric in metrics):
        raise ValueError(f"--out '{folder}' needs a metric that writes predictions among test_evaluator in config "
                         f"'{cfg.filename}', like dict(type='IoUMetric')")
