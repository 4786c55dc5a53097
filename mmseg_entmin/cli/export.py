# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Exports a trained segmentor: ``entmin export CONFIG CHECKPOINT --out model.onnx [options]``."""
import importlib.util
import json
from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path

import torch
from mmengine.config import Config
from mmengine.dataset import Compose
from mmengine.model import revert_sync_batchnorm
from mmengine.registry import DefaultScope
from mmengine.runner.checkpoint import _load_checkpoint_to_model
from torch import Tensor, nn
from torchvision.datasets.folder import IMG_EXTENSIONS

from mmseg_entmin.config.checks import explain
from mmseg_entmin.config.read_config import read_config
from mmseg_entmin.deploy import FORMATS, ONNX_PACKAGES, TOLERANCE, DeployNetwork, trace
from mmseg_entmin.deploy.difference import largest_differences, random_batches
from mmseg_entmin.engine.checkpoints.checkpoint_file import read_checkpoint
from mmseg_entmin.engine.checkpoints.downloads import without_downloads
from mmseg_entmin.engine.checkpoints.weights import check_weights
from mmseg_entmin.errors import errors_as_lines, reason
from mmseg_entmin.registry import MODELS
from mmseg_entmin.version import __version__
from mmseg_entmin.walk import type_name
from mmseg_entmin.words import amount

NEEDS_TORCH = 2, 9  # the first whose programs open without guards on the traced size; ONNX was not tried before


def check_args(args: Namespace) -> None:
    """Refuses options that would fail after the export."""
    if tuple(map(int, torch.__version__.split('.')[:2])) < NEEDS_TORCH:
        least = '.'.join(map(str, NEEDS_TORCH))
        raise ValueError(f"export needs torch {least}, this is {torch.__version__}: pip install 'torch>={least}'")
    suffixes = [suffix for name, (suffix, *_) in FORMATS.items() if args.format in (None, name)]
    if args.format is None or args.out.suffix not in suffixes:
        raise ValueError(f"--out '{args.out}': the name must end in {' or '.join(suffixes)}")
    if not args.out.parent.is_dir():
        raise ValueError(f"--out '{args.out}': the folder '{args.out.parent}' does not exist")
    if args.size and min(args.size) < 1:
        raise ValueError(f'--size {args.size[0]} {args.size[1]}: must be 1 or more')
    if args.check < 1:
        raise ValueError(f'--check {args.check}: must be 1 or more')
    if args.images is not None and not image_paths(args):
        raise ValueError(f"--images '{args.images}' is no folder with images ({', '.join(IMG_EXTENSIONS)})")
    missing = [name for name in ONNX_PACKAGES if importlib.util.find_spec(name) is None]
    if args.format == 'onnx' and missing:
        raise ValueError(f"--format onnx: pip install {' '.join(missing)}, or write a *.pt2 file")


def image_paths(args: Namespace) -> list[Path]:
    """The first images of the folder, by name."""
    paths = sorted(args.images.iterdir()) if args.images.is_dir() else []
    return [path for path in paths if path.suffix.lower() in IMG_EXTENSIONS][:args.check]


def load_segmentor(cfg: Config, checkpoint: str) -> tuple[nn.Module, dict]:
    """The segmentor of the config with the checkpoint's weights, on the CPU, and the checkpoint's ``meta``."""
    without_downloads(cfg.model)
    try:
        with DefaultScope.overwrite_default_scope(cfg.get('default_scope', 'mmseg')):
            segmentor = revert_sync_batchnorm(MODELS.build(cfg.model))
    except Exception as error:  # a constructor may raise anything
        raise ValueError(explain(cfg, error) or f"the model of config '{cfg.filename}' cannot be built: "
                         f'{reason(error)}') from error
    loaded = read_checkpoint(checkpoint)
    check_weights(segmentor, loaded, checkpoint, cfg.filename)
    _load_checkpoint_to_model(segmentor, loaded)
    return segmentor.eval().requires_grad_(False), loaded.get('meta', {})


def test_pipeline(cfg: Config) -> list[dict]:
    """The steps of the test pipeline without those for annotations."""
    steps = (cfg.get('test_dataloader') or {}).get('dataset', {}).get('pipeline') or [
        dict(type='LoadImageFromFile'), dict(type='PackSegInputs')]
    return [dict(step) for step in steps if 'Annotation' not in type_name(step)]


