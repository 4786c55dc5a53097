# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Installs the wheel beside several versions of Python and torch, trains with it, and records it: ``make compat``.

Each row of ``stacks.py`` gets a temporary environment, which is deleted afterwards (6 GB and some minutes each). The
wheel is built once. The steps run outside the clone. ``results.csv`` is the record; the table in docs/installation.md
is made from it alone.
"""
import csv
import os
import re
import shutil
import subprocess
import sys
import time
from argparse import ArgumentParser
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.pages import fill, markdown_table

from .distributions import build_wheel, copy_clone
from .stacks import ROOT, Stack, stacks

RECORD = Path(__file__).with_name('results.csv')
PAGE = ROOT / 'docs/installation.md'
PACKAGES = dict(torch='torch', numpy='numpy', OpenCV='cv2', mmcv='mmcv', MMEngine='mmengine', mmseg='mmseg')
STEPS = ('install', 'import', 'train', 'resume', 'test', 'tests')
COLUMNS = ('stack', 'Python', *PACKAGES, *STEPS, 'commit')
SHOWN = ('stack', 'Python', 'torch', 'numpy', 'MMEngine', 'mmseg')  # columns of the page; the record has all
SECONDS = 1800  # the longest that a step may take
# A part of the tests that takes a minute and touches losses, training, checkpoints, resuming, data and metrics.
TESTS = ['tests/test_models/test_losses', 'tests/test_engine/test_checkpoints', 'tests/test_engine/test_resume',
         'tests/test_end_to_end.py', 'tests/test_datasets/test_semi_dataset.py', 'tests/test_evaluation']
IMPORT = f"""import platform, {', '.join(PACKAGES.values())}
import mmseg_entmin
from mmseg_entmin.datasets.toycells import generate
generate('cells', num_train=80, num_test=8)
print(platform.python_version(), *(module.__version__ for module in ({', '.join(PACKAGES.values())})))"""
CONFIG = 'entmin/unet_toycells_1-10.py'  # one of the installed package


def interpreter(version: str) -> str | None:
    """A Python of this minor version that runs: from the PATH, or one that pyenv has installed."""
    pyenv = Path(os.environ.get('PYENV_ROOT', Path.home() / '.pyenv'), 'versions')
    for path in filter(None, [shutil.which(f'python{version}'), *sorted(pyenv.glob(f'{version}.*/bin/python'))]):
        code = 'import sys; print("%d.%d" % sys.version_info[:2])'
        done = subprocess.run([path, '-c', code], capture_output=True, text=True)  # a name on the PATH may be dead
        if done.stdout.strip() == version:
            return str(path)
    return None


class Environment:
    """A temporary environment with the wheel; ``run`` runs one command in it and keeps what it printed."""

    def __init__(self, stack: Stack, folder: Path, log: Path):
        self.stack, self.folder, self.log = stack, folder, log
        self.bin = folder / 'venv/bin'
        self.env = dict(os.environ, OMP_NUM_THREADS='1', MKL_NUM_THREADS='1', MPLBACKEND='Agg', PYTHONHASHSEED='0',
                        PIP_DISABLE_PIP_VERSION_CHECK='1')
        self.env.pop('PYTHONPATH', None)

    def run(self, *command, cwd: Path | None = None) -> str:
        """Returns the output.

        Raises:
            RuntimeError: If the command fails or takes too long; the message is what it printed.
        """
        try:
            done = subprocess.run([str(part) for part in command], cwd=cwd or self.folder, env=self.env, text=True,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=SECONDS)
        except subprocess.TimeoutExpired:
            raise RuntimeError(f'longer than {SECONDS} s') from None
        with open(self.log, 'a', encoding='utf-8') as log:
            log.write(f'\n$ {" ".join(map(str, command))}\n{done.stdout}')
        if done.returncode:
            raise RuntimeError(done.stdout.strip() or f'exit status {done.returncode}')
        return done.stdout

    def python(self, code: str) -> str:
        """Runs Python code and returns the last line that it printed; empty if there is none."""
        return self.run(self.bin / 'python', '-W', 'ignore', '-c', code).strip().rpartition('\n')[2]

    def install(self, wheel: Path) -> None:
        self.run(interpreter(self.stack.python), '-m', 'venv', 'venv')
        pip = (self.bin / 'python', '-m', 'pip', 'install', '-qq', '--no-compile')
        packages = [wheel] if self.stack.dependencies else []
        self.run(*pip, *packages, *self.stack.requirements, cwd=ROOT)
        if not self.stack.dependencies:
            self.run(*pip, '--no-deps', wheel)
        if self.stack.startup:
            site = Path(self.python("import sysconfig; print(sysconfig.get_paths()['purelib'])"))
            (site / 'compat_startup.py').write_text(self.stack.startup)
            (site / 'compat_startup.pth').write_text('import compat_startup\n')

    def train(self, iters: int, *options: str) -> None:
        self.run(self.bin / 'entmin', 'train', CONFIG, *options, '--data-root', 'cells', '--work-dir', 'run',
                 '--cfg-options', f'train_cfg.max_iters={iters}', 'train_cfg.val_interval=4',
                 'default_hooks.checkpoint.interval=4', 'train_dataloader.num_workers=0',
                 'train_dataloader.persistent_workers=False')
        if not (self.folder / f'run/iter_{iters}.pth').is_file():
            raise RuntimeError(f'no checkpoint of iteration {iters}')


def summary(output: str) -> str:
    """The last line; of pytest the counts, without warnings and time. Libraries may print more at exit."""
    lines = output.strip().splitlines() or ['']
    counts = [line for line in lines if re.search(r'\d+ (passed|failed|errors?)\b.* in [\d.]+s', line)]
    return re.sub(r'(, \d+ warnings?)? in [\d.]+s.*', '', (counts or lines)[-1])


def commit() -> str:
    """The commit of the clone, which a row is true of."""
    command = ['git', 'rev-parse', '--short', 'HEAD']
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True).stdout.strip()


def try_stack(stack: Stack, wheel: Path, clone: Path, folder: Path, log: Path) -> dict[str, str]:
    """One row of the record: versions, and for each step ``ok`` or why it fails. After a failed import it stops."""
    env = Environment(stack, folder, log)
    row = dict.fromkeys(COLUMNS, '')
    row.update(stack=stack.name, Python=stack.python, commit=commit())

    def imported() -> None:
        row.update(zip(('Python', *PACKAGES), env.python(IMPORT).split()))

    def test() -> None:
        env.run(env.bin / 'entmin', 'test', CONFIG, 'run/iter_8.pth', '--data-root', 'cells')

    def tests() -> str:
        return summary(env.run(env.bin / 'python', '-m', 'pytest', '-q', '--tb=short', *TESTS, cwd=clone))

    steps = dict(install=lambda: env.install(wheel), train=lambda: env.train(4), test=test, tests=tests,
                 resume=lambda: env.train(8, '--resume'), **{'import': imported})
    for name in STEPS:
        start = time.time()
        try:
            row[name] = steps[name]() or 'ok'
        except RuntimeError as error:
            row[name] = f'fails: {summary(str(error))}'
        print(f'  {name}: {row[name]} ({time.time() - start:.0f} s)', flush=True)
        if name in ('install', 'import') and row[name] != 'ok':
            break
    return row


def read_record() -> list[dict[str, str]]:
    if not RECORD.is_file():
        return []
    with open(RECORD, newline='', encoding='utf-8') as file:
        return list(csv.DictReader(file))


def write_record(row: dict[str, str]) -> None:
    """Puts a row in place of the former one of that stack and Python; the order is that of ``stacks``."""
    def key(entry: dict[str, str]) -> tuple[str, str]:
        return entry['stack'], '.'.join(entry['Python'].split('.')[:2])

    rows = {key(entry): entry for entry in [*read_record(), row]}
    order = [(stack.name, stack.python) for stack in stacks()]
    with open(RECORD, 'w', newline='', encoding='utf-8') as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator='\n')
        writer.writeheader()
        writer.writerows(rows[place] for place in order if place in rows)


def table(rows: list[dict[str, str]]) -> list[str]:
    """The lines of the page's table: versions, then the example (all steps but the last) and the tests."""
    cells = []
    for row in rows:
        failed = [f'{name} {row[name] or "not run"}' for name in STEPS[:-1] if row[name] != 'ok']
        shown = [*(row[name] for name in SHOWN), '; '.join(failed) or 'ok', row['tests']]
        cells.append([cell.replace('|', '\\|') or '–' for cell in shown])
    return markdown_table([*SHOWN, 'example', 'tests'], cells)


