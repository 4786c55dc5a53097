# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
from .class_refinement import ClassRefinement
from .consistency_segmentor import ConsistencySegmentor
from .semi_segmentor import SemiSegmentor

__all__ = ['ClassRefinement', 'ConsistencySegmentor', 'SemiSegmentor']
