# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The same components as SciPy's, also of shapes that take many rounds."""
import numpy as np
import pytest
import torch
import torch.nn.functional as F
from scipy import ndimage

from mmseg_entmin.models.connected_components import component_roots, largest_components
from tests.synchronisation import NoSynchronisation


def snake(size):
    """One line that goes from side to side."""
    labels = torch.zeros(1, size, size, dtype=torch.long)
    labels[:, ::2] = 1
    labels[:, 1::4, -1] = labels[:, 3::4, 0] = 1
    return labels


def rings(size):
    """Rings in each other, cut open and joined to a spiral."""
    labels = torch.ones(1, size, size, dtype=torch.long)
    for k in range(1, size // 2, 2):
        labels[:, k:size - k, k:size - k] = 0
        labels[:, k + 1:size - k - 1, k + 1:size - k - 1] = 1
        labels[:, k, k + 1] = 1
        labels[:, k - 1, k] = 0
    return labels


generator = torch.Generator().manual_seed(0)
MAPS = {
    'noise': torch.randint(3, (2, 40, 56), generator=generator),
    'near percolation': (torch.rand(2, 96, 96, generator=generator) < 0.41).long(),
    'blobs': F.interpolate(torch.randn(2, 4, 8, 8, generator=generator), (64, 64), mode='bicubic').argmax(1),
    'snake': snake(128),
    'snake from below': snake(127).flip(1),
    'standing snake': snake(96).transpose(1, 2).flip(1),
    'rings': rings(128),
    'one pixel': torch.ones(2, 1, 1, dtype=torch.long),
    'a row': torch.tensor([[[1, 1, 0, 1, 2, 2, 2, 1]]]),
}
every_map = pytest.mark.parametrize('labels', [pytest.param(labels, id=name) for name, labels in MAPS.items()])


def by_scipy(labels):
    """The components of each class of a map (H, W), each an array that is True in it."""
    for label in np.unique(labels):
        numbered, count = ndimage.label(labels == label, np.ones((3, 3)))
        yield label, [numbered == place + 1 for place in range(count)]


@every_map
def test_a_component_has_one_root_and_no_other_component_has_it(labels):
    for one, roots in zip(labels.numpy(), component_roots(labels).numpy()):
        found = [np.unique(roots[part]) for _, parts in by_scipy(one) for part in parts]
        assert all(len(root) == 1 for root in found) and len(np.unique(found)) == len(found)


@every_map
def test_each_class_keeps_its_largest_component_and_the_background_all(labels):
    for one, kept in zip(labels.numpy(), largest_components(labels, 5).numpy()):
        expected = np.zeros_like(one)
        for label, parts in by_scipy(one):
            expected[max(parts, key=np.sum)] = label  # of equal ones the first
        assert np.array_equal(kept, expected)


def test_another_background():
    labels = torch.tensor([[[0, 0, 1, 0, 2, 1, 1, 2]]])
    assert largest_components(labels, 3, background=2).tolist() == [[[0, 0, 2, 2, 2, 1, 1, 2]]]


def test_nothing_waits_for_the_device():
    labels = torch.randint(3, (2, 16, 16))
    with NoSynchronisation():
        largest_components(labels, 3)
