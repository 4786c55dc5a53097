# The classification loss counts whole, as in Eq. 2. Table 1's rows are variants of it.
_base_ = '../deeplabv2_camvid_1-8.py'
model = dict(cls_head=dict(loss_weight=1.))
