# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""``python tools/new_project.py``: the command line of :mod:`mmseg_entmin.cli.new_project`."""
from mmseg_entmin.cli.new_project import main
from mmseg_entmin.errors import run

if __name__ == '__main__':
    run(main)
