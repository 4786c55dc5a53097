# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""A notebook becomes a page with its text, code and stored outputs."""
import base64

from nbformat import v4


def test_text_code_and_outputs(hook):
    picture = base64.b64encode(b'png').decode()
    code = v4.new_code_cell('1 + 1', outputs=[
        v4.new_output('stream', text='printed\n'),
        v4.new_output('execute_result', data={'text/plain': '2'}),
        v4.new_output('display_data', data={'image/png': picture, 'text/plain': '<Figure>'})])
    text, pictures = hook('notebook').page(v4.new_notebook(cells=[v4.new_markdown_cell('# Title'), code]), 'demo')
    assert text == ('# Title\n\n```python\n1 + 1\n```\n\n```text\nprinted\n```\n\n```text\n2\n```\n\n'
                    '![output of the cell above](demo-1.png)\n')
    assert pictures == {'demo-1.png': b'png'}


def test_links_to_a_notebook_lead_to_its_page(hook):
    made = hook('notebook').on_page_markdown('[a](notebooks/quickstart.ipynb), x.ipynb', None, None, None)
    assert made == '[a](notebooks/quickstart.md), x.ipynb'
