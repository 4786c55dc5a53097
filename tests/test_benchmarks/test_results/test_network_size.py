# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Parameters and multiply-adds of networks."""
from benchmarks.results.network_size import size


def test_the_size_of_a_network_counts_both_heads():
    plain, ours = (size(f'{kind}/unet_wbc_1-10') for kind in ('supervised', 'entmin'))
    assert ours['parameters'] > plain['parameters'] and ours['multiply_adds'] > plain['multiply_adds']


def test_weights_that_are_not_trained_are_not_counted():
    alone, fused = (size(f'{kind}/unet_toycells_1-10')
                     for kind in ('entmin', 'entmin_plus'))
    assert alone['parameters'] == fused['parameters']
