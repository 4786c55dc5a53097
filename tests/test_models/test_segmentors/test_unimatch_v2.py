# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Equality with the released code, complementary channels, and a ViT encoder with weights from a file."""
import copy
import re

import pytest
import timm
import torch
from mmengine.config import Config

from mmseg_entmin.deploy import DeployNetwork, trace
from mmseg_entmin.models.segmentors.semi_supervised_segmentor import supervised_losses
from mmseg_entmin.models.semi_batch import SemiBatch
from mmseg_entmin.models.views import paste
from tests.peers import peer
from tests.released import assert_as_released, fill, gradients, integers, normal, projections
from tests.tiny import batch, sample


def released_case():
    """The networks and views that the released code was run on, see ``RELEASED``."""
    model = peer('UniMatchV2', num_classes=4, threshold=0.5)
    fill(model.teacher.requires_grad_(), 35).requires_grad_(False)
    fill(model.backbone, 0), fill(model.decode_head, 1)
    return model, normal(7, 12, 3, 32, 32)


# A step in unimatch_v2.py, revision f6afb4d, by SGD with rate 0.01, with the complementary dropout of its
# model/semseg/dpt.py on all maps of a U-Net. Its loss is half of ours.
RELEASED = dict(
    strong=[0.8042682732865658, 0.8392042838757641], supervised=1.5978328319544608, loss=1.2097845552678128,
    gradients=[0.06937987401362111, 0.25654926213512563], student=[4004.2865296862515, 4.805622625265742],
    teacher=[21.406624402832158, -4.128912228491518])


def boxes_of_two_views():
    boxes = torch.zeros(2, 4, 1, 32, 32, dtype=torch.bool)
    boxes[0, 0, :, 4:20, 3:17] = boxes[0, 1, :, 0:9, 12:32] = True
    boxes[1, 1, :, 20:30, 2:14] = boxes[1, 2:, :, 8:24, 8:16] = True
    return boxes


def test_a_step_equals_that_of_the_released_code(monkeypatch):
    model, views = released_case()
    boxes, colors = iter(boxes_of_two_views()), iter(views[4:].chunk(2))
    model.views.recolor = lambda images: next(colors)
    model.views.cutmix = lambda *tensors, others: paste(tensors, [x.flip(0) for x in others], next(boxes))
    labels = integers(8, 4, 4, 32, 32)
    samples = [sample(labels=one[None]) for one in labels] + [
        sample((26 if i == 1 else 32, 32), labeled=False) for i in range(4)]
    data = SemiBatch.of(torch.cat([normal(9, 4, 3, 32, 32), views[:4]]), samples)
    losses, logits = supervised_losses(model, data.labeled, data.labeled_samples)
    with monkeypatch.context() as draws:
        draws.setattr(torch, 'randperm', lambda pairs: torch.tensor([2, 0, 3, 1]))
        draws.setattr(torch, 'randint', lambda high, size: integers(11, high, *size))
        losses.update(model.unlabeled_loss(data, logits, 1.))
    strong = losses['unsup.loss_strong_1'], losses['unsup.loss_strong_2']
    loss = (losses['decode.loss_ce'] + sum(strong)) / 2
    loss.backward()
    got = dict(strong=[2 * x.item() for x in strong], supervised=losses['decode.loss_ce'].item(), loss=loss.item(),
               gradients=projections(gradients(model)))
    model.teacher.step += 1000  # as in the released step
    optimizer = torch.optim.SGD([*model.backbone.parameters(), *model.decode_head.parameters()], lr=0.01)
    assert_as_released(model, optimizer, got, RELEASED)


@pytest.mark.parametrize('pairs, whole', [(1, 0), (4, 2), (5, 2)])
def test_each_view_of_some_pairs_keeps_the_channels_that_the_other_drops(pairs, whole):
    model = peer('UniMatchV2')
    maps = [torch.ones(2 * pairs, 40, 8, 8), torch.ones(2 * pairs, 40, 4, 4), torch.ones(2 * pairs, 64, 2, 2)]
    dropped = model.drop_channels(maps)
    first, second = dropped[0].chunk(2)
    assert (first + second == 2).all() and {*dropped[0].unique().tolist()} <= {0., 1., 2.}
    assert torch.equal(dropped[0][:, :, 0, 0], dropped[1][:, :, 0, 0])  # of as many channels
    stay = [(x[:pairs] == 1).flatten(1).all(1) for x in dropped]
    assert torch.equal(stay[0], stay[2]) and stay[0].sum() == whole
    tokens = model.drop_channels([(maps[0], torch.ones(2 * pairs, 40))])
    assert (tokens[0][1] == 1).all() and not (tokens[0][0] == 1).all()


