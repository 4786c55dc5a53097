# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""``python tools/test.py``: the command line of :mod:`mmseg_entmin.cli.test`."""
from mmseg_entmin.cli.test import main

if __name__ == '__main__':
    main()
