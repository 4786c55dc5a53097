# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The lists and classes of the small project that the fixture ``cells`` makes."""
CLASSES = ['background', 'square', 'disc']
LABELED, VAL = ['002', '003', '004', '006'], ['001', '005']
UNLABELED = ['007', '008', '009', '010', '011', '012', '013', '014', '015', '016']
