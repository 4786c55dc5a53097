# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Makes the measurements of docs/performance.md, and fills in its tables.

    python -m benchmarks.cost.performance measure                   # all of them; half an hour on 2 quiet cores
    python -m benchmarks.cost.performance measure unet_128 losses   # some of them
    python -m benchmarks.cost.performance write                     # only the page and its picture

Everything runs on one CPU thread. The records are in benchmarks/cost/records.
"""
import argparse
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from benchmarks.cost import benchmark
from benchmarks.cost.performance_page import write_page
from benchmarks.cost.records import write_table
from benchmarks.results.methods import Method, peers

ROOT = Path(__file__).resolve().parents[2]
UNET, DEEPLAB, WBC, CAMVID = 'unet_toycells_1-10', 'deeplabv2_voc_1-8', 'unet_wbc_1-10', 'deeplabv2_camvid_1-8'
R50 = 'model.backbone.depth=50'
ONE, TWO = 'model.forward_mode=one', 'model.forward_mode=two'
CHANNELS_LAST, HALF, DEPTHWISE = (f'fast.{name}=True' for name in ('channels_last', 'bfloat16', 'float32_depthwise'))
BOTH = f'{HALF},{CHANNELS_LAST}'
EARLY, LATER = peers()[:11], peers()[11:]  # in two runs, since each variant is a process with its own memory


def variants(methods: Iterable[Method], stem: str, only_released: bool = False) -> list[str]:
    """The methods on a network, and again with the passes of their released code where it has others."""
    plain = [] if only_released else [f'{method.runs}/{stem}' for method in methods]
    return plain + [','.join([f'{method.runs}/{stem}', *(f'model.{key}={value}' for key, value in
                                                         method.released.items())])
                    for method in methods if method.released]


# Arguments of benchmark.py by the name of the measurement. Some compare options of the method.
STEPS = dict(
    unet_128=[f'entmin/{UNET}=4+4', f'entmin/{UNET}=4+4,{ONE}', '--limit', f'supervised/{UNET}', '--size', '128',
              '--rounds', '30', '--warm-up', '3'],
    deeplabv2_r50_321=[f'entmin/{DEEPLAB}=1+1,{R50}', f'entmin/{DEEPLAB}=1+1,{R50},{ONE}', '--limit',
                       f'supervised/{DEEPLAB},{R50}', '--rounds', '14', '--warm-up', '1'],
    camvid_192=[f'entmin/{CAMVID}', f'entmin/{CAMVID},{ONE}', '--limit', f'supervised/{CAMVID}', '--rounds', '12',
                '--warm-up', '2'],
    wbc_48=[f'entmin/{WBC}', f'entmin/{WBC},{TWO}', f'entmin_plus/{WBC}', '--limit', f'supervised/{WBC}_augmented',
            '--rounds', '60'],
    peers_unet_128=[f'entmin/{UNET}=4+4', *variants(EARLY, f'{UNET}=4+4'), f'supervised/{UNET}=4+0', '--size', '128',
                    '--rounds', '8', '--warm-up', '2'],
    later_peers_unet_128=[f'entmin/{UNET}=4+4', *variants(LATER, f'{UNET}=4+4'), f'supervised/{UNET}=4+0', '--size',
                          '128', '--rounds', '8', '--warm-up', '2'],
    peers_deeplabv2_r50_321=[*(f'{method}/{DEEPLAB}=1+1,{R50}' for method in ('entmin', 's4gan', 'advsemiseg', 'cps')),
                             *variants(EARLY, f'{DEEPLAB}=1+1,{R50}', only_released=True), '--rounds', '5',
                             '--warm-up', '1'],
    options=[f'entmin/{UNET}=4+4', f'entmin/{UNET}=4+4,model.backbone.with_cp=True',
             f'entmin/{UNET}=4+4,channels_last=True',
             f'entmin/{UNET}=4+4,optim_wrapper.type=CPUAmpOptimWrapper', '--size', '128', '--rounds', '10',
             '--warm-up', '2'],
    fast_unet_128=[f'entmin/{UNET}=4+4', *(f'entmin/{UNET}=4+4,{mode}' for mode in (CHANNELS_LAST, HALF, BOTH)),
                   f'supervised/{UNET}=8+0,{BOTH}', '--size', '128', '--rounds', '15', '--warm-up', '2'],
    fast_camvid_192=[f'entmin/{CAMVID}', *(f'entmin/{CAMVID},{mode}' for mode in (
        CHANNELS_LAST, HALF, BOTH, f'{HALF},{DEPTHWISE}', f'{BOTH},{DEPTHWISE}')),
        f'supervised/{CAMVID}=8+0,{BOTH},{DEPTHWISE}', '--rounds', '8', '--warm-up', '2'],
    fast_r50_321=[f'entmin/{DEEPLAB}=1+1,{R50}', *(f'entmin/{DEEPLAB}=1+1,{R50},{mode}' for mode in (
        CHANNELS_LAST, HALF, BOTH)), f'supervised/{DEEPLAB}=2+0,{R50},{BOTH}', '--rounds', '5', '--warm-up', '1'])
SIZES, CLASSES = (64, 128, 256, 512, 1024), (2, 21, 150)


def losses() -> list[dict]:
    """Processor time and memory of the three losses, forward and backward, for each size and number of classes."""
    import torch
    torch.set_num_threads(1)
    rows = []
    for num_classes in CLASSES:
        for size in SIZES:
            rows.append(losses_of(num_classes, size))
            print(rows[-1], flush=True)
    return rows


def losses_of(num_classes: int, size: int) -> dict:
    """The same for one image, with the encoder maps of a U-Net of width 16 and logits of the image's size."""
    import torch

    from benchmarks.cost.allocator import allocated
    from mmseg_entmin.models.losses import AdaptiveSharpeningLoss, ClassConsistencyLoss, FeatureGradientLoss
    from mmseg_entmin.models.losses.predictions import SemiPredictions
    terms = dict(sharpening=AdaptiveSharpeningLoss(), consistency=ClassConsistencyLoss(),
                 gradient=FeatureGradientLoss())
    mean = torch.randn(1, num_classes, size, size).requires_grad_()
    variance = torch.rand(1, num_classes, size, size)
    cls_mean = torch.randn(1, num_classes).requires_grad_()
    maps = [torch.randn(1, 16 * 2**j, size >> j, size >> j).requires_grad_() for j in range(5)]

    def step(names: list[str]) -> None:
        predictions = SemiPredictions(maps, [], (mean, variance), cls_mean, cls_mean.exp(), 'softmax')
        for x in (mean, cls_mean, *maps):
            x.grad = None
        sum(terms[name](predictions) for name in names).backward()

    row = dict(classes=num_classes, size=size)
    for key, names in (('logits', ['sharpening', 'consistency']), ('features', ['gradient'])):
        times = []
        for _ in range(3):
            start = time.process_time()
            step(names)
            times.append(time.process_time() - start)
        row[f'{key}_seconds'] = min(times)
    peak, _ = allocated(lambda: step(['sharpening', 'consistency']))
    return dict(row, logits_copies=peak / (mean.numel() * mean.element_size()))


