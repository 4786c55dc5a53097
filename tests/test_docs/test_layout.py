# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The site in a browser, opened from the disk: nothing is cut off at two widths of the window, and its search works."""
import pytest

By = pytest.importorskip('selenium.webdriver.common.by').By
WebDriverWait = pytest.importorskip('selenium.webdriver.support.ui').WebDriverWait

# What a reader cannot reach: an element that ends right of the window, in no box that scrolls, or text that its own box
# hides. With ``wide``, boxes of code and tables must not need to scroll either.
FIND_CUT = """
const wide = arguments[0], cut = [];
const scrolls = element => element && (['auto', 'scroll'].includes(getComputedStyle(element).overflowX)
    || scrolls(element.parentElement));
document.querySelectorAll('details').forEach(element => element.open = true);
if (document.documentElement.scrollWidth > innerWidth) cut.push('page');
for (const element of document.querySelectorAll('article *, .md-header *, .md-sidebar--primary .md-ellipsis')) {
    const box = element.getBoundingClientRect(), style = getComputedStyle(element);
    if (!box.width || style.visibility === 'hidden' || style.position === 'absolute'
        || element.closest('svg, math, .md-code__nav, .md-search, .md-header__topic + .md-header__topic')) continue;
    const name = `${element.tagName} ${element.textContent.trim().slice(0, 60)}`;
    const hidden = element.scrollWidth > element.clientWidth + 3;  // a border is no text
    if (box.right > innerWidth + 1 && !scrolls(element)) cut.push(`right of the window: ${name}`);
    if (hidden && style.overflowX === 'hidden' && style.display !== 'inline') cut.push(`hidden: ${name}`);
    if (wide && hidden && element.matches('pre > code, .md-typeset__scrollwrap')) cut.push(`scrolls: ${name}`);
}
return cut;
"""


def set_width(browser, width: int) -> None:
    browser.execute_cdp_cmd('Emulation.setDeviceMetricsOverride', dict(
        width=width, height=900, deviceScaleFactor=1, mobile=width < 500))


@pytest.mark.parametrize('width', [390, 1280])
def test_nothing_is_cut_off(site_folder, browser, width):
    """On a wide window code and tables need no scrolling; on a phone they scroll."""
    pages = [*site_folder.glob('*.html'), site_folder / 'api/mmseg_entmin.models.segmentors.html',
             site_folder / 'notebooks/quickstart.html']
    assert len(pages) > 15
    set_width(browser, width)
    cut = {}
    for page in pages:
        browser.get(page.as_uri())
        wide = width > 1000 and page.parent.name != 'api'  # signatures may be of any length
        if found := browser.execute_script(FIND_CUT, wide):
            cut[page.stem] = found[:5]
    assert not cut


def test_the_search_answers_from_the_disk(site_folder, browser):
    set_width(browser, 1280)
    browser.get((site_folder / 'index.html').as_uri())
    box = browser.find_element(By.CSS_SELECTOR, '.md-search__input')
    box.click()
    box.send_keys('preemption')
    links = WebDriverWait(browser, 30).until(
        lambda driver: driver.find_elements(By.CSS_SELECTOR, '.md-search-result__link'))
    assert any('reliability.html' in link.get_attribute('href') for link in links)
