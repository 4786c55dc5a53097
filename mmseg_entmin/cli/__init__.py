# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The commands, one module each, and what they share."""
