# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Packaging: the one place that holds the metadata of ``mmseg_entmin``.

OpenMMLab's tools look for a package's configs, tools and model index in a ``.mim`` folder inside the installed package.
An installed copy gets real files there; an editable install gets links, so that it follows the working tree.

The official ``mmsegmentation`` (1.2.2) has the same import names but asks for compiled mmcv ops, and an install
requirement cannot say "one of two": with an official stack already in place use ``pip install --no-deps .``.
"""
import re
import shutil
from pathlib import Path

from setuptools import find_packages, setup
from setuptools.command.build_py import build_py

NAME = 'mmseg_entmin'
ROOT = Path(__file__).resolve().parent
MIM_ENTRIES = ('configs', 'tools', 'model-index.yml')


def read_version() -> str:
    """Reads the version as text: importing the package needs torch and mmseg, which may not be installed yet."""
    text = (ROOT / NAME / 'version.py').read_text(encoding='utf-8')
    return re.search(r"^__version__ = '([^']+)'", text, re.M).group(1)


def read_description() -> str:
    readme = ROOT / 'README.md'
    return readme.read_text(encoding='utf-8') if readme.is_file() else ''


def fill_mim(folder: Path, link: bool) -> None:
    """Puts what exists of ``MIM_ENTRIES`` into ``folder``, as links or as copies, in place of what was there."""
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    for source in (ROOT / entry for entry in MIM_ENTRIES if (ROOT / entry).exists()):
        target = folder / source.name
        if link:
            target.symlink_to(Path('..', '..', source.name))
        elif source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns('__pycache__'))
        else:
            shutil.copy2(source, target)


class BuildPyWithMim(build_py):
    """Serves wheels, ``pip install .`` and, with ``editable_mode`` set, ``pip install -e .``."""

    def run(self):
        editable = getattr(self, 'editable_mode', False)
        if not editable:
            shutil.rmtree(self.build_lib, ignore_errors=True)  # of an earlier build: modules that are gone since
        super().run()
        fill_mim((ROOT if editable else Path(self.build_lib)) / NAME / '.mim', link=editable)


setup(
    name=NAME,
    version=read_version(),
    description='Semi-supervised semantic segmentation by entropy minimization, as an MMSegmentation extension',
    long_description=read_description(),
    long_description_content_type='text/markdown',
    author='mmseg_entmin authors',
    license='Apache-2.0',
    keywords='computer vision, semantic segmentation, semi-supervised learning, entropy minimization',
    packages=find_packages(include=[f'{NAME}*', 'entmin']),
    entry_points=dict(console_scripts=['entmin = entmin.command_line:main']),
    package_data={NAME: ['py.typed', 'moved.csv', 'report/*.j2', 'report/*.css', 'compare/*.j2', 'project/*.template']},
    python_requires='>=3.11',
    # The onedl-* packages are the maintained continuation of OpenMMLab: same import names, no compiler needed.
    install_requires=[
        'torch>=2.5',
        'torchvision',
        'onedl-mmcv>=2.3.6',
        'onedl-mmengine>=0.10.12',
        'onedl-mmsegmentation>=1.4.2',
        'onedl-mmpretrain>=1.3.6',
        'timm',
        'numpy',
        'scipy',
        'matplotlib',
        'prettytable',
        'rich',
        'jinja2',
    ],
    extras_require={
        'onnx': ['onnx', 'onnxruntime', 'onnxscript'],  # tools/export.py
        'annotations': ['pycocotools', 'tifffile', 'rasterio'],  # entmin new-project, exports of annotation tools
        'boards': ['tensorboard', 'wandb'],  # tools/train.py --board
        'docs': ['mkdocs-material', 'mkdocstrings[python]', 'latex2mathml', 'nbformat', 'nbclient', 'ipykernel'],
    },
    cmdclass={'build_py': BuildPyWithMim},
    zip_safe=False)
