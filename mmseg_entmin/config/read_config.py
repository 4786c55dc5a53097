# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Reads the config of a command and sets its data root."""
import os
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from mmengine.config import Config

from mmseg_entmin.errors import reason
from mmseg_entmin.walk import dicts

from .cfg_options import apply_options, parse_options


def read_config(path: str, data_root: str | None = None, cfg_options: Sequence[str] | None = None) -> Config:
    """Reads a config file (see `find_config`), sets every ``data_root``, and applies options ``key=value`` last.
    ValueError if the file cannot be read, or for a data root or option without effect."""
    file = find_config(path)
    try:
        cfg = Config.fromfile(file)
    except Exception as error:  # a config is a program and can raise anything
        why = reason(error).split(', the current sys.path is')[0]
        if 'type in the inheritance chain' in why:
            why = 'a config with _base_ cannot inherit from one with read_base or imports; use read_base in both'
        raise ValueError(f"config '{path}' cannot be read: {why}") from error
    for node in dicts(cfg._cfg_dict):  # of a base 'mmseg_entmin::...', whose components are in mmseg's registries
        if node.get('_scope_') == 'mmseg_entmin':
            node['_scope_'] = 'mmseg'
    if data_root is not None:
        redirect_data_root(cfg, data_root)
    apply_options(cfg, parse_options(cfg_options))
    return cfg


def read_run_config(path: str, work_dir: str | None = None, data_root: str | None = None,
                    cfg_options: Sequence[str] | None = None, launcher: str = 'none', local_rank: int = 0) -> Config:
    """The config of a training or test, see `read_config`, with launcher and work dir (default: ./work_dirs/<name>)."""
    os.environ.setdefault('LOCAL_RANK', str(local_rank))
    cfg = read_config(path, data_root, cfg_options)
    cfg.launcher = launcher
    cfg.work_dir = work_dir or cfg.get('work_dir') or os.path.join('./work_dirs', Path(path).stem)
    return cfg


def find_config(path: str) -> str:
    """The path of a config: a file, or one that is installed with a package, like 'mmseg_entmin::entmin/a.py', or of
    this package 'entmin/a.py' or 'configs/entmin/a.py'. FileNotFoundError if there is none."""
    if Path(path).is_file():
        return path
    package, _, name = path.rpartition('::')
    spec = find_spec(package or __name__.partition('.')[0])
    for folder in spec.submodule_search_locations if spec is not None else ():
        for place in (Path(folder, '.mim', 'configs', name), Path(folder, '.mim', name)):
            if place.is_file():
                return str(place)
    raise FileNotFoundError(f"config file '{path}' does not exist (current folder: {os.getcwd()})")


def redirect_data_root(cfg: Config, data_root: str) -> None:
    """Sets every ``data_root`` in the config, at any depth, in place; ValueError for no folder or no such key."""
    if not Path(data_root).is_dir():
        raise ValueError(f"--data-root '{data_root}' is not a folder")
    holders = [node for node in dicts(cfg._cfg_dict) if 'data_root' in node]
    if not holders:
        raise ValueError(f"--data-root '{data_root}' has no effect: no data_root in config '{cfg.filename}'")
    for node in holders:
        node['data_root'] = data_root
