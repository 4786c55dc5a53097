# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""``python tools/train.py``: the command line of :mod:`mmseg_entmin.cli.train`."""
from torch.distributed.elastic.multiprocessing.errors import record

from mmseg_entmin.cli.train import main

if __name__ == '__main__':
    record(main)()
