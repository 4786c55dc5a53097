# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The config of a run, by its run id: a file below ``configs/``, or a variant of one.

    python -m benchmarks.results.run_configs                                       # lists the run ids
    python -m benchmarks.results.run_configs entmin/ablation/unet_wbc_1-10_as      # prints what it changes
    python -m benchmarks.results.run_configs entmin/ablation/unet_wbc_1-10_as as.py  # writes its config
"""
import argparse
import copy
from functools import cache
from pathlib import Path

from mmengine.config import Config

import mmseg_entmin  # noqa: F401  so that bases of `mmseg::` are found
from benchmarks.results.methods import CONFIGS, all_methods
from benchmarks.results.variants import VARIANTS

# Base config and overrides of a variant, by its run id.
BASES = {run: (base, overrides) for base, variants in VARIANTS.items() for run, overrides in variants.items()}


def config_of(run: str) -> str:
    """Name of the config file of a run, below ``configs/`` and without suffix; a variant's is that of its base."""
    if run in BASES:
        return BASES[run][0]
    first, _, stem = run.partition('/')
    return f'{next((method.folder for method in all_methods() if method.runs == first), first)}/{stem}'


def file_of(run: str) -> Path:
    """The config file of a run, or of a variant's base; it need not exist."""
    return CONFIGS / f'{config_of(run)}.py'


def run_ids() -> list[str]:
    """All of them: config files of every method, in the order of the methods, each with its variants."""
    found = []
    for method in all_methods():
        own = [f'{method.runs}/{stem}' for stem in method.configs()]
        found += own + sorted(run for run in BASES if run.startswith(f'{method.runs}/'))
    return found


def exists(run: str) -> bool:
    """Whether there is a config file or a variant of this id."""
    return run in BASES or file_of(run).is_file()


@cache
def parse(path: Path) -> Config:
    return Config.fromfile(path)


def load(run: str) -> Config:
    """The config of a run, for the caller to change.

    Raises:
        ValueError: no file and no variant has the id.
    """
    path = file_of(run)
    if not path.is_file():
        raise ValueError(f'run {run!r}: {path} does not exist, and benchmarks/results/variants.py has no such run')
    cfg = copy.deepcopy(parse(path))
    if run in BASES:
        cfg.merge_from_dict(resolve(BASES[run][1], cfg))
    return cfg


def resolve(value, cfg: Config):
    """A value of the table with the config's variables in place of ``'$name'``."""
    if is_variable(value):
        return copy.deepcopy(cfg[value[1:]])
    if isinstance(value, dict):
        return {key: resolve(part, cfg) for key, part in value.items()}
    if isinstance(value, list):
        parts = [(part, resolve(part, cfg)) for part in value]
        return [item for part, found in parts
                for item in (found if is_variable(part) and isinstance(found, list) else [found])]
    return copy.deepcopy(value)


def is_variable(value) -> bool:
    return isinstance(value, str) and value.startswith('$')


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('run', nargs='?', help='run id, as in the tables of results')
    parser.add_argument('out', nargs='?', type=Path, help='file to write the whole config to, for tools/train.py')
    args = parser.parse_args(argv)
    if args.run is None:
        print('\n'.join(run_ids()))
    elif args.out is None:
        print(f'configs/{config_of(args.run)}.py')
        for key, value in BASES.get(args.run, ('', {}))[1].items():
            print(f'    {key} = {value!r}')
    else:
        load(args.run).dump(args.out)


if __name__ == '__main__':
    main()
