# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
from .lists import check_list, check_lists, list_reader, list_stems
from .look_through import Report, check_data
from .problem import Problem, problem_lines, refuse
from .source import Source
from .survey import Surveyed, refuse_lists, survey

__all__ = ['Problem', 'Report', 'Source', 'Surveyed', 'check_data', 'check_list', 'check_lists', 'list_reader',
           'list_stems', 'problem_lines', 'refuse', 'refuse_lists', 'survey']
