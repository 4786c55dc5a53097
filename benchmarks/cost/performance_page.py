# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""docs/performance.md and docs/figures/cost_scaling.png, from docs/results/performance/*.json alone."""
import json
from pathlib import Path

from matplotlib.figure import Figure

from benchmarks.cost.performance_text import DESIGN, HEAD, NOTES, OPTIONS, PASSES, TRIED

TITLES = dict(
    unet_128='U-Net of width 16, 4 + 4 images of 128 x 128 pixels',
    deeplabv2_r50_321='DeepLabv2 on ResNet-50, 1 + 1 images of 321 x 321 pixels',
    camvid_192='DeepLabv2 on EfficientNet-Lite0, 4 + 4 images of 192 x 192 pixels (CamVid)',
    wbc_48='U-Net of width 8, 4 + 4 images of 48 x 48 pixels (blood cells)',
    peers_unet_128='The peers, in one run: U-Net of width 16, 4 + 4 images of 128 x 128 pixels, times ours',
    peers_deeplabv2_r50_321='The peers, in one run: DeepLabv2 on ResNet-50, 1 + 1 images of 321 x 321 pixels, '
    'times ours',
    gpu_r101_321="The paper's setting on a GPU: DeepLabv2 on ResNet-101, 8 + 8 images of 321 x 321 pixels",
    peers_gpu_r101_321='The peers on a GPU, in one run: DeepLabv2 on ResNet-101, 4 + 4 images of 321 x 321 pixels, '
    'times ours',
    options='Options, U-Net of width 16, 4 + 4 images of 128 x 128 pixels')


def write_page(results: Path, docs: Path) -> None:
    """Write the page; a measurement that has no file is left out."""
    known = {path.stem: json.loads(path.read_text()) for path in sorted(results.glob('*.json'))}
    lines = [HEAD]
    for name in TITLES:
        if name in known and name != 'options' and not name.startswith('peers'):
            lines += section(name, known[name])
    lines += ['(`forward_mode=auto`, the default, is one forward on a GPU and for small batches, and two for batches '
              'of 100,000 pixels and more on a CPU. Above the limit on blood cells are calls rather than numbers: a '
              "step has twice as many operations as stock mmseg's, and maps of 3 to 48 pixels.)",
              '']
    for name in (name for name in TITLES if name.startswith('peers') and name in known):
        lines += section(name, known[name])
    lines += passes(known.get('peers_unet_128', dict(steps=[])))
    if 'losses' in known or 'scaling' in known:
        lines += scaling(known, docs)
    if 'data' in known:
        lines += data(known['data'])
    lines += [DESIGN, OPTIONS]
    if 'options' in known:
        lines += [f"### {TITLES['options']}", '', *steps(known['options']), '']
    (docs / 'performance.md').write_text('\n'.join([*lines, TRIED]).rstrip() + '\n')


def section(name: str, result: dict) -> list[str]:
    """A measurement of steps, with its note."""
    return [f'## {TITLES[name]}', '', *steps(result), '', *([NOTES[name], ''] if name in NOTES else [])]


def steps(result: dict) -> list[str]:
    """Table of a benchmark, relative to its limit or else to its first variant."""
    records = result['steps']
    reference = next((record for record in records if record['limit']), records[0])
    lines = ['| | images | ms a step (quartiles) | x time | x cpu | MiB | x memory |', '|---|---|---|---|---|---|---|']
    for record in records:
        ratios = record['ratios'].get(reference['config'], dict(time=1, cpu=1, memory=1))
        name = f"limit: `{record['config']}`" if record['limit'] else f"`{record['config']}`"
        low, high = (1000 * x for x in record['quartiles'])
        lines.append(f"| {name} | {record['images'][0]} + {record['images'][1]} | {1000 * record['seconds']:.0f} "
                     f"({low:.0f} to {high:.0f}) | {ratios['time']:.2f} | {ratios['cpu']:.2f} | "
                     f"{record['memory_mib']:.0f} | {ratios['memory']:.2f} |")
    return [*lines, '', f"{result['rounds']} rounds, {records[0]['device']}, torch {result['torch']}."]


