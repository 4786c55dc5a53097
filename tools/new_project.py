# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""``python tools/new_project.py`` is the command ``entmin new-project``."""
from entmin.command_line import main

if __name__ == '__main__':
    main(command='new-project')
