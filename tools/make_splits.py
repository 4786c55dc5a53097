# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""``python tools/make_splits.py``: the command line of :mod:`mmseg_entmin.cli.make_splits`."""
from mmseg_entmin.cli.make_splits import main
from mmseg_entmin.errors import run

if __name__ == '__main__':
    run(main)