def describe(cfg: Config, meta: dict, network: DeployNetwork) -> dict[str, str]:
    """The metadata of the file; all but plain names is JSON."""
    data = meta.get('dataset_meta') or {}
    path = Path(cfg.filename)
    found = dict(classes=data.get('classes'), palette=data.get('palette'),
                 resize=next((step for step in test_pipeline(cfg) if type_name(step) == 'Resize'), None))
    order = 'RGB images' if network.channels == 3 else 'images in the channel order of the test pipeline'
    return dict(config=f'{path.parent.name}/{path.name}', mmseg_entmin_version=__version__,
                input=f'float32 {order} (N, {network.channels}, H, W), values 0..{network.white:g}',
                **{name: json.dumps(value) for name, value in found.items() if value is not None})


def read_images(args: Namespace, cfg: Config, network: DeployNetwork) -> Iterator[Tensor]:
    """Images of --images as batches (1, channels, H, W), as the test pipeline gives them, or of the fixed size."""
    steps = test_pipeline(cfg)
    if args.size:
        fixed = dict(type='Resize', scale=tuple(args.size[::-1]), keep_ratio=False)
        steps = [steps[0], fixed, *(step for step in steps[1:] if type_name(step) != 'Resize')]
    with DefaultScope.overwrite_default_scope(cfg.get('default_scope', 'mmseg')):
        pipeline = Compose(steps)
    for path in image_paths(args):
        try:
            image = pipeline(dict(img_path=str(path)))['inputs']
        except Exception as error:  # the decoders' errors have no common class
            raise ValueError(f"--images: '{path}' cannot be read as an image; replace it, or leave it out") from error
        if len(image) not in (1, network.channels):
            raise ValueError(f"--images: '{path}' is read with {len(image)} channels, the network takes "
                             f'{network.channels}; give images like those of the training')
        yield (image.flip(0) if network.channels == 3 else image).expand(network.channels, -1, -1)[None].float()


@errors_as_lines()
def main(args: Namespace) -> None:
    args.format = args.format or next((name for name in FORMATS if FORMATS[name][0] == args.out.suffix), None)
    check_args(args)
    cfg = read_config(args.config, cfg_options=args.cfg_options)
    segmentor, meta = load_segmentor(cfg, args.checkpoint)
    network = DeployNetwork(segmentor, args.variance)
    part = args.out.with_name(f'{args.out.stem}.part{args.out.suffix}')  # an older file stays if this fails
    try:
        export(args, cfg, segmentor, network, describe(cfg, meta, network), part)
        part.replace(args.out)
    finally:
        part.unlink(missing_ok=True)
    size = 'x'.join(map(str, args.size)) if args.size else 'any size'
    print(f"{args.out}: {args.out.stat().st_size / 2**20:.2f} MiB, images of {size}, {', '.join(network.output_names)}")


def export(args: Namespace, cfg: Config, segmentor: nn.Module, network: DeployNetwork, metadata: dict[str, str],
           path: Path) -> None:
    """Writes the file and compares its outputs on random images and on those of --images; ValueError if PyTorch cannot
    export the network, or the file does not run or has other outputs."""
    checks = {'random images': random_batches(network, args.size)}
    if args.images is not None:
        checks[f'{amount(len(image_paths(args)), "image")} of {args.images}'] = list(read_images(args, cfg, network))
    _, write, load = FORMATS[args.format]
    hint = ''  # what fails before the export would also fail with a fixed size
    try:
        network(checks['random images'][0])
        hint = '' if args.size else '; a fixed --size H W may work'
        write(trace(network, args.size and tuple(args.size)), path, network.output_names, metadata)
        function = load(path)
        found = {title: largest_differences(segmentor, network, function, part) for title, part in checks.items()}
    except ValueError:
        raise
    except Exception as error:  # PyTorch's and onnxruntime's errors are of any kind
        text = next(iter(str(error).strip().splitlines()), '')
        raise ValueError(f"config '{cfg.filename}' cannot be exported as {args.format}{hint}: "
                         f'{type(error).__name__}: {text}') from error
    for title, differences in found.items():
        print(f'{title}: largest difference from PyTorch: '
              + ', '.join(f'{name} {value:.2g}' for name, value in differences.items()))
        if max(differences.values()) > TOLERANCE:
            raise ValueError(f"'{args.out}' not written: on {title} it differs by more than {TOLERANCE} from PyTorch")
