# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""``python tools/rank.py``: the command line of :mod:`mmseg_entmin.cli.rank`."""
from mmseg_entmin.cli.rank import main
from mmseg_entmin.errors import run

if __name__ == '__main__':
    run(main)
