# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Whether unlabeled images help on the masks of a project: plan, runs, statistics and page of ``entmin compare``."""
