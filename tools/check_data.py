# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""``python tools/check_data.py`` is the command ``entmin check-data``."""
from entmin.command_line import main

if __name__ == '__main__':
    main(command='check-data')
