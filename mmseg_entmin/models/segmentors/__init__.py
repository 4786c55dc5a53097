# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
from mmseg_entmin._moved import moved_names

from .advent import Advent
from .advsemiseg import AdvSemiSeg
from .augseg import AugSeg
from .bcp import BCP
from .class_refinement import ClassRefinement
from .cps import CPS
from .entmin import EntMin
from .entmin_consistency import EntMinConsistency
from .fixmatch import FixMatch
from .massl import MASSL
from .mean_teacher import MeanTeacher
from .pseudo_label import PseudoLabel
from .s4gan import S4GAN
from .semi_supervised_segmentor import SemiSupervisedSegmentor
from .semigan import SemiGAN
from .sharpening import Sharpening
from .transform_consistency import TransformConsistency
from .uamt import UAMT
from .unimatch import UniMatch
from .unimatch_v2 import UniMatchV2

__all__ = [
    'AdvSemiSeg', 'Advent', 'AugSeg', 'BCP', 'CPS', 'ClassRefinement', 'EntMin', 'EntMinConsistency', 'FixMatch',
    'MASSL', 'MeanTeacher', 'PseudoLabel', 'S4GAN', 'SemiGAN', 'SemiSupervisedSegmentor', 'Sharpening',
    'TransformConsistency', 'UAMT', 'UniMatch', 'UniMatchV2']

__getattr__ = moved_names(__name__)
