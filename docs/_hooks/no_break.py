# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""A mean and its deviation stay in one line, and so do short names and options in code."""
import re

LONGEST = 24  # characters of a name in code that never breaks
CODE = re.compile(r'<pre.*?</pre>|<code>([^<]*)</code>', re.S)


def keep_code(match: re.Match) -> str:
    code = match[1]
    if code is None:  # a block, which scrolls
        return match[0]
    if len(code) <= LONGEST and ' ' not in code:
        return f'<code class="unbroken">{code}</code>'
    options = re.sub(r'(?<![^ ])--[a-z-]+', r'<span class="unbroken">\g<0></span>', code)
    return f'<code>{options}</code>'


def on_page_content(text, page, config, files):
    text = re.sub(r'(?<=\d) ± (?=\d)', '\N{NO-BREAK SPACE}±\N{NO-BREAK SPACE}', text)
    return CODE.sub(keep_code, text)
