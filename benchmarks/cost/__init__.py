# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Time and memory of training steps, and docs/performance.md."""
