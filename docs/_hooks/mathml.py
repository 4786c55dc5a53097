# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Formulas become MathML when the site is built: browsers draw it without a script, a font or the network."""
import html
import re

from latex2mathml.converter import convert

# What pymdownx.arithmatex makes of $...$ and $$...$$, with ``generic: true``.
FORMULA = re.compile(r'<(span|div) class="arithmatex">\\([(\[])(.*?)\\[)\]]</\1>', re.S)


def to_mathml(text: str) -> str:
    """HTML with its formulas in MathML.

    Raises:
        ValueError: a formula with a command that the converter does not know, which it would print as it is.
    """

    def formula(match: re.Match) -> str:
        latex = html.unescape(match[3]).strip()
        block = match[2] == '['
        mathml = convert(latex, display='block' if block else 'inline')
        if '\\' in mathml:
            raise ValueError(f'no MathML for a command in the formula {latex}')
        return f'<div class="formula">{mathml}</div>' if block else mathml

    return FORMULA.sub(formula, text)


def on_page_content(text, page, config, files):
    return to_mathml(text)
