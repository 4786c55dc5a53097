# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Writes configs/*/metafile.yml and model-index.yml, OpenMMLab's index of models, from the configs and docs/results.

Every config is in it, an ablation only if it was judged on its test images. A metric is the mean over the seeds of the
last checkpoints. `make tables` runs this.
"""
import argparse
import statistics
from pathlib import Path

import yaml
from mmengine.config import Config

import mmseg_entmin  # noqa: F401  so that `mmseg::` bases are found
from benchmarks.results.results import MOVED, Runs, load, values

ROOT = Path(__file__).resolve().parents[2]
METRICS = ('mIoU', 'mFscore', 'mRecall', 'mPrecision', 'aAcc')


def paper(name: str, title: str) -> dict:
    return dict(Name=name, Paper=dict(Title=title))


COLLECTIONS = dict(
    supervised=dict(Name='Supervised baselines'),
    entmin=paper('Entropy minimization', 'Semi-supervised semantic segmentation via entropy minimization'),
    entmin_plus=dict(Name='Entropy minimization and consistency'),
    advent=paper('ADVENT', 'ADVENT: Adversarial entropy minimization for domain adaptation in semantic segmentation'),
    sharpening=dict(Name='Sharpening with a fixed temperature'),
    pseudo_label=paper('Pseudo-label', 'Pseudo-label: The simple and efficient semi-supervised learning method for '
                       'deep neural networks'),
    mean_teacher=paper('Mean Teacher', 'Mean teachers are better role models'),
    uamt=paper('UA-MT', 'Uncertainty-aware self-ensembling model for semi-supervised 3D left atrium segmentation'),
    advsemiseg=paper('AdvSemiSeg', 'Adversarial learning for semi-supervised semantic segmentation'),
    s4gan=paper('s4GAN', 'Semi-supervised semantic segmentation with high- and low-level consistency'),
    massl=paper('MASSL', 'Multi-task attention-based semi-supervised learning for medical image segmentation'),
    fixmatch=paper('FixMatch', 'FixMatch: Simplifying semi-supervised learning with consistency and confidence'),
    unimatch=paper('UniMatch', 'Revisiting weak-to-strong consistency in semi-supervised semantic segmentation'),
    cps=paper('CPS', 'Semi-supervised semantic segmentation with cross pseudo supervision'))
DATASETS = dict(
    wbc='WBC Dataset 1', toycells='Generated cells', leukocyte='Leukocyte', camvid='CamVid', voc='PASCAL VOC 2012',
    context='PASCAL-Context')
HEADER = '# Made by `make tables` from the configs and docs/results; metrics are means over the seeds, in percent.\n'


def configs(folder: Path) -> list[Path]:
    """The configs of a collection: its own, then its ablations."""
    return sorted(folder.glob('*.py')) + sorted(folder.glob('ablation/*.py'))


def architecture(model: dict) -> list[str]:
    """Types of segmentor, backbone and the decode head that does the work."""
    head = model['decode_head']
    head = head.get('head', head)
    head = head[-1] if isinstance(head, list) else head
    return [model['type'], model['backbone']['type'], head['type']]


def entry(path: Path, runs: Runs, collection: str) -> dict:
    """One model: what its config says, and what its runs measured."""
    cfg = Config.fromfile(path)
    name = path.relative_to(ROOT / 'configs').with_suffix('')
    labeled = cfg.train_dataloader.dataset
    labeled = labeled.get('labeled', labeled)
    dataset = next((DATASETS[part] for part in path.stem.split('_') if part in DATASETS), labeled.type)
    metadata = {
        'Training Data': dataset,
        'Labeled List': labeled.ann_file,
        'Batch Size': cfg.train_dataloader.batch_size,
        'Iterations': cfg.train_cfg.max_iters,
        'Architecture': architecture(cfg.model)}
    model = {
        'Name': '_'.join(name.parts), 'In Collection': collection, 'Config': f'configs/{name}.py',
        'Metadata': metadata}
    if runs:
        metadata['Parameters'] = next(iter(runs.values()))['parameters']
        metadata['Seeds'] = len(runs)
        metrics: dict[str, float] = {}
        for metric in METRICS:
            numbers = values(runs, metric)
            metrics[metric] = round(statistics.mean(numbers), 2)
            if len(numbers) > 1:
                metrics[f'{metric} (std)'] = round(statistics.stdev(numbers), 2)
        model['Results'] = [{'Task': 'Semantic Segmentation', 'Dataset': dataset, 'Metrics': metrics}]
    return model


def metafile(folder: Path, results: dict[tuple, Runs]) -> dict:
    """The collection of a folder of configs."""
    about = COLLECTIONS[folder.name]
    run_folder = {new: old for old, new in MOVED.items()}.get(folder.name, folder.name)
    models = []
    for path in configs(folder):
        run = f"{run_folder}/{path.relative_to(folder).with_suffix('')}"
        runs = results.get((run, 'test'), {})
        if runs or path.parent == folder:
            models.append({**entry(path, runs, about['Name']), 'Name': run.replace('/', '_')})
    data = sorted({model['Metadata']['Training Data'] for model in models})
    collection = {
        **about, 'License': 'Apache License 2.0', 'Metadata': {'Training Data': data},
        'README': f'configs/{folder.name}/README.md', 'Frameworks': ['PyTorch']}
    return {'Collections': [collection], 'Models': models}


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--results', type=Path, default=ROOT / 'docs' / 'results', help='folder of the JSON files')
    parser.add_argument('--out', type=Path, default=ROOT, help='folder of model-index.yml and configs/ to write to')
    args = parser.parse_args(argv)
    results = load(args.results)
    paths = [f'configs/{name}/metafile.yml' for name in COLLECTIONS]
    for name, path in zip(COLLECTIONS, paths):
        content = metafile(ROOT / 'configs' / name, results)
        (args.out / path).parent.mkdir(parents=True, exist_ok=True)
        (args.out / path).write_text(HEADER + yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=120))
    (args.out / 'model-index.yml').write_text(yaml.safe_dump({'Import': paths}))


if __name__ == '__main__':
    main()
