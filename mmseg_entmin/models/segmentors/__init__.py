# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
from .class_refinement import ClassRefinement
from .semi_segmentor import SemiSegmentor

__all__ = ['ClassRefinement', 'SemiSegmentor']
