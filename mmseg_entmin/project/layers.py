# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Several masks of one image: one a class, or one an object."""
import re
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from mmseg_entmin.apis.image_files import files_below, skipped
from mmseg_entmin.datasets.conversion import count_values
from mmseg_entmin.words import amount

from .in_parallel import in_parallel
from .mask_files import IGNORED, Coding, border, codes_and_file, indexed_colors, shares, show
from .name_patterns import NamePattern, posix
from .pairs import find_files
from .palette import BLACK
from .stored_masks import mask_extensions


class Layer(NamedTuple):
    """At most one mask an image."""

    files: dict[str, Path]  # by the name of the image
    pattern: str = ''  # of the names of these masks
    label: int = 1  # of what they show, where each pattern is a class


def find_layers(folder: Path, patterns: Sequence[NamePattern], skip: Sequence[str] = ()) -> list[Layer]:
    """The masks by pattern (default: one layer with all pictures); a file that fits two belongs to the longer one. A
    pattern without a suffix takes pictures, or NumPy's files where there is no picture.

    A pattern with `*` makes as many layers as an image has masks. Raises FileNotFoundError without masks of a pattern,
    and ValueError for two masks of one name.
    """
    if not folder.is_dir():
        raise FileNotFoundError(f"'{folder}' is not a folder (current folder: {Path.cwd()})")
    files = {name: path for path in sorted(files_below(folder))
             if not skipped(name := posix(path, folder), skip)}
    extensions = mask_extensions(list(files))
    if not patterns:
        return [Layer(find_files(folder, skip=skip, extensions=extensions))]
    found: list[dict[str, list[Path]]] = [defaultdict(list) for _ in patterns]
    order = sorted(range(len(patterns)), key=lambda index: -patterns[index].literal)
    for name, path in files.items():
        for index in order:
            known = patterns[index].suffix or path.suffix.lower() in extensions
            key = patterns[index].key(name) if known else None
            if key is not None:
                found[index][key].append(path)
                break
    layers = []
    for number, (pattern, masks) in enumerate(zip(patterns, found), start=1):
        if not masks:
            raise FileNotFoundError(f"folder '{folder}' has no mask that is named {pattern.text}")
        for key, paths in masks.items():
            if len(paths) > 1 and '*' not in pattern.text:
                raise ValueError(f"'{paths[0]}' and '{paths[1]}' are both named {key} by {pattern.text}; take one of "
                                 'them out, or give --mask-name with their suffix')
        layers += [Layer({key: paths[place] for key, paths in masks.items() if place < len(paths)}, pattern.text,
                         number) for place in range(max(map(len, masks.values())))]
    return layers


def with_classes(layers: Sequence[Layer], classes: Sequence[str]) -> list[Layer]:
    """The layers with the labels that they show. Of two classes, the second is what any mask shows. Of C classes,
    C - 1 patterns show the classes that they name, and the others, in their order, what is left of the second, the
    third, ... ValueError: their number does not fit.
    """
    texts = list(dict.fromkeys(layer.pattern for layer in layers))
    named = {text: named_class(text, classes) for text in texts}
    if len(texts) == len(classes) == len(set(named.values())) and None not in named.values():
        raise ValueError(f'each of --classes {" ".join(classes)} has masks of its own: name what none of them shows '
                         'first, like --classes background ...')
    if len(classes) == 2:
        return [layer._replace(label=1) for layer in layers]
    if len(classes) != len(texts) + 1:
        raise ValueError(f'masks of {len(texts)} kinds of names ({", ".join(texts)}) for {len(classes)} --classes: '
                         f'give 2 classes for the union of the masks, or {len(texts) + 1}, the background first, for a '
                         'class each')
    taken = list(named.values())
    own = {text: label for text, label in named.items() if label and taken.count(label) == 1}
    free = iter(label for label in range(1, len(classes)) if label not in own.values())
    table = {text: own.get(text) or next(free) for text in texts}
    return [layer._replace(label=table[layer.pattern]) for layer in layers]


