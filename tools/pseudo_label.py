# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""``python tools/pseudo_label.py`` is the command ``entmin pseudo-label``."""
import sys

from entmin.command_line import main

if __name__ == '__main__':
    main(['pseudo-label', *sys.argv[1:]])
