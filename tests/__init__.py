# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The tests. A package, so that another `tests` in the environment is not taken in its place."""
