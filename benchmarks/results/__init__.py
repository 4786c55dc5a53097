# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Runs, records, tables and pictures of docs/results.md."""
