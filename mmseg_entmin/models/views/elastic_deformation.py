# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Smooth random deformations, the same for an image and what is predicted for it."""
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..options import check_not_negative, check_positive


class ElasticDeformation(nn.Module):
    """Draws smooth deformations: displacements at control points, and bicubic between them.

    The displacements are drawn on the host and in float32, so that one seed gives one grid on every device.

    Args:
        std: standard deviation of a control point's displacement along each axis, in pixels, >= 0. Default 4.
        spacing: distance of the control points, in pixels, > 0. Default 32. With less than 5 std the deformation folds.
    """

    def __init__(self, std: float = 4., spacing: float = 32.) -> None:
        super().__init__()
        check_not_negative(self, std=std)
        check_positive(self, spacing=spacing)
        self.std, self.spacing = std, spacing

    @torch.no_grad()
    def forward(self, count: int, height: int, width: int) -> Tensor:
        """Draw the deformations of ``count`` images: for each pixel the place (x, y) that it shows, (count, H, W, 2).

        Places are in pixels of the image, float32, on the host.
        """
        points = [max(2, round(side / self.spacing) + 1) for side in (height, width)]
        moves = self.std * torch.randn(count, 2, *points)
        moves = F.interpolate(moves, (height, width), mode='bicubic', align_corners=True)
        places = torch.stack(torch.meshgrid(torch.arange(width), torch.arange(height), indexing='xy'), dim=-1)
        return places + moves.movedim(1, 3)


def deform(maps: Tensor, places: Tensor) -> Tensor:
    """Maps (N, K, H, W) deformed to what each pixel shows, (N, K, H, W), bilinear, 0 outside; with a gradient."""
    size = torch.tensor([maps.shape[3], maps.shape[2]], dtype=places.dtype, device=places.device)
    grid = ((2 * places + 1) / size - 1).to(maps)
    return F.grid_sample(maps, grid, padding_mode='zeros', align_corners=False)


def deform_mask(mask: Tensor, places: Tensor) -> Tensor:
    """A mask (N, 1, H, W), bool, deformed: True where all that a pixel shows is True, and inside the image."""
    return deform(mask.to(places), places) > 1 - 1e-4
