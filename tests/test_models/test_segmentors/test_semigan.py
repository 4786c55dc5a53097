# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Equality with released code, the terms by hand, and the form for weak labels."""
import pytest
import torch
import torch.nn.functional as F

from mmseg_entmin.models.segmentors.semi_supervised_segmentor import supervised_losses
from mmseg_entmin.models.segmentors.semigan import real_loss
from mmseg_entmin.models.semi_batch import SemiBatch
from tests.peers import peer, supervised_cfg
from tests.released import fill, gradients, integers, normal, projections
from tests.tiny import batch, sample

# The paper has no public code. A step of train_one_epoch in pytorch/agents/normal_gan.py of FewShot_GAN-Unet3D (Mondal
# et al. 2018, the same losses on volumes), revision 69b4326, on these networks, which did not change between the two
# halves of the step.
RELEASED = dict(supervised=1.6510259600523198, real=0.083074016086643, fake=0.9740232623278089,
                generator=0.08181481928047596, segmentor_gradients=[6.602661698188597, 1.8272972380785648],
                generator_gradients=[-0.04210004630801529])


def test_a_step_equals_that_of_released_code():
    model = peer('SemiGAN', num_classes=4).eval()
    fill(model.backbone, 0), fill(model.decode_head, 1), fill(model.generator, 2)
    noise = normal(5, 4, 8)[:, :, None, None]
    model.generate = lambda images, classes: model.generator.layers(noise)
    labels = integers(8, 4, 4, 32, 48)
    labels[0, :6] = 255
    samples = [sample((32, 48), labels=one[None]) for one in labels] + [sample((32, 48), labeled=False)] * 4
    images = torch.cat([normal(9, 4, 3, 32, 48), normal(7, 4, 3, 32, 48).float().double()])
    data = SemiBatch.of(images, samples)
    losses, logits = supervised_losses(model, data.labeled, data.labeled_samples)
    losses.update(model.unlabeled_loss(data, logits, 1.))
    generator = losses['generator.loss'] / 2  # a factor that Adam does not see
    (losses['decode.loss_ce'] + losses['unsup.loss_real'] + losses['unsup.loss_fake'] + generator).backward()
    got = dict(
        supervised=losses['decode.loss_ce'].item(), real=losses['unsup.loss_real'].item(),
        fake=losses['unsup.loss_fake'].item(), generator=generator.item(),
        segmentor_gradients=projections(gradients(model)),
        generator_gradients=projections(gradients(model), ('generator', )))
    for key, value in got.items():
        assert value == pytest.approx(RELEASED[key], rel=1e-7), key


def test_fake_is_a_class_more_with_logit_zero():
    logits, valid = torch.randn(2, 3, 4, 5), torch.rand(2, 1, 4, 5) < 0.5
    probs = torch.cat([logits, torch.zeros(2, 1, 4, 5)], dim=1).softmax(dim=1)
    expected = -(1 - probs[:, 3:]).log()[valid].mean()
    assert real_loss(logits, valid=valid).item() == pytest.approx(expected.item(), rel=1e-5)
    expected = -(probs[0, [0, 2]].sum(0).log() + probs[1, 1].log()).mean() / 2
    assert real_loss(logits, torch.tensor([[1, 0, 1], [0, 1, 0]])).item() == pytest.approx(expected.item(), rel=1e-5)
    assert torch.allclose(real_loss(logits, torch.ones(2, 3), valid), real_loss(logits, valid=valid))


def test_the_log_has_the_probability_of_being_fake():
    model = peer('SemiGAN').eval()
    made = torch.rand(2, 3, 32, 32)
    model.generate = lambda images, classes: made
    images, samples = batch()
    losses = model.loss(images, samples)
    for key, x in (('unlabeled', images[2:]), ('generated', made)):
        probs = F.pad(model.segment(x), (0, 0, 0, 0, 0, 1)).softmax(dim=1)
        assert torch.allclose(losses[f'unsup.fake_{key}'], probs[:, 3].mean())


def test_generated_images_have_the_range_of_the_unlabeled_ones_and_leave_the_running_statistics_alone():
    model = peer('SemiGAN')
    images = torch.randn(2, 3, 40, 48) * torch.tensor([1., 5., 9.])[:, None, None]
    ends = torch.tensor([-1., 1.]).repeat(16).expand(2, 3, 32, 32)
    model.generator.forward = lambda classes: ends
    made = model.generate(images, None)
    for place, extreme in enumerate((torch.amin, torch.amax)):
        assert torch.allclose(made[:, :, :, place::2], extreme(images, dim=(0, 2, 3))[:, None, None], atol=1e-5)
    model = peer('SemiGAN')
    model.loss(*batch())
    counts = {key.split('.')[0]: int(v) for key, v in model.state_dict().items() if 'num_batches_tracked' in key}
    assert counts == dict(backbone=2, generator=1)


def test_the_segmentor_and_the_generator_learn_against_each_other():
    model = peer('SemiGAN')
    images, samples = batch()
    with torch.no_grad():
        before = model.loss(images, samples)['unsup.fake_generated']
    optimizer = torch.optim.Adam(model.generator.parameters(), lr=1e-2)
    for _ in range(20):
        optimizer.zero_grad()
        model.loss(images, samples)['generator.loss'].backward()
        optimizer.step()
    with torch.no_grad():
        after = model.loss(images, samples)['unsup.fake_generated']
    assert after < before - 0.01


def weak_batch(classes=((0, 2), (1, ))):
    images, samples = batch()
    for one, shown in zip(samples[2:], classes):
        one.set_metainfo(dict(image_classes=list(shown)))
    return images, samples


def test_weak_labels_are_the_generators_input_and_the_classes_that_count_as_real():
    model = peer('SemiGAN', weak_labels=True).eval()
    images, samples = weak_batch()
    seen = []
    model.generate = lambda images, classes: (seen.append(classes), images)[1]
    losses = model.loss(images, samples)
    assert seen[0].tolist() == [[1, 0, 1], [0, 1, 0]]
    expected = real_loss(model.segment(images[2:]), seen[0])
    assert torch.allclose(losses['unsup.loss_real'], expected / 2)
    assert torch.allclose(losses['generator.loss'], expected)
    model = peer('SemiGAN', weak_labels=True)
    model.parse_losses(model.loss(images, samples))[0].backward()
    assert model.generator.layers[0].weight.grad[-3:].abs().sum(dim=(1, 2, 3)).gt(0).all()


def test_what_cannot_be_is_refused():
    with pytest.raises(ValueError, match='SemiGAN: weak_labels=True, and the unlabeled image .* has no image_classes'):
        peer('SemiGAN', weak_labels=True).loss(*batch())
    with pytest.raises(ValueError, match='SemiGAN: with_cp=True, .*where the loss of the generator would train'):
        peer('SemiGAN', backbone=dict(supervised_cfg()['backbone'], with_cp=True))
