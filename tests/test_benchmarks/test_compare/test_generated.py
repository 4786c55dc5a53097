# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
import numpy as np

from benchmarks.compare.generated import METHODS, SIDE, draw, image, spread_colors


def test_projects_follow_from_their_number():
    assert draw(3) == draw(3) != draw(4)
    drawn = [draw(number) for number in range(20)]
    assert all(len({*one.methods}) == 2 and {*one.methods} <= {*METHODS} for one in drawn)
    assert len({one.classes for one in drawn}) > 1


def test_images_follow_from_their_number():
    drawn = draw(0)
    picture, labels = image(drawn, 5)
    assert picture.shape == (SIDE, SIDE, 3) and labels.shape == (SIDE, SIDE) and labels.max() < drawn.classes
    assert (image(drawn, 5)[0] == picture).all() and (image(drawn, 6)[1] != labels).any()


def test_colors_are_apart():
    colors = spread_colors(4, np.random.default_rng(0))
    assert min(np.linalg.norm(one - other) for k, one in enumerate(colors) for other in colors[:k]) >= 90
