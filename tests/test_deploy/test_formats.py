# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Files in both formats give what PyTorch gives, for sizes and batches that were not traced."""
import importlib.util
import json
import subprocess
import sys

import pytest
import torch

from mmseg_entmin.deploy import (
    FORMATS,
    ONNX_PACKAGES,
    TOLERANCE,
    DeployNetwork,
    largest_differences,
    random_batches,
    trace,
)
from tests.test_deploy.test_deploy_network import images, segmentor

NO_ONNX = pytest.mark.skipif(
    any(importlib.util.find_spec(name) is None for name in ONNX_PACKAGES),
    reason=f"not installed: one of {', '.join(ONNX_PACKAGES)}")
BOTH = [pytest.param('onnx', marks=NO_ONNX), 'torch']
METADATA = dict(classes='["a", "b", "c"]')


@pytest.fixture(scope='module')
def programs():
    """What is traced, by the segmentor's name: the segmentor, the network and its program, traced once."""
    traced = {}

    def get(name):
        if name not in traced:
            model = segmentor(name)
            network = DeployNetwork(model, variance=name != 'EncoderDecoder')
            traced[name] = model, network, trace(network)
        return traced[name]

    return get


def write(network, program, format, folder):
    """Path of the network's file, and the function in it."""
    suffix, write, load = FORMATS[format]
    path = folder / f'model{suffix}'
    write(program, path, network.output_names, METADATA)
    return path, load(path)


@pytest.fixture(scope='module')
def written(programs, tmp_path_factory):
    """The files and functions of the traced programs, by the segmentor's name and the format; each is written once."""
    files = {}

    def get(name, format):
        if (name, format) not in files:
            _, network, program = programs(name)
            files[name, format] = write(network, program, format, tmp_path_factory.mktemp('programs'))
        return files[name, format]

    return get


@pytest.mark.parametrize('format', BOTH)
@pytest.mark.parametrize('name', ['EntMin', 'EntMinConsistency', 'EncoderDecoder'])
def test_any_size_and_batch(name, format, programs, written):
    model, network, _ = programs(name)
    _, function = written(name, format)
    batches = [*random_batches(network), images(1, 32, 80), images(5, 17, 16), images(1, 9, 8)]
    assert len({batch.shape for batch in batches}) == 6
    differences = largest_differences(model, network, function, batches)
    assert list(differences) == network.output_names and max(differences.values()) <= TOLERANCE


@pytest.mark.parametrize('format', BOTH)
def test_fixed_size(format, tmp_path):
    model = segmentor('EncoderDecoder')
    network = DeployNetwork(model)
    _, function = write(network, trace(network, (36, 40)), format, tmp_path)
    assert largest_differences(model, network, function, random_batches(network, (36, 40)))['logits'] <= TOLERANCE
    if format == 'onnx':
        with pytest.raises(Exception, match='Got invalid dimensions for input: images'):
            function(images(1, 44, 40))


@NO_ONNX
def test_what_an_onnx_file_says(written):
    import onnxruntime
    path, _ = written('EntMin', 'onnx')
    session = onnxruntime.InferenceSession(str(path), providers=['CPUExecutionProvider'])
    image, = session.get_inputs()
    assert (image.name, image.shape, image.type) == ('images', ['batch', 3, 'height', 'width'], 'tensor(float)')
    assert [(output.name, output.shape) for output in session.get_outputs()] == [
        ('logits', image.shape), ('variance', image.shape)]
    assert session.get_modelmeta().custom_metadata_map == METADATA


def test_a_program_needs_no_package_but_torch(written, tmp_path):
    path, function = written('EncoderDecoder', 'torch')
    code = f'''
import json, sys, torch
files = {{'metadata.json': ''}}
network = torch.export.load({str(path)!r}, extra_files=files).module(check_guards=False)
assert json.loads(files['metadata.json']) == {json.dumps(dict(METADATA, outputs=['logits']))}
assert not sys.modules.keys() & {{'mmengine', 'mmseg', 'mmseg_entmin'}}
print(float(network(torch.full((1, 3, 24, 24), 100.)).sum()))'''
    done = subprocess.run([sys.executable, '-c', code], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert float(done.stdout) == pytest.approx(float(function(torch.full((1, 3, 24, 24), 100.))[0].sum()), rel=1e-4)


class TestDifferences:
    """What a file that is wrong shows as."""

    @pytest.fixture
    def model(self):
        return segmentor('EntMin')

    def test_largest_of_each_output(self, model):
        network = DeployNetwork(model, variance=True)

        def wrong(batch):
            logits, variance = network(batch)
            logits[-1, 0, 0, 0] += len(batch)
            return logits, variance

        found = largest_differences(model, network, wrong, random_batches(network))
        assert found['logits'] == pytest.approx(3, abs=1e-3) and found['variance'] == 0

    def test_not_a_number(self, model):
        network = DeployNetwork(model)
        found = largest_differences(model, network, lambda batch: (network(batch) * torch.nan, ), [images(1, 16, 16)])
        assert found == dict(logits=torch.inf)

    def test_shape(self, model):
        network = DeployNetwork(model)
        with pytest.raises(ValueError, match=r'logits of images \(1, 3, 16, 16\) is \(1, 3, 16, 8\)'):
            largest_differences(model, network, lambda batch: (network(batch)[..., :8], ), [images(1, 16, 16)])
