# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""``python tools/make_splits.py`` is the command ``entmin make-splits``."""
import sys

from entmin.command_line import main

if __name__ == '__main__':
    main(['make-splits', *sys.argv[1:]])