def test_labels_are_the_teachers_on_the_weak_view_and_strong_views_leave_running_statistics_alone():
    model = peer('UniMatchV2')
    seen, teach = [], model.teacher.forward
    model.teacher.forward = lambda images: (seen.append(images), teach(images))[1]
    images, samples = batch()
    model.loss(images, samples)
    assert len(seen) == 1 and torch.equal(seen[0], images[2:])
    counts = {int(v) for k, v in model.state_dict().items() if k.endswith('num_batches_tracked') and 'teacher' not in k}
    assert counts == {1}  # the labeled images
    with pytest.raises(TypeError, match='eval_partner'):
        peer('UniMatchV2', eval_partner=True)


@pytest.fixture(scope='module')
def small_vit():
    """A ViT of timm of DINOv2's layout, a little one."""
    return timm.create_model('vit_small_patch14_dinov2', pretrained=False, depth=4, embed_dim=24, num_heads=2)


@pytest.fixture
def with_vit(repo_root, small_vit, tmp_path):
    """The model of the example in docs/peers.md on the little ViT, and the file of its weights."""
    path = tmp_path / 'vit.pth'
    torch.save(small_vit.state_dict(), path)
    code = re.search(r'```python\n(model = dict\(\s+type=\'UniMatchV2\'.*?)```', (
        repo_root / 'docs/peers.md').read_text(), re.S).group(1)
    cfg = Config.fromstring(code, '.py').model.to_dict()
    assert cfg['backbone']['model_name'] == 'vit_small_patch14_dinov2' and cfg['backbone']['pretrained']
    cfg['backbone'].update(depth=4, embed_dim=24, num_heads=2, pretrained_cfg_overlay=dict(file=str(path)))
    cfg['backbone']['out_indices'] = (0, 1, 2, 3)
    cfg['neck'].update(embed_dim=24)
    cfg['neck']['norm_cfg'] = cfg['decode_head']['norm_cfg'] = dict(type='BN')
    cfg['decode_head'].update(in_channels=[24] * 4, channels=8, num_classes=3)
    return lambda **backbone: peer('UniMatchV2', **copy.deepcopy(
        {key: cfg[key] | (backbone if key == 'backbone' else {}) for key in ('backbone', 'neck', 'decode_head')}))


def test_a_vit_with_weights_of_a_file_trains_predicts_and_resumes(with_vit, small_vit):
    model = with_vit()
    model.init_weights()
    inner = model.backbone.timm_model.model
    assert torch.equal(inner.blocks[3].mlp.fc1.weight, small_vit.blocks[3].mlp.fc1.weight)
    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=1e-3)
    model.parse_losses(model.loss(*batch()))[0].backward()
    assert not [key for key, p in model.named_parameters() if p.requires_grad and p.grad is None]
    optimizer.step()
    other = with_vit(pretrained=False)
    other.load_state_dict(model.state_dict())
    torch.manual_seed(0)
    images, samples = batch()
    results = []
    for one in (model, other):
        torch.manual_seed(1)
        results.append(one.loss(images, samples)['unsup.loss_strong_1'])
    assert torch.equal(*results)
    result, = model.eval().predict(torch.randn(1, 3, 45, 32))
    assert result.seg_logits.data.shape == (3, 45, 32)


@pytest.mark.parametrize('content', ['other', 'text', None])
def test_a_wrong_file_is_named(with_vit, tmp_path, content):
    path = tmp_path / 'wrong.pth'
    if content == 'other':
        torch.save(timm.create_model('vit_tiny_patch16_224', pretrained=False, depth=4).state_dict(), path)
    elif content:
        path.write_text(content)
    with pytest.raises(ValueError, match=r"overlay=dict\(file='.*wrong.pth'\).*vit_small_patch14_dinov2"):
        with_vit(pretrained_cfg_overlay=dict(file=str(path)))


def test_a_vit_is_exported_for_one_size(with_vit):
    network = DeployNetwork(with_vit().eval())
    images = 255 * torch.rand(3, 3, 45, 64)
    assert torch.allclose(trace(network, (45, 64)).module()(images), network(images), atol=1e-5)
