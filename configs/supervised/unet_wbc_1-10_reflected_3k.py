# The corners of turned labeled images are filled by reflection too, mask and all, in place of void.
_base_ = './unet_wbc_1-10_augmented_3k.py'
reflected = [dict(type='RandomRotateReflect', prob=1., degree=180) if step['type'] == 'RandomRotate' else step
             for step in _base_.labeled_pipeline]
train_dataloader = dict(dataset=dict(pipeline=reflected))
