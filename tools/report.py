# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""``python tools/report.py``: the command line of :mod:`mmseg_entmin.cli.report`."""
from mmseg_entmin.cli.report import main
from mmseg_entmin.errors import run

if __name__ == '__main__':
    run(main)
