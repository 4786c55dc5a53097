# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Options of the command line: what is read of them, and which are refused."""
import pytest
from mmengine.config import Config

import mmseg_entmin  # noqa: F401  registers the components
from mmseg_entmin.config.cfg_options import apply_options, parse_options
from mmseg_entmin.models.segmentors.entmin import PAPER_LOSSES


def test_blanks_inside_a_text_are_kept():
    found = parse_options(['load_from=w d/x.pth', 'a=[1, 2 ,(3, b c)]', 'b="[x, y]"', 'c= 3', 'd=None', 'e=[]',
                           'f="in quotes"'])
    assert found == dict(load_from='w d/x.pth', a=[1, 2, (3, 'b c')], b=['x', 'y'], c=3, d=None, e=[], f='in quotes')


@pytest.mark.parametrize('key, message', [
    ('seed', r'--cfg-options seed=3: nothing reads seed; set randomness.seed \(--seed\)'),
    ('data_root', 'nothing reads data_root; the file has used its variables already; set --data-root'),
    ('crop_size', 'the file has used its variables already; set the keys that its value went into'),
    ('modl.depth', r'modl.depth=3: nothing reads modl; did you mean model\?'),
])
def test_what_nothing_reads_is_refused(key, message):
    with pytest.raises(ValueError, match=message):
        apply_options(Config(dict(model=dict(depth=1), data_root='a', crop_size=(2, 2))), {key: 3})


def test_what_the_runner_and_this_package_read_is_set():
    cfg = Config(dict(model=dict(depth=1)))
    apply_options(cfg, {'model.depth': 2, 'cache_mib': 5, 'compile': True, 'check_data': 'off', 'load_from': 'a.pth'})
    assert (cfg.model.depth, cfg.cache_mib, cfg.compile, cfg.load_from) == (2, 5, True, 'a.pth')
    apply_options(cfg, {})


def applied(*pairs: str, **parts) -> Config:
    """A config of one of each kind of value, after the options."""
    cfg = Config(dict(dict(
        model=dict(type='EntMin', decode_head=dict(loss_decode=dict(type='CrossEntropyLoss', avg_non_ignore=True)),
                   data_preprocessor=dict(mean=(1., 2., 3.))),
        param_scheduler=[dict(type='LinearLR', end=2), dict(type='PolyLR', end=9)],
        optim_wrapper=dict(optimizer=dict(type='SGD', lr=.1, momentum=.9))), **parts))
    apply_options(cfg, parse_options(pairs))
    return cfg


@pytest.mark.parametrize('text', [
    "[dict(type='EntropyLoss', loss_weight=2.0)]", '[dict(type=EntropyLoss,loss_weight=2.)]',
    "[{'type': 'EntropyLoss', 'loss_weight': 2}]", '[{type: EntropyLoss, loss_weight: 2.0}]'])
def test_a_list_of_dicts_is_read_as_in_python(text):
    assert applied(f'model.unsupervised_losses={text}').model.unsupervised_losses == [
        dict(type='EntropyLoss', loss_weight=2.)]


def test_an_entry_of_a_list_that_only_the_code_has():
    losses = applied('model.unsupervised_losses.0.loss_weight=2.0').model.unsupervised_losses
    assert losses == (dict(PAPER_LOSSES[0], loss_weight=2.), *PAPER_LOSSES[1:])
    assert 'loss_weight' not in PAPER_LOSSES[0]
    longer = applied('model.unsupervised_losses.3.type=EntropyLoss').model.unsupervised_losses
    assert longer == (*PAPER_LOSSES, dict(type='EntropyLoss'))


def test_entries_of_lists_tuples_and_of_what_is_not_there():
    cfg = applied('param_scheduler.1.end=5', 'model.data_preprocessor.mean.2=4.', 'custom_hooks.0.type=EMAHook',
                  'custom_hooks.1.type=StuckShareHook', 'model.ramp_up.iters=3', 'default_hooks.logger.interval=7')
    assert [node.end for node in cfg.param_scheduler] == [2, 5] and cfg.model.data_preprocessor.mean == (1., 2., 4.)
    assert cfg.custom_hooks == [dict(type='EMAHook'), dict(type='StuckShareHook')]
    assert cfg.model.ramp_up == dict(iters=3)
    assert cfg.default_hooks.logger == dict(type='LoggerHook', interval=7) and 'checkpoint' in cfg.default_hooks


def test_one_component_in_place_of_a_list_and_the_other_way_round():
    cfg = applied('model.decode_head.loss_decode.0.loss_weight=.5', 'param_scheduler.end=4',
                  param_scheduler=[dict(type='PolyLR', end=9)])
    assert cfg.model.decode_head.loss_decode == dict(type='CrossEntropyLoss', avg_non_ignore=True, loss_weight=.5)
    assert cfg.param_scheduler == [dict(type='PolyLR', end=4)]


def test_a_component_for_a_list_becomes_its_only_entry():
    cfg = applied('custom_hooks=dict(type=EMAHook)', 'model.unsupervised_losses=dict(type=EntropyLoss)',
                  'param_scheduler=dict(type=PolyLR)')
    assert cfg.custom_hooks == [dict(type='EMAHook')] and cfg.param_scheduler == [dict(type='PolyLR')]
    assert cfg.model.unsupervised_losses == [dict(type='EntropyLoss')]


def test_a_dict_with_a_type_replaces_and_another_one_is_merged():
    assert applied("optim_wrapper.optimizer=dict(type='Adam', lr=1e-3)").optim_wrapper.optimizer == dict(
        type='Adam', lr=1e-3)
    assert applied('optim_wrapper.optimizer=dict(lr=1)').optim_wrapper.optimizer == dict(type='SGD', lr=1, momentum=.9)


def test_none_is_a_value_or_the_default_of_mmengine():
    cfg = applied('model.decode_head=None', 'randomness=None', 'env_cfg=None', 'default_hooks.visualization=None',
                  randomness=dict(seed=3))
    assert cfg.model.decode_head is None and 'randomness' not in cfg and 'env_cfg' not in cfg
    assert cfg.default_hooks.visualization is None


@pytest.mark.parametrize('pair, line', [
    ('param_scheduler.4.end=3', 'param_scheduler is a list with 2 entries, numbered from 0; 2 adds one'),
    ('param_scheduler.end=3', 'param_scheduler is a list with 2 entries'),
    ('custom_hooks.1.type=EMAHook', 'custom_hooks is a list with 0 entries'),
    ('model.type.depth=3', "model.type is 'EntMin', which has no entries; set model.type itself"),
    ('model.data_preprocessor.mean.0.x=3', 'model.data_preprocessor.mean.0 is 1.0, which has no entries'),
    ('optim_wrapper.2.lr=3', 'optim_wrapper is no list; its keys are optimizer'),
    ('custom_hooks=EMAHook', 'custom_hooks is a dict or a list of dicts'), ('randomness=3', 'randomness is a dict'),
    ('model.unsupervised_losses=EntropyLoss', 'model.unsupervised_losses is a list of dicts; write'),
    ('param_scheduler=5', 'param_scheduler is a dict or a list of dicts; set its keys'),
    ('model=dict(type=3', 'this is no value of Python; write a dict as in model="dict('),
])
def test_a_key_that_leads_nowhere_is_one_line(pair, line):
    with pytest.raises(ValueError) as caught:
        applied(pair)
    assert str(caught.value).startswith(f"--cfg-options {pair.split('=')[0]}=") and line in str(caught.value)
