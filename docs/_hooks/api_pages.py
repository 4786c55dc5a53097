# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""API pages: one for each package, with all of its modules, so that none is forgotten. The nav's ``API`` gets them."""
from pathlib import Path

from mkdocs.structure.files import File

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = 'mmseg_entmin'


def modules(root: Path = ROOT) -> dict[str, list[str]]:
    """The public modules of each package that has some, by dotted names."""
    found: dict[str, list[str]] = {}
    for path in sorted((root / PACKAGE).rglob('*.py')):
        parts = path.relative_to(root).with_suffix('').parts
        if '.mim' not in parts and not parts[-1].startswith('_'):
            found.setdefault('.'.join(parts[:-1]), []).append('.'.join(parts))
    return found


def page(package: str, names: list[str]) -> str:
    """The page's text; mkdocstrings puts a module's docstrings in place of each ``:::``."""
    lines = [f'# {package.removeprefix(f"{PACKAGE}.")}', '']
    for name in names:
        lines += [f'::: {name}', '    options:', '      heading_level: 2', '']
    return '\n'.join(lines)


def on_config(config):
    pages = [{package.removeprefix(f'{PACKAGE}.'): f'api/{package}.md'} for package in modules()]
    config.nav.append({'API': pages})
    return config


def on_files(files, config):
    for package, names in modules().items():
        files.append(File.generated(config, f'api/{package}.md', content=page(package, names)))
    return files
