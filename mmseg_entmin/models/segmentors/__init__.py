# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
from .advsemiseg import AdvSemiSeg
from .class_refinement import ClassRefinement
from .consistency_segmentor import ConsistencySegmentor
from .cps import CPS
from .entropy_minimization import EntropyMinimization
from .fixmatch import FixMatch
from .massl import MASSL
from .mean_teacher import MeanTeacher
from .pseudo_label import PseudoLabel
from .s4gan import S4GAN
from .semi_segmentor import SemiSegmentor
from .semi_supervised_segmentor import SemiSupervisedSegmentor
from .uamt import UAMT
from .unimatch import UniMatch

__all__ = [
    'AdvSemiSeg', 'CPS', 'ClassRefinement', 'ConsistencySegmentor', 'EntropyMinimization', 'FixMatch', 'MASSL',
    'MeanTeacher', 'PseudoLabel', 'S4GAN', 'SemiSegmentor', 'SemiSupervisedSegmentor', 'UAMT', 'UniMatch'
]
