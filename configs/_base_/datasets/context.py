# PASCAL-Context, 59 classes and background. tools/dataset_converters/pascal_context.py makes folders and lists.
# Pipelines and lists are those of VOC.
_base_ = './voc.py'
dataset_type = 'PascalContextDataset'
data_root = 'data/VOCdevkit/VOC2010'
masks = dict(seg_map_path='SegmentationClassContext')
train_dataloader = dict(dataset=dict(type=dataset_type, data_root=data_root, data_prefix=masks))
val_dataloader = dict(
    dataset=dict(
        type=dataset_type, data_root=data_root, ann_file='ImageSets/SegmentationContext/val.txt', data_prefix=masks))
test_dataloader = val_dataloader
