# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Tests trained networks and keeps what the pictures of docs/results.md need, in one JSON file.

    python -m benchmarks.results.figure_data wbc_1-10 --data-root data/wbc1 \\
        --method supervised configs/supervised/unet_wbc_1-10.py SUPERVISED.pth \\
        --method 'entropy minimization' configs/entmin/unet_wbc_1-10.py OURS.pth

The first method is the baseline. `make tables` draws the pictures from the JSON file alone. The images are not picked
by hand: they are at the quantiles of the gain of the last method, the worst included. Most data sets may not be
redistributed, so that the file holds no photograph and no mask without --with-images. --photographs draws them into a
picture that is not for sharing.
"""
import json
from argparse import ArgumentParser, Namespace
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from mmengine.hooks import Hook

from benchmarks.results.figures import RECORDS, draw_outcomes
from benchmarks.results.stored_maps import encode, shrink
from entmin.arguments import add_config_options
from mmseg_entmin.config.checks import check_config
from mmseg_entmin.config.read_config import read_run_config
from mmseg_entmin.engine.build import build_runner, prepare_run
from mmseg_entmin.engine.checkpoints.checkpoint_file import read_checkpoint
from mmseg_entmin.errors import errors_as_lines
from mmseg_entmin.models.encoder_stages import encoder_modules, record_outputs
from mmseg_entmin.models.losses.fused import gradient_map
from mmseg_entmin.visualization.cases import Case, CollectCases, image_name, images_by_gain
from mmseg_entmin.visualization.outcomes import outcome_map

ROOT = Path(__file__).resolve().parents[2]


class CollectGradients(Hook):
    """Collects the gradient maps (h, w) of the encoder's stages in ``maps``, by the name of the test image."""

    def __init__(self) -> None:
        self.maps: dict[str, list[np.ndarray]] = {}
        self.recording = ExitStack()

    def before_test(self, runner) -> None:
        network = getattr(runner.model, 'predictor', runner.model)  # the one that predicts
        self.stages = encoder_modules(network.backbone)
        self.outputs = self.recording.enter_context(record_outputs(self.stages or [network.backbone]))

    def after_test_iter(self, runner, batch_idx, data_batch=None, outputs=None) -> None:
        if len(self.outputs) != max(1, len(self.stages)):
            raise ValueError("the gradients need one pass over each image: model.test_cfg=dict(mode='whole')")
        features = self.outputs if self.stages else self.outputs[0]
        stages = [gradient_map(feature).cpu().numpy() for feature in features]
        for n, sample in enumerate(outputs):
            self.maps[image_name(sample.img_path, self.maps)] = [stage[n, 0] for stage in stages]
        self.outputs.clear()

    def after_test(self, runner) -> None:
        self.recording.close()


@dataclass
class Tested:
    """One method on the test images."""

    title: str
    config: str
    miou: float
    cases: dict[str, Case]
    gradients: dict[str, list[np.ndarray]]
    meta: dict
    test_list: str


def test(title: str, config: str, checkpoint: str, args: Namespace, work_dir: str) -> Tested:
    """Test one config and checkpoint, without output."""
    cfg = read_run_config(config, work_dir, args.data_root, args.cfg_options)
    cfg.log_level = 'ERROR'
    cfg.experiment_name = Path(work_dir).name
    cfg.visualizer.pop('name')  # it is then the experiment's: one of a name in a process
    cfg.default_hooks.pop('visualization', None)
    cfg.test_dataloader.update(num_workers=0, persistent_workers=False)
    check_config(cfg, training=False)
    prepare_run(cfg)
    cfg.load_from = checkpoint
    runner = build_runner(cfg, read_checkpoint(checkpoint), whole=True)
    cases, gradients = CollectCases(), CollectGradients()
    for hook in (cases, gradients):
        runner.register_hook(hook)
    miou = float(runner.test()['mIoU'])
    path, configs = Path(config).resolve(), ROOT / 'configs'
    name = path.relative_to(configs).with_suffix('').as_posix() if path.is_relative_to(configs) else path.stem
    return Tested(title, name, miou, cases.cases, gradients.maps, runner.test_dataloader.dataset.metainfo,
                  cfg.test_dataloader.dataset.ann_file)


def check_same(methods: list[Tested]) -> None:
    """Check that methods can be compared.

    Raises:
        ValueError: two methods have other test images, classes or numbers of encoder stages.
    """
    first = methods[0]
    for other in methods[1:]:
        for what, one, two in (('test images', set(first.cases), set(other.cases)),
                               ('classes', first.meta['classes'], other.meta['classes']),
                               ('number of encoder stages', *(len(next(iter(m.gradients.values())))
                                                              for m in (first, other)))):
            if one != two:
                raise ValueError(f'{first.title} and {other.title} cannot be compared: other {what}')


