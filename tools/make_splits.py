# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""``python tools/make_splits.py`` is the command ``entmin make-splits``."""
from entmin.command_line import main

if __name__ == '__main__':
    main(command='make-splits')
