# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""What Pillow says of a file."""
import io

from PIL import Image

from mmseg_entmin.datasets.checks.sample import FileFacts, read_facts


def png(size) -> bytes:
    content = io.BytesIO()
    Image.new('RGB', size).save(content, 'PNG')
    return content.getvalue()


def test_an_image_too_large_for_pillow_is_not_taken_for_a_broken_one(monkeypatch):
    monkeypatch.setattr(Image, 'MAX_IMAGE_PIXELS', 10)
    assert read_facts(png((30, 30))) == FileFacts()


def test_a_file_that_ends_too_early_is_broken():
    content = png((30, 30))
    assert read_facts(content).broken == '' and read_facts(content[:-30]).broken
    assert read_facts(b'no image') is None
