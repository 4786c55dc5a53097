# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""An export in the classes of a project that exists, whatever part of them it has and in whatever order."""
from collections.abc import Mapping, Sequence
from difflib import get_close_matches

from .annotations.drawn import is_background
from .annotations.export import Annotated, Export, MaskForm
from .palette import colors_of

UNUSED = range(256, 1 << 16)  # values that no 8-bit mask holds


def fit_classes(export: Export | MaskForm, classes: Sequence[str], renamed: Mapping[str, str],
                ignore_unknown: bool = False) -> Export | MaskForm:
    """The export with the names of the project and all of its classes.

    Args:
        export: what a reader returned.
        classes: those of the project, the background first if there is one.
        renamed: names of the export, and the classes that they mean.
        ignore_unknown: other classes are ignored, not refused.

    Raises ValueError that lists the classes of the export that the project does not have.
    """
    for new in renamed.values():
        if new not in classes:
            raise ValueError(f"--rename: '{new}' is no class of the project; it has {', '.join(classes)}")
    if isinstance(export, MaskForm):
        return fit_masks(export, classes, renamed, ignore_unknown)
    names = {own: new_name(own, classes, renamed) for own in export.classes}
    for old in renamed:
        if old not in names:
            raise ValueError(f"--rename: '{old}' is no class of the export; it has {', '.join(export.classes)}")
    other = [own for own, name in names.items() if name not in classes]
    used = other and {region.name for image in export.images.values() if image.size for region in image.regions()}
    refuse_other([own for own in other if own in used], classes, ignore_unknown)

    def fitted(image: Annotated) -> Annotated:
        return image._replace(regions=lambda *size: (
            region._replace(name=names.get(region.name, region.name)) for region in image.regions(*size)))

    return export._replace(classes=[*classes, *(names[own] for own in other)], colors={},
                           images={path: fitted(image) for path, image in export.images.items()})


def fit_masks(form: MaskForm, classes: Sequence[str], renamed: Mapping[str, str], ignore_unknown: bool) -> MaskForm:
    """The same for mask files: values or colors in the order of the project's classes."""
    options = dict(form.options)
    if options.get('colors'):
        palette = colors_of(options['colors'], options.get('classes') or ())
        found = {new_name(own, classes, renamed): '{},{},{}'.format(*color) for own, color in palette.items()}
        free = (f'1,{number // 256},{number % 256}' for number in UNUSED)
        spare = (color for color in free if color not in found.values())
        options['colors'] = [found.get(name) or next(spare) for name in classes]
    else:
        own = options.get('classes') or classes
        values = options.get('values') or range(len(own))
        found = {new_name(name, classes, renamed): value for name, value in zip(own, values)}
        spare = iter(UNUSED)
        options['values'] = [found[name] if name in found else next(spare) for name in classes]
    refuse_other([name for name in found if name not in classes], classes,
                 ignore_unknown or options.get('ignore_unknown', False))
    return form._replace(options=dict(options, classes=list(classes)))


def new_name(own: str, classes: Sequence[str], renamed: Mapping[str, str]) -> str:
    """The project's name of a class of the export; any background is the project's first class or its background."""
    if own in renamed or own in classes:
        return renamed.get(own, own)
    return next((name for name in classes if is_background(name)), classes[0]) if is_background(own) else own


def refuse_other(names: Sequence[str], classes: Sequence[str], ignore_unknown: bool) -> None:
    if names and not ignore_unknown:
        alike = get_close_matches(names[0].lower(), [name.lower() for name in classes], n=1, cutoff=0.75)
        near = next((name for name in classes if alike and name.lower() == alike[0]), 'CLASS')
        raise ValueError(f"the export has regions of {', '.join(names)}, which the project has not; its classes are "
                         f"{', '.join(classes)}. Give --rename '{names[0]}={near}', or --ignore-unknown to ignore "
                         'their pixels')


def outside(export: Export, classes: Sequence[str]) -> str:
    """'background' or 'ignored': what the pixels without a region are. The first class, unless it has regions itself
    and its name is not one of a background."""
    if is_background(classes[0]):
        return 'background'
    drawn = any(region.name == classes[0] for image in export.images.values() if image.size
                for region in image.regions())
    return 'ignored' if drawn else 'background'
