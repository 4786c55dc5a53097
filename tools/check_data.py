# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""``python tools/check_data.py``: the command line of :mod:`mmseg_entmin.cli.check_data`."""
from mmseg_entmin.cli.check_data import main

if __name__ == '__main__':
    main()
