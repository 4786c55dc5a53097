# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Pictures beside the images and masks that are neither: further masks, overlays, outputs of annotation tools."""
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path, PurePosixPath
from shlex import quote

from torchvision.datasets.folder import IMG_EXTENSIONS

from mmseg_entmin.apis.image_files import files_below, skipped
from mmseg_entmin.words import amount

NUMBER = re.compile(r'[\s_.(-]*\d+\)?$')  # at the end of a name
SEPARATORS = re.compile(r'[\s_.(/-]')
# Words in the names of pictures that annotation tools and networks write.
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


def telling(names: Collection[str], images: dict[str, Path]) -> dict[str, list[str]]:
    """Names with words that tell of other pictures, by the pattern of what to leave out, like '_color.png': 'a_color'
    and 'color_a' beside 'a', 'a_color' beside 'a_photo', and 'colors/a' beside 'a'."""
    found = defaultdict(list)
    bases = {name: name[:[*SEPARATORS.finditer(name)][-1].start()] for name in names if SEPARATORS.search(name)}
    counts, stems = Counter(bases.values()), Counter(PurePosixPath(name).name for name in images)
    for name in names:
        path = PurePosixPath(name)
        starts = [match.end() for match in SEPARATORS.finditer(name) if name[match.end():] in images]
        last = name[len(bases.get(name, name)):]
        ending = next(iter(endings([name], images)), '')
        if WORDS.search(ending):
            found[f"{'*' * (ending[0] == '-')}{ending}{images[name].suffix}"].append(name)  # '-' begins an option
        elif starts and WORDS.search(name[:starts[0]]):
            found[f'{name[:starts[0]]}*'].append(name)
        elif WORDS.search(str(path.parent)) and stems[path.name] > 1:
            found[f'{path.parent}/*'].append(name)
        elif counts[bases.get(name)] > 1 and WORDS.search(last) and not re.search(r'\d', last):
            found[last + images[name].suffix].append(name)
    return found


def refuse_more_masks(folder: Path, masks: Iterable[tuple[str, Path]], suffixes: Sequence[str],
                      skip: Sequence[str] = ()) -> None:
    """Raises ValueError for masks that are named like the taken ones but for a number: their objects would become
    background. The taken ones are `masks`, with the names of their images, and have the endings `suffixes`."""
    used, taken = set(), {}
    for name, path in masks:
        used.add(name)
        taken[path.resolve()] = path.suffix
    stems = [re.escape(NUMBER.sub('', stem)) for suffix in suffixes if re.search(r'[^\W\d_]', stem := suffix.rpartition(
        '.')[0])]
    numbered = re.compile(rf"({'|'.join(stems)})({NUMBER.pattern[:-1]})?$") if stems else None
    names = {path.relative_to(folder): path for path in (files_below(folder) if numbered else ())
             if path.resolve() not in taken and path.suffix.lower() in (*IMG_EXTENSIONS, *taken.values())}
    more = {ending + path.suffix: path for name, path in names.items() if not skipped(name.as_posix(), skip)
            for ending in endings([name.with_suffix('').as_posix()], used) if numbered.match(ending)}
    if more:
        ends = ' '.join(f'--mask-suffix={quote(end)}' for end in [*suffixes, *sorted(more)])
        raise ValueError(f"'{next(iter(more.values()))}' looks like another mask of an image: name all endings, as "
                         f"{ends}, or leave these files out with --leave-out {' '.join(map(quote, sorted(more)))}")


def refuse_other_pictures(images: dict[str, Path], masked: Collection[str]) -> list[str]:
    """Raises ValueError for unlabeled images named like masks, overlays or outputs; returns notes on doubtful names."""
    names = [name for name in images if name not in masked]
    if told := telling(names, images):
        patterns = ' '.join(map(quote, sorted(told)))
        raise ValueError(f"'{images[next(iter(told.values()))[0]]}' looks like a picture of another image, not like an "
                         f'image ({sum(map(len, told.values()))} files are named {patterns}): leave them out with '
                         f'--leave-out {patterns}, or name masks with --mask-suffix; if they are images, give '
                         '--leave-out alone')
    return [f"{amount(len(others), 'unlabeled image is', 'unlabeled images are')} named like another one with "
            f"{ending} added, like '{images[others[0]]}'; if they are no images of their own, give --leave-out "
            f'{ending}{images[others[0]].suffix}'
            for ending, others in endings(names, images).items() if re.search(r'[^\W\d_]', ending)]


def unread_note(folder: Path, taken: Iterable[Path], skip: Sequence[str] = ()) -> list[str]:
    """A note on pictures in a folder of masks that no pattern of names takes, neither as masks nor as images."""
    known = {path.resolve(): path.suffix for path in taken}
    left = sorted(path for path in files_below(folder) if path.suffix.lower() in (*IMG_EXTENSIONS, *known.values())
                  and path.resolve() not in known and not skipped(path.relative_to(folder).as_posix(), skip))
    return [f"{len(left)} pictures in '{folder}' are neither masks nor images by their names and are not read, like "
            f"'{left[0]}'; if they are masks, rename them, or give another --mask-name too"] if left else []


def idle_note(folders: Iterable[Path], skip: Sequence[str]) -> list[str]:
    """A note on endings and patterns of files to leave out that fit no file in the folders."""
    names = [path.relative_to(folder).as_posix() for folder in folders if folder.is_dir() for path in
             files_below(folder)] if skip else []
    idle = [end for end in skip if not any(skipped(name, [end]) for name in names)]
    return [f"--leave-out {' '.join(map(quote, idle))}: no file is named so; endings like _overlay.png and patterns "
            "with '*' for whole names or folders are known"] if idle else []
