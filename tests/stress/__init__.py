# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Long trials by hand (`make faults`): kills, disks, several processes, malformed inputs, generated inputs."""
