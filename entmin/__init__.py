# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The command ``entmin``: what stands on the command line, read with the standard library alone.

``import mmseg_entmin`` registers components, so it imports PyTorch and mmseg, which takes seconds. This package stands
beside it and imports neither: ``--help`` and a mistyped option are answered at once. ``mmseg_entmin.cli`` is imported
after the command line was read, and does the work.
"""
