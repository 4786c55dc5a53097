# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""docs/troubleshooting.md quotes messages as the code gives them."""
import ast
import re

# Messages of PyTorch, MMEngine and mmseg.
OTHERS = ('KeyError', 'Expected more than 1 value', 'AssertionError', 'is not in the', 'is not installed')
WORDS = re.compile(r'(?<![\w.])[a-z]+(?: [a-z]+)+(?![\w.=])')  # at least two, without names and numbers


def test_its_messages_are_those_of_the_code(repo_root):
    texts = []
    for path in (repo_root / 'mmseg_entmin').rglob('*.py'):
        if '.mim' not in path.parts:
            texts += [node.value for node in ast.walk(ast.parse(path.read_text()))
                      if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    text = '\n'.join(texts)
    titles = re.findall(r'^\?\?\? question "(.*)"$', (repo_root / 'docs/troubleshooting.md').read_text(), re.M)
    messages = [message for title in titles for message in re.findall('`([^`]+ [^`]+)`', title)]
    messages = [message for message in messages if not any(other in message for other in OTHERS)]
    assert len(messages) >= 8
    parts = [part for message in messages for part in WORDS.findall(message) if part != 'is nan']
    assert len(parts) >= 12
    assert not [part for part in parts if part not in text]
