# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Formulas become MathML, and nothing else changes."""
import pytest


def test_a_block_and_a_formula_within_a_line(hook):
    page = r'<p>a <span class="arithmatex">\(p_c &lt; \beta\)</span> b</p><div class="arithmatex">\[\frac{1}{C}\]</div>'
    made = hook('mathml').to_mathml(page)
    assert made.startswith('<p>a <math') and '</math> b</p>' in made and 'arithmatex' not in made
    assert 'display="inline"' in made and '<msub><mi>p</mi><mi>c</mi></msub>' in made
    assert '&#x0003C;' in made and '&amp;lt;' not in made  # the sign itself, not its escape
    assert '<div class="formula"><math' in made and 'display="block"' in made and '<mfrac>' in made


def test_a_page_without_formulas_stays_as_it_is(hook):
    page = '<p>costs $5, or $6</p>'
    assert hook('mathml').to_mathml(page) == page


def test_a_command_that_would_be_printed_is_refused(hook):
    with pytest.raises(ValueError, match=r'formula \\arg\\max p'):
        hook('mathml').to_mathml(r'<span class="arithmatex">\(\arg\max p\)</span>')
