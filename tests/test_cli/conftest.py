# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Fixtures of the tests of commands."""
from tests.compared_projects import forked, project_folder  # noqa: F401
