# U-Net from scratch, without pretrained weights, as in the paper's experiments on blood cells.
data_preprocessor = dict(
    type='SegDataPreProcessor', mean=[123.675, 116.28, 103.53], std=[58.395, 57.12, 57.375], bgr_to_rgb=True,
    pad_val=0, seg_pad_val=255, size_divisor=16, test_cfg=dict(size_divisor=16))
model = dict(
    type='EncoderDecoder',
    data_preprocessor=data_preprocessor,
    backbone=dict(type='UNet', in_channels=3, base_channels=64, norm_cfg=dict(type='BN')),
    # The head is the last 1x1 convolution of U-Net. init_cfg=None keeps PyTorch's initialization. With mmseg's, a
    # standard deviation of 0.01, a narrow U-Net has logits near 0 for hundreds of iterations.
    decode_head=dict(
        type='FCNHead', in_channels=64, in_index=4, channels=64, num_convs=0, concat_input=False, dropout_ratio=0,
        num_classes=3, align_corners=False, init_cfg=None,
        loss_decode=dict(type='CrossEntropyLoss', avg_non_ignore=True)),
    train_cfg=dict(),
    test_cfg=dict(mode='whole'))
