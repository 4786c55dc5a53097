# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""``python tools/predict.py``: the command line of :mod:`mmseg_entmin.cli.predict`."""
from mmseg_entmin.cli.predict import main
from mmseg_entmin.errors import run

if __name__ == '__main__':
    run(main)