def write_page(page: Path, rows: list[dict[str, str]]) -> None:
    """Fills in the table of a page, whose name there is "compat"."""
    fill(page, lambda name: {'compat': table(rows)}[name])


def main(argv: list[str] | None = None) -> int:
    parser = ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('rows', nargs='*', type=int, metavar='ROW', help='numbers of rows, from 1 (default: all)')
    parser.add_argument('--logs', type=Path, default=ROOT / 'build/compat', metavar='DIR',
                        help='folder for logs (default: %(default)s)')
    parser.add_argument('--table', action='store_true', help='only rebuild the table of docs/installation.md')
    args = parser.parse_args(argv)
    failed = False
    if not args.table:
        args.logs.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory() as folder:
            clone = Path(folder, 'clone')
            copy_clone(clone)
            wheel = build_wheel(clone, Path(folder))
            for number, stack in enumerate(stacks(), 1):
                if args.rows and number not in args.rows:
                    continue
                print(f'{number}. {stack.name}, Python {stack.python}', flush=True)
                if interpreter(stack.python) is None:
                    print(f'  no Python {stack.python} on the PATH or in pyenv: left out')
                    continue
                with TemporaryDirectory() as work:
                    log = args.logs / f'{number}.log'
                    log.write_text('')
                    row = try_stack(stack, wheel, clone, Path(work), log)
                    write_record(row)
                write_page(PAGE, read_record())
                failed = failed or any('fails' in row[name] for name in STEPS)
    else:
        write_page(PAGE, read_record())
    return int(failed)


if __name__ == '__main__':
    sys.exit(main())
