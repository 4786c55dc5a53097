# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Benchmarks of the project: what its methods reach (results) and what they cost (cost). See README.md."""
