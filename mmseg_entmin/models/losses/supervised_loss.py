# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The supervised loss L_s of both heads (paper, Eq. 1 and 2), as a definition: the heads' default losses equal it."""
import torch.nn.functional as F
from torch import Tensor

from ..logits import resize_logits
from ..uncertainty import sample_logits


def segmentation_loss(seg_mean: Tensor, seg_var: Tensor, labels: Tensor, num_samples: int = 1,
                      ignore_index: int = 255, align_corners: bool = False) -> Tensor:
    """CE(y_s, softmax(z_s)), z_s = mu_s + eps sqrt(s2_s) (Eq. 2), mean over the labeled pixels; 0 if there is none.

    Args:
        seg_mean: mu_s (N, C, h, w), logits; ``seg_var`` is s2_s, of the same shape, > 0.
        labels: y_s (N, H, W), int64, ``ignore_index`` where there is none. The sampled logits are resized to H x W.
        num_samples: S >= 1, see ``sample_logits``. Default 1.
    """
    z = sample_logits(seg_mean, seg_var, num_samples)
    z = resize_logits(z, labels.shape[1:], align_corners)
    total = F.cross_entropy(z, labels, ignore_index=ignore_index, reduction='sum')
    return total / (labels != ignore_index).sum().clamp(min=1)


def classification_loss(cls_mean: Tensor, cls_var: Tensor, presence: Tensor, num_samples: int = 1,
                        activation: str = 'softmax') -> Tensor:
    """CE(y_c, a_c(z_c)), z_c = mu_c + eps sqrt(s2_c) (Eq. 2), mean over the images. One without any class adds 0.

    Args:
        cls_mean: mu_c (N, C), logits; ``cls_var`` is s2_c, of the same shape, > 0.
        presence: y_c (N, C), 1 for the classes in the map of an image, else 0.
        num_samples: S >= 1. Default 1.
        activation: a_c, 'softmax' (default), cross entropy with y_c / sum y_c; 'sigmoid', the sum of the binary ones.
    """
    z = sample_logits(cls_mean, cls_var, num_samples, activation)
    count = presence.sum(dim=1, keepdim=True)
    if activation == 'softmax':
        loss = -presence / count.clamp(min=1) * z.log_softmax(dim=1)
    else:
        loss = F.binary_cross_entropy_with_logits(z, presence, reduction='none') * (count > 0)
    return loss.sum(dim=1).mean()
