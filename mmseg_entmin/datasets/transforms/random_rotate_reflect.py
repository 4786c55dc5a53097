# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Rotation without empty corners."""
import mmcv
from mmseg.datasets.transforms import RandomRotate

from mmseg_entmin.registry import TRANSFORMS


@TRANSFORMS.register_module()
class RandomRotateReflect(RandomRotate):
    """mmseg's `RandomRotate` with corners filled by reflection, in the image and its maps.

    In a labeled image the empty corners of a rotation are ignored. In an unlabeled one nothing marks them, and a method
    that learns from its own predictions learns black corners as whichever class is dark.

    Args:
        prob: probability of a rotation, in 0..1.
        degree: range of the angle in degrees; a number means -degree..degree.
        center: (w, h) of the rotation, in pixels. Default: the image's center.
        auto_bound: grow the canvas so that the whole image stays visible. Default False.
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
