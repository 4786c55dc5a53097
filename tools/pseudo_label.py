# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""``python tools/pseudo_label.py`` is the command ``entmin pseudo-label``."""
from entmin.command_line import main

if __name__ == '__main__':
    main(command='pseudo-label')
