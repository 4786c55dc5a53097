# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""A mean and its deviation stay in one line."""
import re


def on_page_content(text, page, config, files):
    return re.sub(r'(?<=\d) ± (?=\d)', '\N{NO-BREAK SPACE}±\N{NO-BREAK SPACE}', text)
