# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""One way to segment images, in a process of its own; prediction.py compares them."""
import os
import shutil
import time
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection
from pathlib import Path

CONFIG = Path(__file__).resolve().parents[2] / 'configs/entmin/deeplabv2_camvid_1-8.py'
# Name: function of this module, and its options.
VARIANTS = {
    **{f'network alone, batch {size}': ('network', size) for size in (1, 2, 4, 8)},
    **{f'MMSegInferencer, batch {size}': ('mmseg', size) for size in (1, 8)},
    'labels': ('ours', []),
    'labels, entropy, variance': ('ours', ['--uncertainty']),
    'labels, `--fast`': ('ours', ['--fast']),
    'labels, `--engine onnxruntime`': ('ours', ['--engine', 'onnxruntime'])}
Segment = Callable[[Path], None]


def network(checkpoint: Path, frames: Sequence[Path], size: int) -> Segment:
    """The network as `entmin predict` runs it, on images that are in memory; nothing is written."""
    import torch

    from mmseg_entmin.apis import EntMinInferencer
    from mmseg_entmin.cli.kept_memory import keep_memory
    keep_memory()
    inferencer = EntMinInferencer(CONFIG, checkpoint, 'cpu', outputs=())
    read = [inferencer.reader(path).data for path in frames]
    batches = [inferencer.model.data_preprocessor(dict(
        inputs=[data['inputs'] for data in read[start:start + size]],
        data_samples=[data['data_samples'] for data in read[start:start + size]]), False)['inputs']
        for start in range(0, len(read), size)]

    @torch.no_grad()
    def segment(_: Path) -> None:
        for batch in batches:
            inferencer.engine(batch)
    return segment


def mmseg(checkpoint: Path, frames: Sequence[Path], size: int) -> Segment:
    """mmseg's own inferencer, which writes masks, and no pictures."""
    from mmengine.config import Config
    from mmseg.apis import MMSegInferencer

    import mmseg_entmin  # noqa: F401  registers the model
    cfg = Config.fromfile(CONFIG)
    cfg.model.backbone.init_cfg = None
    inferencer = MMSegInferencer(cfg, str(checkpoint), device='cpu')
    inferencer.show_progress = False
    inferencer.visualize = lambda *args, **options: None  # it draws pictures wherever it writes masks

    def segment(out: Path) -> None:
        inferencer.num_pred_imgs = 0
        inferencer(list(map(str, frames)), batch_size=size, out_dir=str(out), pred_out_dir='masks')
        for number, path in enumerate(frames):
            (out / f'masks/{number:08}_pred.png').rename(out / f'masks/{path.stem}.png')
    return segment


def ours(checkpoint: Path, frames: Sequence[Path], options: Sequence[str]) -> Segment:
    """`entmin predict` without its start, and with the timing of `--fast` left out, which is done once."""
    from entmin.command_line import parse
    from mmseg_entmin.cli.image_run import open_images, open_inferencer
    from mmseg_entmin.cli.predict import outputs_of, segment
    words = ['predict', *map(str, frames), '--config', str(CONFIG), '--checkpoint', str(checkpoint), '--device', 'cpu',
             *options, '--out']
    args = parse([*words, 'out'])
    inferencer = open_inferencer(args, outputs_of(args))
    next(inferencer(str(frames[0])))
    inferencer.engine.notes.clear()
    return lambda out: segment(args := parse([*words, str(out)]), open_images(args), inferencer)


def serve(connection: Connection, name: str, checkpoint: Path, frames: Sequence[Path], out: Path) -> None:
    """Answers each message by the seconds that the images took, on the wall and of processors, after a first round."""
    os.environ['MMENGINE_LOG_LEVEL'] = 'ERROR'
    with open(os.devnull, 'w') as nowhere:  # progress is said on stderr, results on stdout
        os.dup2(nowhere.fileno(), 1)
        os.dup2(nowhere.fileno(), 2)
    import torch
    torch.set_num_threads(1)
    kind, option = VARIANTS[name]
    segment = globals()[kind](checkpoint, frames, option)
    segment(out)
    connection.send(torch.__version__)
    while True:
        try:
            connection.recv()
        except EOFError:
            return
        shutil.rmtree(out, ignore_errors=True)
        out.mkdir(parents=True)
        start, times = time.perf_counter(), os.times()
        segment(out)
        seconds, after = time.perf_counter() - start, os.times()
        connection.send((seconds, sum(after[:4]) - sum(times[:4])))
