# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Where the tiles of a large image lie, and which part of each is kept."""
from collections.abc import Iterator, Sequence
from typing import NamedTuple

STEP = 32  # of encoders: tiles begin at its multiples, so that maps of a lower resolution have the same grid


class Span(NamedTuple):
    """A tile along one axis, in pixels of the image: it reaches from start to stop, and first to last are kept."""

    start: int
    stop: int
    first: int
    last: int


class Tile(NamedTuple):
    """A tile of an image."""

    rows: Span
    columns: Span

    @property
    def kept(self) -> tuple[slice, slice]:
        """What is kept of the tile, in its own pixels."""
        return tuple(slice(span.first - span.start, span.last - span.start) for span in self)


class Layout(NamedTuple):
    """How tiles are laid along one axis."""

    side: int  # of a tile
    margin: int  # what is dropped at an edge of a tile inside the image
    step: int = STEP  # tiles begin at its multiples
    full: bool = False  # all tiles have the same size: the last one is moved back instead of cut
    crop: int = 0  # of sliding windows, of which the last of the image is moved back

    def spans(self, length: int) -> list[Span]:
        """The tiles of an axis of `length` pixels."""
        if length <= self.side:
            return [Span(0, length, 0, length)]
        step = (self.side - 2 * self.margin) // self.step * self.step
        starts = [0]
        while starts[-1] + self.side < length:
            starts.append(starts[-1] + step)
        if self.full:
            starts[-1] = length - self.side
        if self.crop:  # one tile alone keeps what the last window of the image sees
            latest = max(0, (length - self.crop - self.margin) // self.step * self.step)
            starts = [*(start for start in starts[:-1] if start < latest), min(starts[-1], latest)]
        bounds = [0, *(start + self.margin for start in starts[1:]), length]
        stops = [*(start + self.side for start in starts[:-1]), length]
        return [Span(*span) for span in zip(starts, stops, bounds, bounds[1:])]


def layouts(side: int, overlap: int | None, test_cfg: dict, resizes: bool) -> tuple[Layout, Layout]:
    """Along height and width, for tiles of `side` pixels of which neighbors share `overlap` (default: a quarter).

    Of sliding windows, tiles hold whole ones of the image, so that the result is that of the whole image. Tiles that
    the test pipeline resizes are all of one size. ValueError for a tile that is too small.
    """
    if test_cfg.get('mode') == 'slide' and not resizes:
        found = [windowed(side, crop, stride) for crop, stride in zip(test_cfg['crop_size'], test_cfg['stride'])]
        return found[0], found[1]
    margin = (side // 4 if overlap is None else overlap) // 2
    layout = Layout(side, margin, 1 if resizes else STEP, resizes)
    if margin < 0 or side - 2 * margin < layout.step:
        raise ValueError(f'--tile {side} --overlap {2 * margin}: nothing is left of a tile without its overlap; give '
                         f'a --tile of {max(4 * STEP, 2 * margin + layout.step)} pixels or more')
    return layout, layout


def windowed(side: int, crop: int, stride: int) -> Layout:
    """Tiles of whole sliding windows; a pixel is kept where all windows of the image that see it are in the tile."""
    margin = max(crop - stride, 0)
    whole = crop + max(side - crop, 0) // stride * stride
    if whole - 2 * margin < stride or side < crop:
        raise ValueError(f'--tile {side}: too small for sliding windows of {crop} pixels every {stride}; give '
                         f'{crop + 2 * stride} or more')
    return Layout(whole, margin, stride, crop=crop)


def tiles(size: Sequence[int], layout: tuple[Layout, Layout]) -> Iterator[Tile]:
    """The tiles of an image of a size (H, W), row by row; their kept parts cover each pixel once."""
    columns = layout[1].spans(size[1])
    for rows in layout[0].spans(size[0]):
        yield from (Tile(rows, span) for span in columns)
