# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Rotation that leaves no empty corners."""
import mmcv
from mmseg.datasets.transforms import RandomRotate

from mmseg_entmin.registry import TRANSFORMS


@TRANSFORMS.register_module()
class RandomRotateReflect(RandomRotate):
    """mmseg's ``RandomRotate``, with the corners filled by the reflected image, and map where there is one.

    The empty corners of a turned image are void where it is labeled. Where it is not, nothing says so, and a method
    that learns from its own predictions learns them there too: black corners become whichever class is dark.

    Args:
        prob: probability of a rotation, in 0..1.
        degree: range of the angle; a number for -degree..degree.
        center: (w, h) of the rotation's center, in pixels; default the image's.
        auto_bound: enlarge the image so that all of it stays. Default False.
    """

    def __init__(self, prob: float, degree, center=None, auto_bound: bool = False) -> None:
        super().__init__(prob, degree, center=center, auto_bound=auto_bound)

    def transform(self, results: dict) -> dict:
        rotate, angle = self.generate_degree()
        if rotate:
            for key in ['img', *results.get('seg_fields', [])]:
                results[key] = mmcv.imrotate(
                    results[key], angle=angle, center=self.center, auto_bound=self.auto_bound,
                    border_mode='reflect_101', interpolation='bilinear' if key == 'img' else 'nearest')
        return results

    def __repr__(self) -> str:
        return (f'{type(self).__name__}(prob={self.prob}, degree={self.degree}, center={self.center}, '
                f'auto_bound={self.auto_bound})')
