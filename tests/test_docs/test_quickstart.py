# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The notebook runs from its first cell to its last, here with a few iterations."""
import pytest

nbformat = pytest.importorskip('nbformat')
nbclient = pytest.importorskip('nbclient')
pytest.importorskip('ipykernel')


def test_runs_end_to_end(repo_root, tool_env, tmp_path, monkeypatch):
    notebook = nbformat.read(repo_root / 'docs/notebooks/quickstart.ipynb', as_version=4)
    stored = [len(cell.get('outputs', [])) for cell in notebook.cells]
    parameters, = (cell for cell in notebook.cells if 'parameters' in cell.metadata.get('tags', []))
    parameters.source = f'iterations, num_train, num_test = 2, 80, 3\nfolder = {str(tmp_path)!r}'
    for name in ('PYTHONPATH', 'OMP_NUM_THREADS', 'MKL_NUM_THREADS'):
        monkeypatch.setenv(name, tool_env[name])
    monkeypatch.setenv('JUPYTER_RUNTIME_DIR', str(tmp_path))
    monkeypatch.delenv('MPLBACKEND', raising=False)  # the kernel shows its pictures in the notebook
    nbclient.NotebookClient(
        notebook, timeout=300, kernel_name='python3', resources=dict(metadata=dict(path=str(repo_root)))).execute()
    assert [len(cell.get('outputs', [])) for cell in notebook.cells] == stored
    assert notebook.cells[-1].outputs[0].text == '3 masks\n'
    assert len(list(tmp_path.glob('entmin_*/masks/*.png'))) == 3
    outputs = [output for cell in notebook.cells for output in cell.get('outputs', [])]
    assert not [output for output in outputs if output.get('name') == 'stderr']
