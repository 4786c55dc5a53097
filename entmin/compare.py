# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Find out whether the unlabeled images of a project help.

PROJECT is a folder that new-project wrote. Trains supervised and semi-supervised methods on folds of its masks,
compares them on the masks that were held out, and ends with one sentence, a table and a page, report.html in
PROJECT/compare. The plan is stored before the first run. Killed at any time, the same command goes on where it was.
"""
from argparse import BooleanOptionalAction
from pathlib import Path

from .parser import Parser

EPILOG = 'Exit status: 0; 1 for a mistake; 3 if a run failed, the others are done.'


def add_arguments(parser: Parser) -> None:
    parser.add_argument('project', metavar='PROJECT', type=Path, help='folder of the project')
    parser.add_argument('--methods', nargs='+', metavar='NAME',
                        help='methods beside the baseline: supervised, control (second head and unlabeled images, no '
                        'unsupervised loss), entmin, entmin_plus (with consistency), peers like unimatch or cps, or '
                        'config files of yours (default: supervised control entmin entmin_plus)')
    parser.add_argument('--baseline', choices=['double', 'supervised'], default='double',
                        help='what all are compared with: supervised training with twice the images a step, which '
                        'costs the same, or plain supervised training (default: %(default)s)')
    plan = parser.add_argument_group('plan')
    plan.add_argument('--budget', metavar='TIME',
                      help='time that all of it may take, like 2h, 45m or 1h30m: a few steps are measured, and folds, '
                      'seeds and iterations are chosen by it')
    plan.add_argument('--folds', type=int, metavar='N',
                      help='parts of the masks, each held out once (default: 5, or as many as there are masks or '
                      'groups)')
    plan.add_argument('--seeds', type=int, metavar='N', help='how often the masks are dealt and all is trained '
                      '(default: 2)')
    plan.add_argument('--iters', type=int, metavar='N', help="iterations of a run (default: the project's)")
    plan.add_argument('--groups', metavar='FILE_OR_PATTERN',
                      help='images that belong together, such as those of one patient, are never on both sides: a CSV '
                      "file of names and groups, a pattern like '{}_*', where {} is the group, or a regular "
                      'expression, as for new-project')
    plan.add_argument('--curve', action=BooleanOptionalAction, default=None,
                      help='train the baseline on a quarter and a half of the masks too: what more masks would bring '
                      '(default: with a budget, if it allows)')
    parser.add_argument('--out', type=Path, metavar='DIR', help='folder of the comparison (default: PROJECT/compare)')
    parser.add_argument('--jobs', type=int, metavar='N',
                        help='runs at a time (default: one a GPU, or without a GPU one a processor)')
    parser.add_argument('--plan-only', action='store_true', help='make, store and show the plan, and train nothing')
    parser.add_argument('--retry', action='store_true', help='train the runs that failed again')
    parser.add_argument('--force', action='store_true', help='delete a comparison that has another plan')
