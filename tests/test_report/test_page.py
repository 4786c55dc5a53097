# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""What the page shows, and what it says it cannot show."""
import re
from html.parser import HTMLParser

import pytest

from mmseg_entmin.report import make_report


class Page(HTMLParser):
    """Headings, ids and images of a page; every element must be closed by its own end."""

    VOID = ('meta', 'link', 'img', 'br')

    def __init__(self, text):
        super().__init__()
        self.open, self.headings, self.ids, self.images = [], [], [], []
        self.feed(text)
        assert not self.open

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        if tag not in self.VOID:
            self.open.append(tag)
        if 'id' in attrs:
            self.ids.append(attrs['id'])
        if tag == 'img':
            self.images.append(attrs)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and re.fullmatch('h[1-4]', self.open[-1]) and data.strip():
            self.headings.append((self.open[-1], data.strip()))


def test_two_runs_with_data(make_work_dir):
    report = make_report([make_work_dir('base'), make_work_dir('ours', 'EntMin')], device='cpu')
    text = report.html()
    page = Page(text)
    assert report.missing == []
    assert [name for tag, name in page.headings if tag in ('h1', 'h2')] == [
        'base, ours', 'Metrics', 'Curves', 'Predictions', 'Uncertainty', 'Cost', 'Settings and environment']
    assert len(page.ids) == len(set(page.ids))
    assert len(page.images) == 4 * (2 + 2 * 3)  # 4 test images, each shown once
    assert all(image['alt'] and image['src'].startswith('data:') for image in page.images)
    assert not re.search(r'(?:src|href)="(?!data:|#)|@import|<script', text), 'nothing is loaded'
    assert 'not picked by hand' in text.lower() and 'loss, ' not in report.missing


def test_boundaries_are_asked_for(make_work_dir):
    report = make_report([make_work_dir('base'), make_work_dir('ours', 'EntMin')], device='cpu', boundaries=3.)
    text = report.html()
    assert '<h2 id="boundaries">' in text and 'F1 of the boundary within 3 pixels' in text
    (_, first), (_, second) = report.evaluations
    assert len(first.boundaries.results) == len(second.boundaries.results) == 4 and first.boundaries.tolerance == 3


def test_a_class_that_is_never_predicted_is_named_at_the_top(make_work_dir):
    work_dir = make_work_dir('base')
    assert 'never predicted' not in make_report([work_dir], test=False).html()
    log = next(work_dir.glob('*/*.log'))
    log.write_text(log.read_text() + '2026/01/01 00:00:02 - mmengine - WARNING - disc is never predicted (share of\n')
    text = make_report([work_dir], test=False).html()
    assert text.index('disc is never predicted by base (last validation)') < text.index('id="metrics"')


def test_an_interrupted_run_without_data(make_work_dir):
    report = make_report([make_work_dir('base', done=20, data_root='absent')], device='cpu')
    page = Page(report.html())
    assert [name for tag, name in page.headings if tag == 'h2'] == [
        'What is missing', 'Metrics', 'Curves', 'Cost', 'Settings and environment']
    interrupted, predictions, advice = report.missing
    assert interrupted.startswith('base was interrupted, or still runs: 20 of 40 iterations are done')
    assert predictions.startswith('Predictions and calibration of base: ') and 'absent' in predictions
    assert '--data-root DIR' in advice


def test_without_anything_logged(make_work_dir):
    work_dir = make_work_dir('base', checkpoint=False)
    next(work_dir.glob('*/vis_data/scalars.json')).unlink()
    report = make_report([work_dir])
    Page(report.html())
    assert [text.split(':')[0] for text in report.missing[1:]] == [
        'Curves and cost of base', 'Metrics of base', 'Predictions and calibration of base',
        'To show predictions, give the folder of the data']


def test_no_test(make_work_dir):
    report = make_report([make_work_dir('base')], test=False)
    assert report.evaluations == [] and report.missing == [
        'Predictions and calibration: the networks were not tested (--no-test).']


def test_curves(make_work_dir):
    main, more = make_report([make_work_dir('base')], test=False).curves()
    assert [chart.title for chart in main] == ['loss', 'mIoU, validation', 'learning rate', 'decode.loss_ce']
    assert [chart.title for chart in more] == ['accuracy, validation', 'IoU.disc, validation']


def test_names_are_escaped(make_work_dir):
    work_dir = make_work_dir('a<b>&c')
    assert 'a&lt;b&gt;&amp;c' in make_report([work_dir], test=False).html()


def test_modules_that_are_not_there(make_work_dir):
    work_dir = make_work_dir('base')
    config = next(work_dir.glob('*/vis_data/config.py'))
    config.write_text(config.read_text().replace("['mmseg_entmin']", "['absent_pkg']"))
    report = make_report([work_dir], device='cpu')
    Page(report.html())
    assert report.missing[0] == 'Predictions and calibration of base: ImportError: Failed to import absent_pkg'


@pytest.mark.parametrize('error, reason', [
    (RuntimeError('CUDA\nout of memory'), 'RuntimeError: CUDA out of memory'),
    (KeyError('seg_map_path'), "KeyError: 'seg_map_path'"),
    (SystemExit(2), 'SystemExit: 2'),
    (FileNotFoundError("'gone' is not a folder"), "'gone' is not a folder"),
    (ValueError('no class'), 'no class'),
])
def test_a_test_that_fails_is_no_reason_for_no_page(make_work_dir, monkeypatch, error, reason):
    def fail(*args):
        raise error
    monkeypatch.setattr('mmseg_entmin.report.page.evaluate', fail)
    report = make_report([make_work_dir('base')])
    Page(report.html())
    assert report.missing[0] == f'Predictions and calibration of base: {reason}'


def test_what_is_no_work_dir(tmp_path):
    with pytest.raises(FileNotFoundError, match='no work dir of a training'):
        make_report([tmp_path])
