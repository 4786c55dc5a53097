# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""``python tools/import_splits.py`` is the command ``entmin import-splits``."""
from entmin.command_line import main

if __name__ == '__main__':
    main(command='import-splits')
