# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The options that pair masks with images, found from the names of the files."""
import random
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import product
from pathlib import PurePosixPath
from shlex import quote

from .layers import named_class
from .name_patterns import NamePattern, option
from .other_pictures import WORDS, endings

PIECES = re.compile(r'\d+|[^\W\d_]+|[\W_]')
MOST = 3 / 4  # of the masks, which one pattern has to fit
LOOKED_AT, MANY, TRIED, FEW_PATTERNS, MOST_PATTERNS, MOST_PIECES = 60, 500, 30, 3, 8, 4
NO_CLASSES = re.compile(r'SegmentationObject|instance|visuali|viz\b|colou?r|overlay', re.IGNORECASE)
LABEL_STUDIO = re.compile(r'(^|/)task-\d+-annotation-\d+-by-')


def advise(images: Collection[str], masks: Collection[str], classes: Sequence[str] = ()) -> list[str]:
    """Options of `entmin new-project`, quoted for a shell, by which every mask has an image; empty if none do.

    Args:
        images: paths of the images below their folder, with suffix, written with '/'.
        masks: the same of masks.
        classes: names of the classes, for the order of several patterns.
    """
    if any(map(LABEL_STUDIO.search, masks)):  # the number of a task is not that of an image
        return []
    own_classes = [mask for mask in masks if not NO_CLASSES.search(mask)]
    if 0 < len(own_classes) < len(masks) and (found := advise(images, own_classes, classes)):
        return found
    by_image: dict[str, list[str]] = {}
    for image, mask in pairs_of_patterns(images, masks):
        by_image.setdefault(image, []).append(mask)
    found, few = [], spread(sorted(masks), MANY)
    for image, candidates in list(by_image.items())[:TRIED]:
        known = Counter(filter(None, map(NamePattern(image).key, images)))
        unique = {key for key, times in known.items() if times == 1}
        for form in (candidates[:TRIED], dict.fromkeys(map(open_ended, candidates[:TRIED])),
                     dict.fromkeys(map(numbered, candidates)),
                     dict.fromkeys(map(starred, candidates))):
            form = [NamePattern(text) for text in form]
            cover = covering(form, few, unique)  # what does not fit these does not fit all
            if cover and len(few) < len(masks):
                cover = covering(map(NamePattern, cover), masks, unique) or covering(form, masks, unique)
            if cover:
                many, stars = len(cover) > max(FEW_PATTERNS, len(classes) - 1), sum('*' in text for text in cover)
                opened = sum(not PurePosixPath(text).suffix for text in cover)
                found.append((many, stars, len(cover), opened, len(image) + sum(map(len, cover)), image, cover))
    if not found:
        return []
    *_, image, cover = min(found)
    named = [named_class(text, classes) for text in cover]
    cover = sorted(cover) if None in named else [text for _, text in sorted(zip(named, cover))]
    suffixes = {PurePosixPath(name).suffix for name in images}
    own = [] if any(image == f'{{}}{suffix}' for suffix in suffixes) else [option(image, 'image')]
    guess = ''
    if len(classes) == len(cover) + 1 > 2 and named.count(None) > 1:
        left = [name for label, name in enumerate(classes) if label and label not in named]
        guess = f' if this is the order of {", ".join(left)}'
    if len(cover) > 1 and not any('*' in text for text in cover) and set(named) == {None}:
        people = ' '.join(quote(annotator(text)) for text in cover)
        return [*own, *map(option, cover[:-1]), f'{option(cover[-1])}{guess}, or '
                f'{" ".join([*own, "--annotators", people])} if several people made these masks, of the same objects']
    plain = cover if own or len(cover) > 1 or not any(
        cover[0] == f'{{}}{PurePosixPath(mask).suffix}' for mask in masks) else []
    return [*own, *map(option, plain)]


def pairs_of_patterns(images: Collection[str], masks: Collection[str]) -> list[tuple[str, str]]:
    """Patterns of an image and a mask that share a name, those of most of the masks first."""
    owner: dict[str, str | None] = {}
    for image in images:
        for key in set(keys(image)):
            owner[key] = image if key not in owner else None
    pairs = Counter(pair for mask in spread(sorted(masks)) for key in set(keys(mask)) if owner.get(key)
                    for pair in product(set(texts(owner[key], key)), set(texts(mask, key))))
    return [pair for pair, _ in pairs.most_common()]


def misnamed(images: Collection[str], masks: Collection[str]) -> list[str]:
    """The masks that do not fit the pattern of the others, by which these have an image; empty if the others are too
    few, or if there is no such pattern."""
    fewest = list(masks)
    for image, mask in pairs_of_patterns(images, masks)[:TRIED]:
        known, pattern = set(map(NamePattern(image).key, images)) - {None}, NamePattern(mask)
        fewest = min(fewest, [name for name in masks if pattern.key(name) not in known], key=len)
    return sorted(fewest) if len(fewest) <= (1 - MOST) * len(masks) else []


