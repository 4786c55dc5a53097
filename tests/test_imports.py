# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Importing the package imports mmseg's models and datasets, and next to nothing beyond them."""
import subprocess
import sys

# prettytable: mmseg's metrics; torchvision: its transforms, for strong views (torchvision itself is there already)
ALLOWED = {'mmseg', 'mmseg_entmin', 'prettytable', 'rich', 'torchvision'}
SCRIPT = '''
import sys, time
import mmseg.datasets, mmseg.models
before, start = set(sys.modules), time.process_time()
import mmseg_entmin
print()
print(time.process_time() - start, *{name.split('.')[0] for name in set(sys.modules) - before})
'''


def test_the_package_adds_no_heavy_import(tool_env):
    done = subprocess.run([sys.executable, '-W', 'ignore', '-c', SCRIPT], env=tool_env, capture_output=True, text=True,
                          timeout=120, check=True)
    seconds, *packages = done.stdout.splitlines()[-1].split()
    assert set(packages) - set(sys.stdlib_module_names) <= ALLOWED
    assert float(seconds) < 0.2  # of the processor: a busy machine does not count
