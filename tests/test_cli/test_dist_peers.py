# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Every peer method on two processes, without a search for unused parameters: equal weights on both ranks."""
from tests import processes
from tests.peers import PEERS

# Each rank trains each method on images of its own and writes the sum of its parameters.
WORKER = '''
import sys
import torch
from mmengine.model import MMDistributedDataParallel
from torch import distributed as dist
from tests.peers import PEERS, optim_wrapper, own_modules, peer
from tests.tiny import batch

torch.set_num_threads(1)
dist.init_process_group('gloo')
rank = dist.get_rank()
with open(f'{sys.argv[1]}/rank_{rank}', 'w') as file:
    for name in PEERS:
        torch.manual_seed(rank)
        model = peer(name)
        wrapped = MMDistributedDataParallel(
            model, device_ids=None, broadcast_buffers=False, find_unused_parameters=False)
        optimizer = optim_wrapper(wrapped, name)
        model.data_preprocessor.forward = lambda data, training: data
        for step in range(2):
            images, samples = batch()
            log = wrapped.train_step(dict(inputs=images, data_samples=samples), optimizer)
        sums = [sum(p.double().sum() for p in part.parameters()).item() for part in (
            model, *(getattr(model, module) for module in sorted(own_modules(name))))]
        print(name, *map(repr, sums), all(torch.as_tensor(v).isfinite() for v in log.values()), file=file)
dist.destroy_process_group()
'''


def test_two_processes_train_every_method_alike(tool_env, tmp_path):
    script = tmp_path / 'worker.py'
    script.write_text(WORKER)
    status, log = processes.run_torchrun(
        '--standalone', '--nproc_per_node=2', str(script), str(tmp_path), cwd=tmp_path,
        env=dict(tool_env, CUDA_VISIBLE_DEVICES='-1'))
    assert status == 0, log[-3000:]
    first, second = ((tmp_path / f'rank_{rank}').read_text().splitlines() for rank in (0, 1))
    assert [line.split()[0] for line in first] == list(PEERS)
    assert first == second and all(line.endswith('True') for line in first)
