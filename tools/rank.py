# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""``python tools/rank.py`` is the command ``entmin rank``."""
import sys

from entmin.command_line import main

if __name__ == '__main__':
    main(['rank', *sys.argv[1:]])
