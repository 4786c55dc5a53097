# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""A mean and its deviation stay in one line, and so do short names and options in code; paths break after a slash."""
import re

LONGEST = 24  # characters of a name in code that never breaks
CODE = re.compile(r'<pre.*?</pre>|<code>([^<]*)</code>', re.S)
PLACE = re.compile(r'(?<=[/_,=])(?=\w)')  # where a long name may break
FILE = re.compile(r'(?<=<span class="filename">)[^<]*')


def keep_code(match: re.Match) -> str:
    code = match[1]
    if code is None:  # a block, which scrolls
        return match[0]
    if len(code) <= LONGEST and ' ' not in code:
        return f'<code class="unbroken">{code}</code>'
    code = PLACE.sub('<wbr>', code)
    options = re.sub(r'(?<![^ ])--[a-z-]+', r'<span class="unbroken">\g<0></span>', code)
    return f'<code>{options}</code>'


def on_page_content(text, page, config, files):
    text = re.sub(r'(?<=\d) ± (?=\d)', '\N{NO-BREAK SPACE}±\N{NO-BREAK SPACE}', text)
    return FILE.sub(lambda name: PLACE.sub('<wbr>', name[0]), CODE.sub(keep_code, text))
