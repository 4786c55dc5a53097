# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Classes pasted among labeled images: what lies where under which label, what stays as it is, and refusals."""
import pytest
import torch
from mmengine.structures import PixelData

from tests.synchronisation import NoSynchronisation
from tests.tiny import build, sample, unet_cfg

IGNORED = 255
PLAIN = dict(type='SegDataPreProcessor', mean=[100.] * 3, std=[50.] * 3, size=(32, 32))


def preprocessor(**options):
    return build(dict(PLAIN, type='ClassMixPreProcessor', **{'prob': 1., **options}))


def data_of(kinds='lllu', size=(32, 32), num_classes=3, seed=0) -> dict:
    """A batch as a loader gives it: image i has the value i everywhere; 'l' is labeled, and ignored at its left."""
    torch.manual_seed(seed)
    samples = [sample(size, num_classes=num_classes, labeled=kind == 'l') for kind in kinds]
    for one in samples:
        if 'gt_sem_seg' in one:
            one.gt_sem_seg.data[:, :, :4] = IGNORED
    return dict(inputs=[torch.full((3, *size), i, dtype=torch.uint8) for i in range(len(kinds))], data_samples=samples)


def maps_of(data) -> torch.Tensor:
    return torch.stack([one.gt_sem_seg.data[0] for one in data['data_samples'] if 'gt_sem_seg' in one])


def values_of(out) -> torch.Tensor:
    """Which image each pixel is of, (N, H, W)."""
    return (out['inputs'] * 50 + 100).round().int()[:, 0]


@pytest.mark.parametrize('kinds', ['lllu', 'ull', 'lulul'])
def test_half_of_the_classes_of_the_labeled_image_before_whole_and_under_their_labels(kinds):
    data = data_of(kinds, num_classes=4)
    before = maps_of(data).clone()
    out = preprocessor()(data, training=True)
    after, places = maps_of(out), [i for i, kind in enumerate(kinds) if kind == 'l']
    for i, place in enumerate(places):
        partner, values = places[i - 1], values_of(out)[place]
        pasted = values == partner
        drawn = before[i - 1][pasted].unique()
        assert len(drawn) == 2 and IGNORED not in drawn
        assert torch.equal(pasted, torch.isin(before[i - 1], drawn))
        assert (values[~pasted] == place).all()
        assert torch.equal(after[i], torch.where(pasted, before[i - 1], before[i]))


def test_unlabeled_images_and_tests_are_left_alone():
    plain, mixing = build(PLAIN), preprocessor()
    expected, out = plain(data_of(), training=True), mixing(data_of(), training=True)
    assert torch.equal(out['inputs'][3], expected['inputs'][3]) and 'gt_sem_seg' not in out['data_samples'][3]
    assert not torch.equal(out['inputs'][:3], expected['inputs'][:3])
    expected, out = plain(data_of('l')), mixing(data_of('l'))
    assert torch.equal(out['inputs'], expected['inputs']) and torch.equal(maps_of(out), maps_of(expected))


def test_one_labeled_image_stays_as_it_is():  # the last batch of an epoch; a config with one is refused
    expected, out = build(PLAIN)(data_of('lu'), training=True), preprocessor()(data_of('lu'), training=True)
    assert torch.equal(out['inputs'], expected['inputs']) and torch.equal(maps_of(out), maps_of(expected))


def test_probability_is_of_an_image_and_zero_is_mmsegs():
    expected, out = build(PLAIN)(data_of(), training=True), preprocessor(prob=0.)(data_of(), training=True)
    assert torch.equal(out['inputs'], expected['inputs']) and torch.equal(maps_of(out), maps_of(expected))
    half = preprocessor(prob=0.5)
    values = torch.stack([values_of(half(data_of('l' * 20, seed=seed), training=True)) for seed in range(20)])
    mixed = (values.flatten(2) != torch.arange(20)[:, None]).any(dim=2).float().mean()
    assert mixed.item() == pytest.approx(0.5, abs=0.08)


def test_the_samples_of_the_loader_keep_their_labels():
    data = data_of()
    before = [one.gt_sem_seg.data.clone() for one in data['data_samples'][:3]]
    preprocessor()(data, training=True)
    assert all(torch.equal(one.gt_sem_seg.data, old) for one, old in zip(data['data_samples'], before))


def test_padding_gets_pixels_and_gives_none():
    data = data_of('ll')
    data['inputs'][0] = data['inputs'][0][:, :, :20]
    data['data_samples'][0] = sample((32, 20))
    out = preprocessor(share=1.)(data, training=True)
    values, maps = values_of(out), maps_of(out)
    assert (values[0, :, 4:] == 1).all() and (maps[0, :, 20:] != IGNORED).all()
    assert (values[1, :, 20:] == 1).all() and (maps[1, :, 20:] != IGNORED).all()


@pytest.mark.parametrize('kind', ['EntMin', 'EntMinConsistency', 'EncoderDecoder'])
def test_a_config_of_any_method_takes_it(kind):
    cfg = dict(unet_cfg(data_preprocessor=dict(PLAIN, type='ClassMixPreProcessor')), type=kind)
    if kind == 'EncoderDecoder':
        cfg['decode_head'] = cfg['decode_head']['head']
        del cfg['cls_head']
    model = build(cfg).train()
    data = model.data_preprocessor(data_of('ll' if kind == 'EncoderDecoder' else 'lluu'), True)
    loss, _ = model.parse_losses(model(**data, mode='loss'))
    loss.backward()
    assert loss.isfinite()


def test_the_host_does_not_wait_for_the_device():
    mixing = preprocessor()
    data = build(PLAIN)(data_of(), training=True)
    with NoSynchronisation():
        mixing.mix_labeled(data['inputs'], data['data_samples'])


def test_what_cannot_be_mixed_is_refused():
    data = data_of('ll')
    for one in data['data_samples']:
        one.gt_edge_map = PixelData(data=torch.zeros(1, 32, 32, dtype=torch.uint8))
    with pytest.raises(ValueError, match='have a gt_edge_map too'):
        preprocessor()(data, training=True)
    with pytest.raises(ValueError, match='ClassMixPreProcessor: share=0, must be'):
        preprocessor(share=0)
