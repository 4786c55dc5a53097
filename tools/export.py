# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""``python tools/export.py``: the command line of :mod:`mmseg_entmin.cli.export`."""
from mmseg_entmin.cli.export import main
from mmseg_entmin.errors import run

if __name__ == '__main__':
    run(main)
