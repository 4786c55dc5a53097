# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""``python tools/check_data.py`` is the command ``entmin check-data``."""
import sys

from entmin.command_line import main

if __name__ == '__main__':
    main(['check-data', *sys.argv[1:]])
