# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Tests a segmentor: ``python tools/test.py CONFIG CHECKPOINT [options]``, with the options of mmseg's tool.

The metrics are logged, and written to ``<work dir>/<time>/<time>.json``.
"""
from argparse import ArgumentParser, Namespace
from collections.abc import Collection

from mmengine.config import Config
from mmengine.registry import METRICS, DefaultScope

from mmseg_entmin.cli import common as cli
from mmseg_entmin.config.checks.components import find
from mmseg_entmin.config.checks.signature import signature_of


def parse_args(argv: list[str] | None = None) -> Namespace:
    parser = ArgumentParser(description='Test a segmentor.')
    cli.add_common_arguments(parser)
    parser.add_argument('checkpoint', help='checkpoint file or URL')
    parser.add_argument('--out', metavar='DIR', help='folder for the predicted label maps, as PNG files')
    parser.add_argument('--show', action='store_true', help='show the predictions in a window')
    parser.add_argument('--show-dir', metavar='DIR', help='folder for the painted predictions')
    parser.add_argument('--wait-time', type=float, default=2, help='seconds that --show shows a picture (default: 2)')
    parser.add_argument('--tta', action='store_true', help='test-time augmentation, by tta_model and tta_pipeline')
    return parser.parse_args(argv)


def draw_predictions(cfg: Config, args: Namespace) -> None:
    """Turns on drawing in the visualization hook, to a window or to a folder."""
    hook = cfg.get('default_hooks', {}).get('visualization')
    if hook is None:
        raise cli.UsageError("--show and --show-dir need default_hooks.visualization=dict(type='SegVisualizationHook') "
                             f"in config '{cfg.filename}'")
    hook.draw = True
    if args.show:
        hook.show = True
        hook.wait_time = args.wait_time
    if args.show_dir is not None:
        cfg.merge_from_dict({'visualizer.save_dir': args.show_dir})


def use_tta(cfg: Config) -> None:
    """Wraps the model by ``tta_model`` and reads the images through ``tta_pipeline``."""
    missing = [key for key in ('tta_model', 'tta_pipeline') if key not in cfg]
    if missing:
        raise cli.UsageError(f"--tta needs {' and '.join(missing)} in config '{cfg.filename}'")
    cfg.test_dataloader.dataset.pipeline = cfg.tta_pipeline
    cfg.model = dict(cfg.tta_model, module=cfg.model)


def save_predictions(cfg: Config, folder: str) -> None:
    """Lets every metric that can write its predictions; ``keep_results`` is for those that delete them at the end.

    Raises:
        UsageError: no metric can.
    """
    metrics = cfg.test_evaluator if isinstance(cfg.test_evaluator, (list, tuple)) else [cfg.test_evaluator]
    for metric in metrics:
        taken = options_of(metric, cfg.get('default_scope') or 'mmseg')
        if 'output_dir' in taken:
            metric.update(output_dir=folder, **({'keep_results': True} if 'keep_results' in taken else {}))
    if not any('output_dir' in metric for metric in metrics):
        raise cli.UsageError(f"--out '{folder}' needs a metric that writes predictions among test_evaluator in config "
                             f"'{cfg.filename}', like dict(type='IoUMetric')")


def options_of(metric: dict, scope: str) -> Collection[str]:
    """The options that a metric takes; CalibrationMetric, for one, writes nothing."""
    with DefaultScope.overwrite_default_scope(scope):
        signature = signature_of(find(metric.get('type'), METRICS, metric.get('_scope_')))
    return signature.options if signature else ()


def main(argv: list[str] | None = None) -> None:
    args = parse_args(argv)
    cfg = cli.load_config(args)
    cfg.load_from = cli.require_checkpoint(args.checkpoint)
    cfg.resume = False
    if args.show or args.show_dir is not None:
        draw_predictions(cfg, args)
    if args.tta:
        use_tta(cfg)
    if args.out is not None:
        save_predictions(cfg, args.out)
    cli.test(cli.build_runner(cfg))
