# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""What makes a resumed training go on exactly."""
