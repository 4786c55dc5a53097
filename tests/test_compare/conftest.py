# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Fixtures of the tests of comparisons."""
from tests.compared_projects import forked, plan, project, project_folder  # noqa: F401
