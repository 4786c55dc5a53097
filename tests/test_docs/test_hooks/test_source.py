# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Code on a page is that of the package."""
import pytest

CODE = '''
@decorated
class Box:
    """What a box is."""

    size = 1

    def area(self):
        """In pixels."""
        return self.size**2


def bare():
    return 0
'''


@pytest.fixture
def file(tmp_path):
    (tmp_path / 'box.py').write_text(CODE)
    return tmp_path / 'box.py'


def test_a_method_without_its_docstring(hook, file):
    assert hook('source').source(file, 'Box.area') == 'def area(self):\n    return self.size**2'


def test_a_class_keeps_decorators_and_the_docstrings_inside(hook, file):
    text = hook('source').source(file, 'Box')
    assert text.startswith('@decorated\nclass Box:') and 'What a box is' not in text and 'In pixels' in text


def test_what_is_not_defined_is_refused(hook, file):
    assert hook('source').source(file, 'bare') == 'def bare():\n    return 0'
    with pytest.raises(ValueError, match='box.py: defines no Box.volume'):
        hook('source').source(file, 'Box.volume')


def test_only_a_link_that_stands_alone_is_replaced(hook):
    link = '[`gradient_map`](../mmseg_entmin/models/losses/feature_gradient_loss.py)'
    made = hook('source').include_sources(f'see {link}\n\n{link}\n')
    assert made.startswith(f'see {link}\n\n```python title="mmseg_entmin/models/losses/feature_gradient_loss.py"\ndef ')
    assert made.count('def gradient_map') == 1
