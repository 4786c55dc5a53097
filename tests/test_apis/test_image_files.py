# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Images are found in folders, and named as the lists of data sets name them."""
import pytest

from mmseg_entmin.apis.image_files import common_suffix, find_images


@pytest.fixture
def folder(tmp_path):
    for name in ('a/2.png', 'a/1.JPG', 'b/1.png', 'b/notes.txt', '.hidden/3.png', 'b/.4.png'):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.touch()
    return tmp_path


def test_names_are_paths_below_the_folder(folder):
    assert list(find_images([folder])) == ['a/1', 'a/2', 'b/1']
    assert list(find_images([folder / 'a', folder / 'b/notes.txt'])) == ['1', '2', 'notes']


def test_a_suffix_says_it_all(folder):
    for name in ('a/1_mask.gif', 'a/2_mask.gif'):
        (folder / name).touch()
    assert list(find_images([folder])) == ['a/1', 'a/2', 'b/1']
    assert list(find_images([folder], suffix='_mask.gif')) == ['a/1', 'a/2']


def test_a_list_takes_a_part_in_its_order(folder):
    names = folder / 'names.txt'
    names.write_text('b/1\na/2\n')
    assert list(find_images([folder], names)) == ['b/1', 'a/2']
    names.write_text('b/1\nc/2\n')
    with pytest.raises(FileNotFoundError, match='c/2.* among the 3 images'):
        find_images([folder], names)


def test_links_are_followed_and_each_folder_is_taken_once(folder, tmp_path_factory):
    other = tmp_path_factory.mktemp('other')
    (other / '5.png').touch()
    (other / 'again').symlink_to(other)
    (folder / 'a/0').symlink_to(folder / 'b')
    (folder / 'a/more').symlink_to(other)
    (folder / 'a/6.png').symlink_to(other / '5.png')
    (folder / '.unseen').symlink_to(other / 'gone')
    assert list(find_images([folder])) == ['a/1', 'a/2', 'a/6', 'a/more/5', 'b/1']
    (folder / 'a/7.png').symlink_to(other / 'gone.png')
    with pytest.raises(FileNotFoundError, match="a/7.png' is a link to '.*gone.png', which does not exist"):
        find_images([folder])


def test_refuses_what_is_not_there_or_not_clear(folder):
    with pytest.raises(FileNotFoundError, match="gone' does not exist"):
        find_images([folder / 'gone'])
    with pytest.raises(ValueError, match='both named 1'):
        find_images([folder / 'a', folder / 'b'])
    (folder / 'empty').mkdir()
    with pytest.raises(FileNotFoundError, match="empty' has no image"):
        find_images([folder / 'empty'])
    for name in ('001.mat', '002.mat', 'README'):
        (folder / 'empty' / name).touch()
    with pytest.raises(FileNotFoundError, match="has no image .*, but 2 files like '001.mat'; .*scipy.io.loadmat"):
        find_images([folder / 'empty'])


def test_lists_of_projects_leave_an_ending_out(tmp_path):
    for name in ('x/a_0000.png', 'x/b_0000.png', 'c_0000.png'):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    names = tmp_path / 'names.txt'
    names.write_text('x/b\nc\n')
    images = find_images([tmp_path], names)
    assert {name: path.name for name, path in images.items()} == {'x/b': 'b_0000.png', 'c': 'c_0000.png'}
    assert common_suffix(images) == '_0000.png' and common_suffix(find_images([tmp_path])) == '.png'
    for name in ('x/b_0001.png', 'c_0001.png'):
        (tmp_path / name).touch()
    with pytest.raises(FileNotFoundError, match='say which with --image-suffix=_0000.png or --image-suffix=_0001.png'):
        find_images([tmp_path], names)
    assert list(find_images([tmp_path], names, '_0001.png')) == ['x/b', 'c']
