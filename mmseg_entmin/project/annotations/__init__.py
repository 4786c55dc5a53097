# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Exports of annotation tools, one format a file."""
