# DeepLabv2 as in AdvSemiSeg, s4GAN and the paper: ResNet-101 of output stride 8, and the sum of four dilated
# convolutions. Where released code and papers differ:
# - All four branches of the head are summed (the released code returns after two).
# - The affine parameters of batch norms are frozen and their running statistics updated, as in the released code.
# - The ImageNet weights are those of torchvision, as in s4GAN, hence style='pytorch', with the normalization of their
#   training (s4GAN does not divide the images by std).
# - The max-pool has no ceil_mode: 321 pixels give maps of 41, as in the released code.
data_preprocessor = dict(
    type='SegDataPreProcessor', mean=[123.675, 116.28, 103.53], std=[58.395, 57.12, 57.375], bgr_to_rgb=True,
    pad_val=0, seg_pad_val=255, size=(321, 321))
model = dict(
    type='EncoderDecoder',
    data_preprocessor=data_preprocessor,
    backbone=dict(
        type='ResNet', depth=101, num_stages=4, out_indices=(0, 1, 2, 3), dilations=(1, 1, 2, 4), strides=(1, 2, 1, 1),
        norm_cfg=dict(type='BN', requires_grad=False), norm_eval=False, style='pytorch',
        init_cfg=dict(type='Pretrained', checkpoint='torchvision://resnet101')),
    decode_head=dict(
        type='DeepLabV2Head', in_channels=2048, in_index=3, num_classes=21, align_corners=True,
        loss_decode=dict(type='CrossEntropyLoss', avg_non_ignore=True)),
    train_cfg=dict(),
    test_cfg=dict(mode='whole'))