def passes(result: dict) -> list[str]:
    """What a step costs beside what its passes through the networks should cost."""
    supervised = next((record for record in result['steps'] if record['config'].startswith('supervised/')), None)
    if supervised is None or 'flops' not in supervised:
        return []
    lines = ['## What the passes of a step should cost', '',
             'The same run beside the supervised step on the labeled images alone. Work: the operations of all '
             'convolutions and matrix products of a step, forward and backward, that is its passes, each by its size.',
             '',
             '| | x time | x work | time to work |', '|---|---|---|---|']
    far = []
    for record in result['steps']:
        if record is not supervised:
            time = record['ratios'][supervised['config']]['time']
            work = record['flops'] / supervised['flops']
            lines.append(f"| `{record['config']}` | {time:.2f} | {work:.2f} | {100 * (time / work - 1):+.0f} % |")
            if abs(time / work - 1) > 0.15:
                far.append(f"`{record['config']}`")
    return [*lines, '', f"Further apart than 15 %: {', '.join(far) or 'none'}. {PASSES}", '']


def scaling(known: dict[str, dict], docs: Path) -> list[str]:
    """The picture, and the tables behind it."""
    figure = Figure(figsize=(11, 3.8), layout='constrained')
    left, right = figure.subplots(1, 2)
    lines = ['## Cost against size and classes', '',
             '![time against pixels, and of whole steps](figures/cost_scaling.png)', '']
    if 'losses' in known:
        rows = known['losses']['rows']
        for color, classes in zip(('#0072B2', '#E69F00', '#009E73'), sorted({row['classes'] for row in rows})):
            mine = [row for row in rows if row['classes'] == classes]
            left.loglog([row['size'] for row in mine], [1000 * row['logits_seconds'] for row in mine], 'o-',
                        color=color, label=f'sharpening + class consistency, {classes} classes')
        mine = [row for row in rows if row['classes'] == rows[0]['classes']]
        seconds = [1000 * row['features_seconds'] for row in mine]
        left.loglog([row['size'] for row in mine], seconds, 's--', color='0.4', label='feature gradients')
        left.loglog([64, 1024], [seconds[0] / 2, seconds[0] / 2 * 256], ':', color='0.7', label='linear in pixels')
        left.set(xlabel='side of the image in pixels', ylabel='ms of the processor, 1 image',
                 title='The losses alone, forward and backward')
        left.legend(fontsize=7)
        lines += ["Sharpening and class consistency on logits of the image's size, forward and backward, one image: "
                  'memory in copies of the logits, the gradient included.', '',
                  '| classes | ' + ' | '.join(f"{row['size']} px" for row in mine) + ' |', '|---|' + '---|' * len(mine)]
        for classes in sorted({row['classes'] for row in rows}):
            cells = [f"{1000 * row['logits_seconds']:.1f} ms, {row['logits_copies']:.2f}"
                     for row in rows if row['classes'] == classes]
            lines.append(f'| {classes} | ' + ' | '.join(cells) + ' |')
        lines.append('')
    if 'scaling' in known:
        rows = known['scaling']['rows']
        for key, label, style in (('ours', 'entropy minimization, 1 + 1', 'o-'), ('limit', 'limit, 2 labeled', 's--')):
            right.loglog([row['size'] for row in rows], [1000 * row[key] for row in rows], style, label=label)
        right.set(xlabel='side of the image in pixels', ylabel='ms', title='A whole step, U-Net of width 8')
        right.legend(fontsize=7)
        lines += ['A whole step of U-Net of width 8, 1 + 1 images, to its limit:', '',
                  '| | ' + ' | '.join(f"{row['size']} px" for row in rows) + ' |', '|---|' + '---|' * len(rows)]
        for key, label in (('time', 'x time'), ('cpu', 'x cpu'), ('memory', 'x memory')):
            lines.append(f'| {label} | ' + ' | '.join(f'{row[key]:.2f}' for row in rows) + ' |')
        lines.append('')
    for ax in (left, right):
        ax.set_xticks([64, 128, 256, 512, 1024], ['64', '128', '256', '512', '1024'])
        ax.minorticks_off()
        ax.grid(alpha=0.3)
    (docs / 'figures').mkdir(parents=True, exist_ok=True)
    figure.savefig(docs / 'figures' / 'cost_scaling.png', dpi=110, metadata=dict(Software=None))
    return lines


def data(result: dict) -> list[str]:
    """What a step waits for its images."""
    lines = ['## Waiting for data', '',
             "Blood cells with the recipe's augmentation, 4 + 4 images a step, from the files or "
             'from memory (`cache_mib`); what a step waits, and its share of step and wait.', '',
             '| workers | images | waits | step | share |', '|---|---|---|---|---|']
    for row in result['rows']:
        share = row['data_seconds'] / (row['data_seconds'] + row['seconds'])
        lines.append(f"| {row['workers']} | {'kept' if row['cached'] else 'read'} | "
                     f"{1000 * row['data_seconds']:.1f} ms | {1000 * row['seconds']:.1f} ms | {100 * share:.0f} % |")
    return [*lines, '']
