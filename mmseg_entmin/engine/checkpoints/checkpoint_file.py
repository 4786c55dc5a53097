# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Checkpoint files: their content, whether they are complete, and which one to resume from."""
import os
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import torch
from mmengine.logging import HistoryBuffer
from mmengine.runner.checkpoint import _load_checkpoint

from .safe_load import UntrustedCheckpoint, weights_only

HISTORY = 'history_buffer'


def read_checkpoint(path: str | Path) -> dict:
    """The content of a checkpoint, a file or a URL, on the CPU; OSError if missing, ValueError if not complete."""
    if '://' in str(path):
        with weights_only():
            return _load_checkpoint(path, 'cpu', logger='silent')
    if not os.path.exists(path):
        raise FileNotFoundError(f"checkpoint '{path}' does not exist (current folder: {os.getcwd()})")
    with open(path, 'rb') as file:  # zipfile and torch would take what this raises for a damaged file
        empty = not file.read(1)
    reason = 'it is empty'
    if not empty:
        archive = zipfile.is_zipfile(path)
        reason = 'it is cut off, or no file of torch.save'
        try:
            if archive:
                with zipfile.ZipFile(path) as file:
                    damaged = file.testzip()
                if damaged is not None:
                    raise ValueError(f'its record {damaged} is damaged')
            with weights_only():
                content = torch.load(path, map_location='cpu')
            if isinstance(content, dict):
                return content
            reason = f'it holds a {type(content).__name__}, not a dict'
        except UntrustedCheckpoint as error:
            raise UntrustedCheckpoint(f"checkpoint '{path}' cannot be read: {error}") from error
        except ValueError as error:
            reason = str(error).split('\n')[0]
        except Exception as error:  # random bytes can mean anything to pickle, zipfile and torch
            if archive:
                reason = f'{type(error).__name__}: {error}'.split('\n')[0]
    raise ValueError(f"checkpoint '{path}' cannot be read: {reason}")


def read_training_state(path: str | Path) -> dict:
    """The content of a checkpoint to resume from; ValueError if it has no state of a training, like a best_*.pth."""
    content = read_checkpoint(path)
    missing = [name for name in ('meta', 'state_dict', 'message_hub', 'optimizer') if name not in content]
    if missing:
        raise ValueError(f"checkpoint '{path}' holds no {', '.join(missing)}: a training cannot go on from it; start "
                         'a new one from its weights with --cfg-options load_from=...')
    return content


def noted_checkpoint(work_dir: str | Path) -> str:
    """The path or URL in ``last_checkpoint`` of a work dir; empty if there is none."""
    note = Path(work_dir, 'last_checkpoint')
    return note.read_text().strip() if note.is_file() else ''


def saved_checkpoints(work_dir: str | Path) -> list[Path]:
    """The checkpoints of a work dir: the one in ``last_checkpoint``, then the others, newest first; if there is none,
    those in the folder of the noted one. MMEngine notes an absolute path: after a move the same name here is meant."""
    work_dir, noted = Path(work_dir), Path(noted_checkpoint(work_dir))
    found = [path for path in (work_dir / noted.name, noted) if path.is_file()][:1]
    for folder in [work_dir] + [noted.parent] * bool(noted.name):  # the hook's out_dir may be elsewhere
        others = [path for pattern in ('iter_*.pth', 'epoch_*.pth') for path in folder.glob(pattern)]
        if others:
            break
    others.sort(key=lambda path: path.stat().st_mtime_ns, reverse=True)
    return found + [path for path in others if path not in found]


def newest_training_state(work_dir: str | Path) -> tuple[Path | str | None, dict, list[str]]:
    """Path (None if there is none) and content of the newest checkpoint of a work dir to resume from, and a line about
    each newer one that is broken or missing; ValueError if all are. A URL is not read: its content is empty."""
    noted, paths, problems = noted_checkpoint(work_dir), saved_checkpoints(work_dir), []
    if '://' in noted:
        return noted, {}, []
    if noted and Path(noted).name not in [path.name for path in paths]:  # a disk may not be mounted
        problems.append(f"checkpoint '{noted}', which last_checkpoint of '{work_dir}' names, is no file here")
    for path in paths:
        try:
            return path, read_training_state(path), problems
        except (OSError, ValueError) as error:
            problems.append(str(error))
    if problems:
        raise ValueError(f"none of the {len(problems)} checkpoints of '{work_dir}' can be used; "
                         f'move them and last_checkpoint away to start from the beginning. {problems[0]}')
    return None, {}, []


def to_plain(value: Any) -> Any:
    """Turns objects of NumPy and MMEngine into tensors and plain values, for ``weights_only=True``."""
    if isinstance(value, HistoryBuffer):
        return {HISTORY: [torch.from_numpy(np.array(part)) for part in value.data], 'max_length': value.max_length}
    if isinstance(value, dict):
        return {to_plain(key): to_plain(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)) and type(value) in (list, tuple):
        return type(value)(to_plain(part) for part in value)
    return value.item() if isinstance(value, np.generic) else value


def from_plain(value: Any) -> Any:
    """Restores the history buffers that `to_plain` took apart."""
    if isinstance(value, dict):
        if HISTORY in value:
            logs, counts = (part.cpu().numpy() for part in value[HISTORY])
            return HistoryBuffer(logs, counts, value['max_length'])
        return {key: from_plain(part) for key, part in value.items()}
    return value

