# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The images and the mask files of a project."""
from collections.abc import Sequence
from pathlib import Path

from mmseg_entmin.apis.image_files import files_below, skipped

from .annotators import Annotators, annotator_layers
from .code_tables import Meaning
from .layers import find_layers
from .masks import Masks, read_masks
from .name_advice import advise, advise_one_folder, misnamed
from .name_patterns import NamePattern, patterns, posix
from .other_pictures import refuse_more_masks
from .own_names import refuse_own_names
from .pairs import check_pairs, find_files, fitting, leave_out_masks, named_as_images
from .stored_masks import PICTURES


def masks_as_files(images: Path, masks: Path, image_names: NamePattern | None, mask_names: Sequence[NamePattern],
                   skip: Sequence[str], meaning: Meaning, colors: Sequence[str], may_be_all: bool = False,
                   annotators: Sequence[str] = ()) -> tuple[dict[str, Path], Masks | Annotators]:
    """The images of a folder and the labels of some of them, from mask files.

    Args:
        images: their folder.
        masks: their folder, which may be the same.
        image_names: a pattern of the images' names. Default: an image and its mask have the same.
        mask_names: patterns of the masks' names.
        skip: endings and patterns of files that are neither.
        meaning: what the codes mean, see `read_masks`.
        colors: those of the classes.
        may_be_all: whether all images may have a mask.
        annotators: folders, endings or patterns of the masks of several annotators.
    """
    one = images.resolve() == masks.resolve()
    if annotators and mask_names:
        raise ValueError('--annotators says how masks are named: leave --mask-suffix and --mask-name out')
    if one and not (image_names and (mask_names or annotators)):
        names = [name for path in files_below(images) if path.suffix.lower() in PICTURES
                 and not skipped(name := posix(path, images), skip)]
        options = advise_one_folder(names, meaning.classes)
        raise ValueError(f"images and masks are both in '{images}'; tell them apart with "
                         + (' '.join(options) or '--image-suffix and --mask-suffix, like .jpg and .png'))
    below = not one and masks.resolve().is_relative_to(images.resolve())
    found = find_files(images, image_names and image_names.suffix, masks if below else None, skip)
    layers = annotator_layers(masks, annotators, skip) if annotators else find_layers(masks, mask_names, skip)
    suffixes = [pattern.text[2:] for pattern in mask_names if pattern.plain]
    found = leave_out_masks(found, [path for layer in layers for path in layer.files.values()], suffixes)
    shared = fitting(found, images, image_names)
    found = {name: path for name, path in found.items() if image_names is None or name in set(shared.values())}
    layers = [layer._replace(files=named_as_images(layer.files, shared)) for layer in layers]
    pairs = [item for layer in layers for item in layer.files.items()]

    def advice() -> str:
        paths, names = [posix(path, images) for path in found.values()], [posix(path, masks) for _, path in pairs]
        if options := advise(paths, names, meaning.classes):
            return 'give ' + ' '.join(options)
        odd = misnamed(paths, names)
        options = advise(paths, [name for name in names if name not in odd], meaning.classes) if odd else []
        return f"rename '{odd[0]}' ({len(odd)} of {len(names)} masks are not named as the others are), then give " \
            + ' '.join(options) if options else ''

    if not colors:
        refuse_own_names([path for _, path in pairs], meaning.classes)
    check_pairs(found, pairs, may_be_all, advice)
    refuse_more_masks(masks, pairs, suffixes, skip)
    return found, Annotators(layers, meaning, colors) if annotators else read_masks(layers, meaning, colors)


def image_pattern(image_name: str | None, image_suffix: str | None) -> NamePattern | None:
    """The pattern of `--image-name` or `--image-suffix`. ValueError: both are given."""
    if image_name and image_suffix:
        raise ValueError(f'--image-name {image_name} --image-suffix {image_suffix}: give one of them')
    return next(iter(patterns([image_name] if image_name else [], [image_suffix] if image_suffix else [],
                              any_case=False)), None)
