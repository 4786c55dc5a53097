# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""What stays in one line on a page."""
import pytest


@pytest.mark.parametrize('text, expected', [
    ('1.5 ± 0.2', '1.5\N{NO-BREAK SPACE}±\N{NO-BREAK SPACE}0.2'),
    ('<code>--seed</code>', '<code class="unbroken">--seed</code>'),
    ('<code>reconstruction_head</code>', '<code class="unbroken">reconstruction_head</code>'),
    ('<code>--seed 1 --work-dir DIR</code>', '<code><span class="unbroken">--seed</span> 1 '
     '<span class="unbroken">--work-dir</span> DIR</code>'),
    ('<code>supervised/deeplabv2_camvid_1-8</code>', '<code>supervised/<wbr>deeplabv2_<wbr>camvid_<wbr>1-8</code>'),
    ('<span class="filename">a/b.py</span>', '<span class="filename">a/<wbr>b.py</span>'),
    ('<code>dict(type=[0, 1])</code>', '<code>dict(type=[0, 1])</code>'),
    ('<pre><code>entmin --seed</code></pre>', '<pre><code>entmin --seed</code></pre>'),
])
def test_what_does_not_break(hook, text, expected):
    assert hook('no_break').on_page_content(text, None, None, None) == expected
