# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Pictures beside the images and masks that are neither: further masks, overlays, outputs of annotation tools."""
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path

from mmseg_entmin.apis.image_files import images_below

SEPARATORS = re.compile(r'[\s_.(-]')
# Words in the endings of pictures that annotation tools and networks write.
WORDS = re.compile(
    r'mask|(?<![a-z])(annot|border|colou?r|contour|depth|heat|instance|label|outline|output|overlay|pred|prob|result|segm|'
    r'thumb|truth|visual|(cp|flows?|gt|seg|vis)(?![a-z]))', re.IGNORECASE)


def endings(names: Iterable[str], images: Collection[str]) -> dict[str, list[str]]:
    """Names that are the name of an image and an ending after a separator, by their ending, like '_mask_1'."""
    found = defaultdict(list)
    for name in names:
        places = [match.start() for match in SEPARATORS.finditer(name) if name[:match.start()] in images]
        if places:
            found[name[places[-1]:]].append(name)
    return found


def of_one_base(names: Collection[str]) -> dict[str, list[str]]:
    """Names with a telling last part, like 'a_color', that share the rest with another one, like 'a_photo'."""
    bases = {name: name[:[*SEPARATORS.finditer(name)][-1].start()] for name in names if SEPARATORS.search(name)}
    counts = Counter(bases.values())
    found = defaultdict(list)
    for name, base in bases.items():
        last = name[len(base):]
        if counts[base] > 1 and WORDS.search(last) and not re.search(r'\d', last):
            found[last].append(name)
    return found


def refuse_more_masks(folder: Path, layers: Sequence[dict[str, Path]], suffixes: Sequence[str],
                      skip: Sequence[str] = ()) -> None:
    """Raises ValueError for masks that are numbered like the taken ones: their objects would become background.

    The taken ones are `layers`, by the names of their images, with the endings `suffixes`.
    """
    used = set().union(*layers)
    taken = {path.resolve() for layer in layers for path in layer.values()}
    stems = [re.escape(suffix.rpartition('.')[0]) for suffix in suffixes if not suffix.startswith('.')]
    numbered = re.compile(rf"({'|'.join(stems)})[\s_.(-]*\d+\)?$") if stems else None
    others = {path: name for path, name in images_below(folder).items()
              if path.resolve() not in taken and not path.name.endswith(tuple(skip))} if numbered else {}
    more = {ending + path.suffix: path for path, name in others.items()
            for ending in endings([name], used) if numbered.match(ending)}
    if more:
        ends = ' '.join(f'--mask-suffix {end}' for end in [*suffixes, *sorted(more)])
        raise ValueError(f"'{next(iter(more.values()))}' looks like another mask of an image: name all endings, as "
                         f"{ends}, or leave these files out with --leave-out {' '.join(sorted(more))}")


def refuse_other_pictures(images: dict[str, Path], masked: Collection[str]) -> list[str]:
    """Raises ValueError for unlabeled images whose names tell that they are masks, overlays or outputs.

    Returns notes on names that may or may not tell so.
    """
    others = endings([name for name in images if name not in masked], images)
    told = {ending: names for ending, names in others.items() if WORDS.search(ending)}
    told = told or of_one_base([name for name in images if name not in masked])
    if told:
        first = images[next(iter(told.values()))[0]]
        suffixes = ' '.join(sorted({ending + images[name].suffix for ending, names in told.items() for name in names}))
        raise ValueError(f"'{first}' looks like a picture of another image, not like an image "
                         f'({sum(map(len, told.values()))} files end in {suffixes}): leave them out with --leave-out '
                         f'{suffixes}, or name masks with --mask-suffix; if they are images, give --leave-out alone')
    return [f"{len(names)} unlabeled images are named like another one with {ending} added, like '{images[names[0]]}'; "
            f'if they are no images of their own, give --leave-out {ending}{images[names[0]].suffix}'
            for ending, names in others.items() if re.search('[^\\W\\d_]', ending)]
