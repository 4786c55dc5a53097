# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
from .cases import Case, CollectCases, image_name, images_by_gain
from .charts import accuracy_bars, accuracy_cost, grouped_bars
from .outcomes import OUTCOMES, outcome_map
from .panels import draw_panels, panels_figure

__all__ = [
    'Case', 'CollectCases', 'OUTCOMES', 'accuracy_bars', 'accuracy_cost', 'draw_panels', 'grouped_bars',
    'image_name', 'images_by_gain', 'outcome_map', 'panels_figure'
]