def named_class(text: str, classes: Sequence[str]) -> int | None:
    """The label of the longest class whose name is in a pattern."""
    def letters(words: str) -> str:
        return re.sub(r'[\W_]+', '-', words.lower()).strip('-')

    within = [label for label, name in enumerate(classes)
              if letters(name) and f'-{letters(name)}-' in f'-{letters(text)}-']
    return max(within, key=lambda label: len(classes[label]), default=None)


class LayerFacts(NamedTuple):
    """What the masks of one image show together."""

    pixels: np.ndarray  # number of pixels of each label, (256, )
    first_at_border: float  # share of the first class in the outermost pixels
    claimed: int  # pixels that more than one mask shows


def survey_layers(layers: Sequence[Layer], classes: Sequence[str], coding: Coding) -> tuple[list[LayerFacts], str]:
    """The facts of each image, sorted by name, and how the masks become labels; ValueError if they show nothing."""
    names = sorted(set().union(*(layer.files for layer in layers)))

    def facts(name: str) -> LayerFacts:
        labels, claimed = combined(name, layers, coding)
        return LayerFacts(np.bincount(labels.ravel(), minlength=IGNORED + 1), float((border(labels) == 0).mean()),
                          claimed)

    found = in_parallel(facts, names)
    total = sum(int(each.pixels[1:].sum()) for each in found)
    if not total:
        raise ValueError('none of the masks shows an object')
    texts = list(dict.fromkeys(layer.pattern for layer in layers))
    endings = {text: text.removeprefix('{}') for text in texts}
    meaning = f'{classes[1]} is the union of {", ".join(endings.values())}' if len(classes) == 2 else ', '.join(
        f'{endings[text]} is {classes[next(layer.label for layer in layers if layer.pattern == text)]}'
        for text in texts)
    has = {text: set().union(*(layer.files for layer in layers if layer.pattern == text)) for text in texts}
    lacking = [f'{amount(len(names) - len(has[text]), "image has", "images have")} no {endings[text]}' for text in texts
               if len(has[text]) < len(names)]
    claimed = sum(each.claimed for each in found)
    overlap = [f'{claimed} of {total} object pixels are in several masks, the last one counts'] if claimed else []
    return found, '; '.join([meaning, *lacking, *overlap])


def combined(name: str, layers: Sequence[Layer], coding: Coding = Coding()) -> tuple[np.ndarray, int]:
    """Labels of an image, (H, W), uint8, and the number of pixels that more than one of its masks shows."""
    labels, twice = None, 0
    for layer in layers:
        if name in layer.files:
            shown = shown_pixels(layer.files[name], coding)
            labels = np.zeros(shown.shape, np.uint8) if labels is None else labels
            twice += np.count_nonzero(labels[shown])
            labels[shown] = layer.label
    return labels, twice


def shown_pixels(path: Path, coding: Coding = Coding()) -> np.ndarray:
    """Where a mask of one class shows its objects, (H, W), bool; raises ValueError if it has other values."""
    codes, stored = codes_and_file(path, coding)
    codes = codes.clip(0)
    if coding.threshold is None:
        black = [index for index, color in indexed_colors(stored.palette).items() if color == BLACK]
        if stored.palette and len(np.unique(codes)) == 2 and len(black) == 1:  # whatever number it has
            codes = (codes != black[0]).astype(np.uint8)
        found = count_values(codes)
        if len(found) > 2 or (len(found) == 2 and 0 not in found):
            listed = ', '.join(f'{show(code, False)} ({share:.1%})' for code, share in shares(found))
            raise ValueError(f"'{path}' holds {len(found)} values, {listed}: of several masks an image, each has to "
                             'hold 0 and one other value; give --threshold 128 if they are black and white with gray '
                             'edges, or --foreground if all values above 0 are the object')
    return codes > 0
