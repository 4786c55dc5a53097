# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""``python tools/import_splits.py`` is the command ``entmin import-splits``."""
import sys

from entmin.command_line import main

if __name__ == '__main__':
    main(['import-splits', *sys.argv[1:]])
