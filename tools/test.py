# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""``python tools/test.py`` is the command ``entmin test``."""
from entmin.command_line import main

if __name__ == '__main__':
    main(command='test')