def scaling() -> list[dict]:
    """A whole step of U-Net of width 8 on 1 + 1 images, and its limit, for each size."""
    rows = []
    for size in SIZES:
        variants = [benchmark.Variant('entmin/unet_wbc_1-10', (1, 1))]
        variants.append(benchmark.limit_of(variants[0], benchmark.Variant('supervised/unet_wbc_1-10')))
        ours, limit = benchmark.measure(variants, rounds=4 if size > 256 else 12, warm_up=1, size=size)
        rows.append(dict(size=size, ours=ours['seconds'], limit=limit['seconds'], **ours['ratios'][limit['config']],
                         ours_mib=ours['memory_mib'], limit_mib=limit['memory_mib']))
        print(rows[-1], flush=True)
    return rows


def data(folder: Path) -> list[dict]:
    """How long a step of the config of the cells waits for its images, read from disk or kept in memory."""
    if not folder.is_dir():
        raise SystemExit(f'error: measurement "data" needs WBC Dataset 1 in {folder}; give its parent by --data')
    rows = []
    for workers in (0, 2):
        options = {'train_dataloader.num_workers': workers, 'train_dataloader.persistent_workers': workers > 0}
        variants = [benchmark.Variant(f'entmin/{WBC}', None, {**options, **extra})
                    for extra in ({}, {'cache_mib': 256})]
        for record in benchmark.measure(variants, rounds=60, warm_up=10, data_root=str(folder)):
            rows.append({key: record[key] for key in ('config', 'seconds', 'data_seconds')} | dict(
                workers=workers, cached='cache_mib' in record['config']))
            print(rows[-1], flush=True)
    return rows


def step_of(arguments: list[str], name: str) -> Callable[[], None]:
    return lambda: benchmark.main([*arguments, '--record', name])


MEASUREMENTS: dict[str, Callable] = {
    **{name: step_of(arguments, name) for name, arguments in STEPS.items()},
    'losses': losses, 'scaling': scaling}


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('action', choices=['measure', 'write'])
    parser.add_argument('names', nargs='*', metavar='NAME',
                        help=f"some of {', '.join(MEASUREMENTS)}, data (default: all)")
    parser.add_argument('--data', type=Path, default=ROOT / 'data', help='folder with wbc1 (default: data)')
    args = parser.parse_args(argv)
    measurements = {**MEASUREMENTS, 'data': lambda: data(args.data / 'wbc1')}
    unknown = [name for name in args.names if name not in measurements]
    if unknown:
        raise SystemExit(f"error: no measurement {unknown[0]!r}; choose from {', '.join(measurements)}")
    if args.action == 'measure':
        for name in args.names or measurements:
            rows = measurements[name]()
            if rows is not None:
                write_table(name, rows)
    write_page()


if __name__ == '__main__':
    main()
