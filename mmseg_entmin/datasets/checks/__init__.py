# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
from .lists import check_list, check_lists, list_reader, list_stems
from .problem import Problem, refuse
from .report import coverage_lines, problem_lines, summary
from .run import Report, check_data
from .source import Source
from .survey import Surveyed, refuse_lists, survey

__all__ = [
    'Problem', 'Report', 'Source', 'Surveyed', 'check_data', 'check_list', 'check_lists', 'coverage_lines',
    'list_reader', 'list_stems', 'problem_lines', 'refuse', 'refuse_lists', 'summary', 'survey'
]
