# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Pretrained weights that cannot be downloaded, in one line, and networks that need none."""
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPException
from typing import Any
from unittest import mock

import torch

from mmseg_entmin.errors import Refusal, one_line
from mmseg_entmin.walk import dicts, keyed_dicts, type_name

WITHOUT = ("or start without pretrained weights: entmin new-project --no-pretrained, or 'init_cfg=None' and "
           "'pretrained=False' in the config")


class NotDownloaded(Refusal, OSError):
    """Weights at an address that cannot be reached."""


@contextmanager
def named_downloads() -> Iterator[None]:
    """Within it, a failed download by torch.hub, which MMEngine uses, names the address and where to put the file."""
    download = torch.hub.download_url_to_file

    def named(url: str, path: str, *args, **options) -> None:
        try:
            download(url, path, *args, **options)
        except (OSError, HTTPException) as error:
            raise NotDownloaded(f"the weights at {url} cannot be downloaded ({one_line(error)}); get them on another "
                                f"machine and put them at '{path}', {WITHOUT}") from error

    with mock.patch.object(torch.hub, 'download_url_to_file', named):
        yield


def timm_download(model: Any, error: BaseException) -> NotDownloaded | None:
    """The error of a network that is being built as one line, if it has a backbone that timm loads the weights of."""
    for key, node in keyed_dicts(model, 'model'):
        if type_name(node) == 'TIMMBackbone' and node.get('pretrained', True):
            return NotDownloaded(
                f"{key}: timm cannot download the weights of {node.get('model_name')} ({one_line(error)}); get the "
                'file that its message or https://huggingface.co/timm names on another machine and set '
                f'{key}.pretrained=False and {key}.checkpoint_path to it, {WITHOUT}')
    return None


def without_downloads(model: Any) -> None:
    """Lets backbones of timm, which download when they are built, start at random, in place: a checkpoint follows."""
    for node in dicts(model):
        if type_name(node) == 'TIMMBackbone':
            node['pretrained'] = False
