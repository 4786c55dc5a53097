# DeepLabv3+ of mmseg's model zoo, on VOC.
# `mmseg::` is known once mmseg_entmin is imported, which the tools do.
_base_ = [
    'mmseg::_base_/models/deeplabv3plus_r50-d8.py', '../_base_/datasets/voc.py', '../_base_/schedules/sgd_40k.py',
    '../_base_/default_runtime.py'
]
model = dict(
    data_preprocessor=dict(size=(321, 321)),
    decode_head=dict(num_classes=21, loss_decode=dict(avg_non_ignore=True)),
    auxiliary_head=dict(num_classes=21, loss_decode=dict(avg_non_ignore=True)))
