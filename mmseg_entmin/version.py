# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Version of the package (semantic versioning)."""
__version__ = '1.0.0'
