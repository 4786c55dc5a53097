# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The lists and processes of the start-up measurement, and the limits that its record keeps."""
from statistics import median

from benchmarks.cost import start_up
from benchmarks.cost.records import RECORDS
from benchmarks.csv_rows import read_rows, write_rows


def medians(key: str) -> dict[str, float]:
    rows = [row for row in read_rows(RECORDS / start_up.RECORD, start_up.KINDS) if row['commit'] == 'this']
    return {command: median(row[key] for row in rows if row['command'] == command)
            for command in {row['command'] for row in rows}}


def test_images_are_links_to_few_files(tmp_path, monkeypatch):
    monkeypatch.setattr(start_up, 'LINKS', 3)
    for part in ('images', 'splits'):
        (tmp_path / part).mkdir()
    (tmp_path / 'images' / '000.png').write_bytes(b'png')
    assert start_up.link_images(tmp_path, 5) == 'splits/5.txt'
    names = (tmp_path / 'splits' / '5.txt').read_text().split()
    files = [tmp_path / 'images' / f'{name}.png' for name in names]
    assert len(files) == 5 and len({file.stat().st_ino for file in files}) == 2


def test_a_process_is_measured_without_its_parent(tmp_path):
    (tmp_path / 'tools').mkdir()
    (tmp_path / 'tools' / 'a_tool.py').write_text('sum(range(3_000_000))')
    measured = start_up.run('a-tool', tmp_path, tmp_path)
    assert 0.01 < measured['cpu_seconds'] < 5 and measured['process_mib'] < 60


def test_the_table_has_a_ratio_where_both_were_measured(tmp_path):
    rows = [dict(command=command, commit=commit, round=number, cpu_seconds=seconds, seconds=seconds, process_mib=100)
            for command, commit, seconds in (('a', 'this', 1), ('a', 'abc', 4), ('b', 'this', 3)) for number in (0, 1)]
    write_rows(tmp_path / start_up.RECORD, rows, start_up.COLUMNS)
    assert start_up.table(tmp_path)[2:] == ['| a | 1.00 | 4.00 | 0.25 | 100 |', '| b | 3.00 |  |  | 100 |']


def test_the_record_keeps_the_limits():
    seconds, memory = medians('cpu_seconds'), medians('process_mib')
    few, many, million = (f'train, 1 step, {count:,} unlabeled images' for count in start_up.LISTS)
    assert max(seconds['--help'], seconds['a wrong option']) < 0.5
    assert seconds[many] - seconds[few] < 2 and seconds[million] - seconds[few] < 10
    assert memory[million] - memory[few] < 300
