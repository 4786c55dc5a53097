# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Whether the intervals of ``entmin compare`` hold."""
