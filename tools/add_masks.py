# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""``python tools/add_masks.py`` is the command ``entmin add-masks``."""
from entmin.command_line import main

if __name__ == '__main__':
    main(command='add-masks')
