# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Importing the package imports mmseg's models and datasets, and next to nothing beyond them."""
import subprocess
import sys

# prettytable: mmseg's metrics; torchvision: its transforms, for strong views (torchvision itself is there already)
ALLOWED = {'mmseg', 'mmseg_entmin', 'prettytable', 'rich', 'torchvision'}
SCRIPT = '''
import sys, time
import torch
start = time.process_time()
import mmseg.datasets, mmseg.models
before, between = set(sys.modules), time.process_time()
import mmseg_entmin
print()
print((time.process_time() - between) / (between - start), *{name.split('.')[0] for name in set(sys.modules) - before})
'''


def test_the_package_adds_no_heavy_import(tool_env):
    done = subprocess.run([sys.executable, '-W', 'ignore', '-c', SCRIPT], env=tool_env, capture_output=True, text=True,
                          timeout=120, check=True)
    share, *packages = done.stdout.splitlines()[-1].split()
    assert set(packages) - set(sys.stdlib_module_names) <= ALLOWED
    assert float(share) < 0.1  # of the time of mmseg itself in the same process: 0.04, on an idle and on a busy machine