def annotator(text: str) -> str:
    """The shortest form of a pattern for `--annotators`: a folder, an ending, or the pattern itself."""
    folder, slash, name = text.partition('/')
    if slash and PurePosixPath(name).stem == '{}':
        return folder
    return text[2:] if NamePattern(text).plain and not text.startswith('{}-') else text


def advise_one_folder(files: Collection[str], classes: Sequence[str] = ()) -> list[str]:
    """The same for a folder that has both images and masks."""
    stems = {PurePosixPath(name).with_suffix('').as_posix(): name for name in files}
    ended = {stems[name] for others in endings(stems, stems).values() for name in others}
    told = {name for name in files if WORDS.search(name)}
    kinds = sorted({PurePosixPath(name).suffix for name in files}, key=lambda kind: kind.lower() == '.png')
    of_kind = {name for name in files if PurePosixPath(name).suffix == kinds[-1]} if len(kinds) == 2 else set()
    kinds_of_masks = (ended, told, of_kind)
    for masks in sorted(kinds_of_masks, key=lambda masks: -any(other < masks for other in kinds_of_masks if other)):
        images = set(files) - masks
        found = advise(images, masks, classes) if masks and images else []
        alike = {*map(without_suffix, masks)} <= {*map(without_suffix, images)}
        if not found and masks and masks == of_kind and alike:
            found = ['--mask-suffix=' + kinds[-1]]
        if found:
            own = any(text.startswith('--image') for text in found)
            suffixes = {PurePosixPath(name).suffix for name in images}
            if own or len(suffixes) == 1:
                return found if own else [f'--image-suffix={suffixes.pop()}', *found]
    return []


def without_suffix(name: str) -> str:
    return PurePosixPath(name).with_suffix('').as_posix()


def spread(names: Sequence[str], most: int = LOOKED_AT) -> Sequence[str]:
    """At most `most` of the names, drawn, but always the same."""
    return names if len(names) <= most else random.Random(0).sample(names, most)


def cuts(path: str) -> list[int]:
    """Places in a path without suffix where a shared name may begin or end: between words, numbers and signs; words of
    many letters and numbers, like hashes, are whole."""
    stem = path.removesuffix(PurePosixPath(path).suffix)
    places = [0]
    for word in re.findall(r'[^\W_]+|[\W_]', stem):
        pieces = PIECES.findall(word)
        for piece in pieces if len(pieces) <= MOST_PIECES else [word]:
            places.append(places[-1] + len(piece))
    return places


def keys(path: str) -> Iterator[str]:
    """Parts of a path that may be the shared name."""
    places = cuts(path)
    for index, start in enumerate(places):
        for end in places[index + 1:]:
            part = path[start:end]
            if part[0] not in '_-./ ' and part[-1] not in '_-/. ' and re.search(r'[^\W_]', part):
                yield part


def texts(path: str, key: str) -> Iterator[str]:
    """Patterns that a path with a shared name fits."""
    places = set(cuts(path))
    starts = [match.start() for match in re.finditer(re.escape(key), path)
              if match.start() in places and match.end() in places]
    for start in starts:
        yield f'{path[:start]}{{}}{path[start + len(key):]}'
        if 0 < (folder := path.rfind('/') + 1) <= start:  # equal folders belong to the shared name
            yield f'{path[folder:start]}{{}}{path[start + len(key):]}'
    if len(starts) > 1:
        yield path.replace(key, '{}')


def open_ended(text: str) -> str:
    """A pattern without its suffix, which then may be any."""
    return text.removesuffix(PurePosixPath(text).suffix)


def numbered(text: str) -> str:
    """A pattern with `*` in place of the numbers of the file's name that images do not share."""
    folder, slash, name = text.rpartition('/')
    suffix = PurePosixPath(name).suffix
    return folder + slash + re.sub(r'\d+', '*', name.removesuffix(suffix)) + suffix


def starred(text: str) -> str:
    """A pattern with `*` in place of the words of the file's name that images do not share."""
    folder, slash, name = text.rpartition('/')
    suffix = PurePosixPath(name).suffix
    parts = (part if part == '{}' else re.sub(r'[^\W_]+([\W_]+[^\W_]+)*', '*', part)
             for part in re.split(r'(\{\})', name.removesuffix(suffix)))
    return folder + slash + ''.join(parts) + suffix


def covering(patterns: Iterable[NamePattern], masks: Collection[str], images: Collection[str]) -> list[str]:
    """The fewest patterns, found step by step, that give every mask the name of an image; empty if none do."""
    fits = {}
    for pattern in patterns:
        owned = {mask: pattern.key(mask) for mask in masks}
        owned = {mask: key for mask, key in owned.items() if key is not None}
        several = '*' in pattern.text or len(set(owned.values())) == len(owned)
        if owned and several and set(owned.values()) <= set(images):
            fits[pattern.text] = set(owned)
    left, cover = set(masks), []
    while left and len(cover) < MOST_PATTERNS:
        best = max(fits, key=lambda text: (len(fits[text] & left), -len(text)), default=None)
        if best is None or not fits[best] & left:
            return []
        cover.append(best)
        left -= fits.pop(best)
    return cover if not left else []
