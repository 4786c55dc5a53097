# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""``python tools/export.py`` is the command ``entmin export``."""
from entmin.command_line import main

if __name__ == '__main__':
    main(command='export')
