# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Fixtures of the tests of reports."""
from tests.work_dirs import make_config, make_work_dir  # noqa: F401
