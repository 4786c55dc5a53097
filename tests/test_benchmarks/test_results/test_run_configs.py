# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""A run's config is a file, or a file and the overrides of the table of variants."""
import pytest
from mmengine.config import Config

from benchmarks.results.run_configs import BASES, config_of, exists, load, main, resolve, run_ids
from benchmarks.results.variants import VARIANTS


def test_run_ids_are_unique_and_every_base_is_a_file():
    assert len(run_ids()) == len(set(run_ids())) > 200
    assert {*BASES} <= {*run_ids()}
    assert all(exists(base) for base in VARIANTS)
    assert sum(map(len, VARIANTS.values())) == len(BASES)  # no run id twice


def test_a_run_of_a_file_and_of_a_folder_with_another_name():
    assert config_of('supervised/unet_wbc_1-10') == 'supervised/unet_wbc_1-10'
    assert config_of('entropy/unet_wbc_1-10') == 'advent/unet_wbc_1-10'
    assert load('entropy/unet_wbc_1-10').model.type == 'Advent'
    assert load('entropy/unet_wbc_1-10').filename.endswith('configs/advent/unet_wbc_1-10.py')


def test_a_variant_differs_from_its_base_by_its_overrides_alone():
    base, variant = load('entmin/unet_wbc_1-10'), load('entmin/ablation/unet_wbc_1-10_lambda-5')
    assert variant.model.unsup_weight == 5. and variant.model.ramp_up == dict(iters=200)
    base.merge_from_dict({
        'model.unsup_weight': 5., 'model.ramp_up': dict(iters=200), 'model.running_statistics': 'both',
        'train_dataloader.dataset.unlabeled.pipeline': base.black_corners_pipeline})
    assert base.to_dict() == variant.to_dict()


def test_every_variant_changes_something():
    assert not [run for run in BASES if load(run).to_dict() == load(config_of(run)).to_dict()]


def test_what_is_loaded_is_the_callers_own():
    load('entmin/unet_wbc_1-10').model.type = 'changed'
    variant = load('entmin/ablation/unet_wbc_1-10_paper')
    variant.train_dataloader.dataset.labeled.pipeline.clear()
    variant.plain_labeled_pipeline.clear()
    assert load('entmin/unet_wbc_1-10').model.type == 'EntMin'
    assert load('entmin/ablation/unet_wbc_1-10_paper').train_dataloader.dataset.labeled.pipeline


def test_variables_of_the_base_are_put_in():
    cfg = Config(dict(steps=[1, 2], size=(3, 4), name='x'))
    assert resolve({'a': '$steps', 'b': [0, '$steps', {'c': '$size'}, '$size'], 'd': 'steps'}, cfg) == {
        'a': [1, 2], 'b': [0, 1, 2, {'c': (3, 4)}, (3, 4)], 'd': 'steps'}


def test_an_unknown_run_is_named():
    assert not exists('entmin/unet_wbc_1-7')
    with pytest.raises(ValueError, match="run 'entmin/unet_wbc_1-7': .*/entmin/unet_wbc_1-7.py does not exist, and "):
        load('entmin/unet_wbc_1-7')


def test_a_run_is_listed_shown_and_written(tmp_path, capsys):
    main([])
    assert capsys.readouterr().out.splitlines() == run_ids()
    main(['entmin/ablation/unet_wbc_1-10_sigmoid'])
    text = capsys.readouterr().out
    assert 'configs/entmin/unet_wbc_1-10.py\n' in text and "model.cls_head.activation = 'sigmoid'\n" in text
    main(['entmin/ablation/unet_wbc_1-10_sigmoid', str(tmp_path / 'sigmoid.py')])
    written = Config.fromfile(tmp_path / 'sigmoid.py')
    assert written.to_dict() == load('entmin/ablation/unet_wbc_1-10_sigmoid').to_dict()