def gains_of(method: Tested, baseline: Tested) -> dict[str, float]:
    """Gain in mIoU of each test image, in points of percent."""
    return {name: case.miou - baseline.cases[name].miou for name, case in method.cases.items()}


def describe(method: Tested, baseline: Tested) -> dict:
    """Figures of a method over all test images."""
    stages = zip(*([float(stage.mean()) for stage in maps] for maps in method.gradients.values()))
    gains = None if method is baseline else list(gains_of(method, baseline).values())
    return dict(
        title=method.title, config=method.config, miou=round(method.miou, 2),
        mean_gradients=[float(f'{np.mean(stage):.6g}') for stage in stages],
        gain_deciles=gains and np.quantile(gains, np.linspace(0, 1, 11)).round(2).tolist())


def gradient_maps(methods: list[Tested], image: str, width: int) -> dict:
    """The gradient maps of one image; 255 is the largest gradient of the stage over all methods."""
    shown = [[shrink(stage, width) for stage in method.gradients[image]] for method in methods]
    scales = [max(float(stage.max()) for stage in stages) for stages in zip(*shown)]  # > 0: gradient_map has an epsilon
    return dict(
        image=image, scales=[float(f'{scale:.6g}') for scale in scales],
        maps=[[encode(np.uint8(np.rint(stage / scale * 255))) for stage, scale in zip(stages, scales)]
              for stages in shown])


def panel(methods: list[Tested], place: str, image: str, width: int, with_images: bool) -> dict:
    """One image: predictions, where each is right and the baseline's is not, and where it is the other way round."""
    cases = [method.cases[image] for method in methods]
    outcomes = [outcome_map(case.prediction, cases[0].prediction, cases[0].truth) for case in cases[1:]]
    inputs = dict(photograph=encode(cases[0].image), truth=encode(shrink(cases[0].truth, width))) if with_images else {}
    return inputs | dict(
        place=place, image=image, miou=[round(case.miou, 2) for case in cases],
        predictions=[encode(shrink(case.prediction, width)) for case in cases],
        outcomes=[encode(shrink(outcome, width)) for outcome in outcomes])


def record(name: str, methods: list[Tested], width: int, gradient_width: int, with_images: bool = False) -> dict:
    """Everything that the pictures need."""
    check_same(methods)
    shown = images_by_gain(gains_of(methods[-1], methods[0]))
    meta = methods[0].meta
    return dict(
        name=name, test_list=methods[0].test_list, test_images=len(methods[0].cases),
        classes=list(meta['classes']), palette=[list(map(int, colour)) for colour in meta['palette']],
        methods=[describe(method, methods[0]) for method in methods],
        gradient_maps=gradient_maps(methods, shown['median'], gradient_width),
        panels=[panel(methods, place, image, width, with_images) for place, image in shown.items()])


def parse_args(argv: list[str] | None = None) -> Namespace:
    parser = ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('name', help='name of the JSON file and of the pictures')
    parser.add_argument('--method', nargs=3, action='append', required=True, metavar=('TITLE', 'CONFIG', 'CHECKPOINT'),
                        help='give it at least twice; the first one is the baseline')
    parser.add_argument('--data-root', metavar='DIR', help='folder of the data set, in place of each data_root')
    add_config_options(parser, 'settings that override every config')
    parser.add_argument('--out', type=Path, default=RECORDS,
                        help='folder of the file (default: benchmarks/results/records/figures)')
    parser.add_argument('--width', type=int, default=240, help='largest width of a label map in pixels (default: 240)')
    parser.add_argument('--gradient-width', type=int, default=60, help='the same of a gradient map; a large one of '
                        'the first stage shows the photograph (default: 60)')
    parser.add_argument('--with-images', action='store_true',
                        help='keep images and masks too; only for data that may be redistributed')
    parser.add_argument(
        '--photographs', type=Path, metavar='FILE', help='picture with the photographs; not for sharing')
    args = parser.parse_args(argv)
    if len(args.method) < 2:
        parser.error('give --method twice or more: a baseline, and what is compared with it')
    return args


@errors_as_lines()
def main(argv: list[str] | None = None) -> None:
    args = parse_args(argv)
    with TemporaryDirectory(prefix=f'{args.name}_') as folder:
        methods = [test(*method, args, f'{folder}/{args.name}_{k}') for k, method in enumerate(args.method)]
    data = record(args.name, methods, args.width, args.gradient_width, args.with_images)
    args.out.mkdir(parents=True, exist_ok=True)
    path = args.out / f'{args.name}.json'
    path.write_text(json.dumps(data, indent=1) + '\n')
    if args.photographs:
        draw_outcomes(record(args.name, methods, args.width, args.gradient_width, with_images=True), args.photographs)
    print(path)


if __name__ == '__main__':
    main()
