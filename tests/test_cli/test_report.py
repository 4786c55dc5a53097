# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The report as a user makes it, opened in a browser without a screen."""
import errno
import json
import os
import runpy
from unittest.mock import Mock

import pytest

from entmin.command_line import main
from tests.work_dirs import make_config, make_work_dir  # noqa: F401  fixtures


@pytest.fixture
def tool():
    return lambda argv: main(['report', *argv])


@pytest.fixture
def page(tool, make_work_dir, tiny_dataset, tmp_path, capsys):  # noqa: F811
    """A report on mmseg's own network, two seeds of the method, one of them interrupted, and a long name."""
    work_dirs = [make_work_dir('supervised', data_root='absent'), make_work_dir('x' * 60, 'EntMinConsistency'),
                 *(make_work_dir(f'ours_seed{seed}', 'EntMin', seed, done=40 - 20 * seed) for seed in (0, 1))]
    out = tmp_path / 'new' / 'report.html'
    tool([*map(str, work_dirs), '--data-root', str(tiny_dataset), '--out', str(out), '--device', 'cpu'])
    shown = capsys.readouterr()
    assert shown.out.strip().endswith(str(out)) and 'missing: ours_seed1 was interrupted' in shown.err
    return out


def requests(browser) -> list:
    """Addresses that the page asked for."""
    messages = [json.loads(entry['message'])['message'] for entry in browser.get_log('performance')]
    return [message['params']['request']['url'] for message in messages
            if message['method'] == 'Network.requestWillBeSent']


def check_layout(browser, width: int) -> None:
    """Nothing is wider than the screen, and all pictures and charts are there."""
    browser.execute_cdp_cmd('Emulation.setDeviceMetricsOverride', dict(
        width=width, height=800, deviceScaleFactor=1, mobile=width < 500))
    browser.execute_script("document.querySelectorAll('details').forEach(part => part.open = true)")
    assert browser.execute_script('return [innerWidth, document.documentElement.scrollWidth <= innerWidth]') == [
        width, True]
    wide = browser.execute_script("""return [...document.querySelectorAll('body *')]
        .filter(e => e.getBoundingClientRect().right > innerWidth + 1 && !e.closest('thead'))
        .map(e => e.outerHTML.slice(0, 80))""")
    assert wide == [], 'nor is cut off'
    pictures = browser.execute_script('return [...document.images].map(i => [i.complete, i.naturalWidth, i.alt])')
    assert len(pictures) == 4 * (2 + 3 * 3) and all(done and size and alt for done, size, alt in pictures)
    charts = browser.execute_script(
        "return [...document.querySelectorAll('.charts svg')].map(e => e.getBoundingClientRect().width)")
    assert charts and min(charts) > 250


def check_colors(browser, scheme: str) -> None:
    """Text stands out from the background, and charts have its colour."""
    browser.execute_cdp_cmd('Emulation.setEmulatedMedia', dict(
        features=[dict(name='prefers-color-scheme', value=scheme)]))
    colors = browser.execute_script("""
        const style = getComputedStyle(document.body), axis = document.querySelector('.charts svg text');
        return [style.backgroundColor, style.color, getComputedStyle(axis).fill]""")
    background, text, chart = (sum(map(int, color[4:-1].split(', '))) for color in colors)
    assert chart == text
    assert (background - text if scheme == 'light' else text - background) > 400


def test_the_page_in_a_browser(page, browser):
    requests(browser)  # those of earlier pages
    browser.get_log('browser')
    browser.get(page.as_uri())
    for width in (390, 1280):
        check_layout(browser, width)
    for scheme in ('light', 'dark'):
        check_colors(browser, scheme)
    names = browser.execute_script("return [...document.querySelectorAll('h2')].map(e => e.textContent)")
    assert names == ['What is missing', 'Metrics', 'Curves', 'Predictions', 'Uncertainty', 'Cost',
                     'Settings and environment']
    assert browser.get_log('browser') == [], 'no errors'
    schemes = {address.split(':')[0] for address in requests(browser)} - {'chrome'}  # the browser's own pages
    assert schemes == {'file', 'data'}, 'no network'


def test_mistakes(tool, tmp_path):
    with pytest.raises(SystemExit, match='does not exist'):
        tool([str(tmp_path / 'absent')])
    with pytest.raises(SystemExit, match="--data-root '.*absent' is not a folder"):
        tool([str(tmp_path), '--data-root', str(tmp_path / 'absent')])
    with pytest.raises(SystemExit, match="--out '.*' is a folder; name the page to write"):
        tool([str(tmp_path), '--out', str(tmp_path)])


def test_a_full_disk_leaves_the_page_as_it_was(tool, make_work_dir, tmp_path, monkeypatch):  # noqa: F811
    page = tmp_path / 'report.html'
    page.write_text('of yesterday')
    monkeypatch.setattr(os, 'fsync', Mock(side_effect=OSError(errno.ENOSPC, 'No space left on device')))
    with pytest.raises(SystemExit, match="No space left on device: '.*report.html'"):
        tool([str(make_work_dir('mine')), '--no-test', '--out', str(page)])
    assert page.read_text() == 'of yesterday'


def test_usage_errors_are_one_line(repo_root, tmp_path, monkeypatch):
    monkeypatch.setattr('sys.argv', ['report.py', str(tmp_path)])
    with pytest.raises(SystemExit, match="error: '.*' is no work dir of a training"):
        runpy.run_path(str(repo_root / 'tools' / 'report.py'), run_name='__main__')
