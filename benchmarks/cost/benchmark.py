# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Measures what a training step costs in time and memory.

    python -m benchmarks.cost.benchmark entmin/unet_toycells_1-10=4+4 --limit supervised/unet_toycells_1-10 --size 128
    python -m benchmarks.cost.benchmark supervised/unet_wbc_1-10 entmin/unet_wbc_1-10 --record results_wbc

A step is forward pass, backward pass and optimizer step, without data loading. It runs on random images or, with
--data-root, on the images of the config. Each variant runs in its own process. The processes take turns step by step,
so that all see the same machine. A ratio is the median over the rounds of the two times within a round; "cpu" is the
same by the processor's clock, which a busy machine disturbs less. The limit is the supervised step on as many images
as the first variant has in all, each with a mask. Memory is what training adds to the built model at its peak. On a GPU
the same command measures the GPU.
"""
import argparse
import json
import multiprocessing
import re
import statistics
import sys
from pathlib import Path

from benchmarks.cost.records import RECORDS, record_steps
from benchmarks.cost.training_step import Variant, serve


class Process:
    """The process of one variant, with the times that it has measured."""

    def __init__(self, variant: Variant, size: int | None, data_root: str | None, threads: int) -> None:
        context = multiprocessing.get_context('spawn')
        self.variant = variant
        self.connection, other = context.Pipe()
        self.process = context.Process(target=serve, args=(other, variant, size, data_root, threads))
        self.process.start()
        other.close()
        self.seconds: list[dict[str, float]] = []

    def ask(self, command: str | None = None):
        """Send a command, if any, and wait for the answer.

        Raises:
            SystemExit: the variant cannot be measured; the message names it and the reason.
        """
        try:
            if command:
                self.connection.send(command)
            answer = self.connection.recv()
        except (EOFError, BrokenPipeError):
            self.process.join()
            answer = f'its process ended with status {self.process.exitcode} (killed for its memory if -9)'
        if isinstance(answer, str):
            raise SystemExit(f'error: {self.variant.name}: {answer}')
        return answer

    def stop(self) -> None:
        """Close the connection, which ends the process."""
        self.connection.close()
        self.process.join()


def measure(variants: list[Variant], rounds: int, warm_up: int, size: int | None = None,
            data_root: str | None = None, threads: int = 1) -> list[dict]:
    """Records of all variants; the ``ratios`` of each are relative to every other."""
    memory = [memory_of(Process(variant, size, data_root, threads)) for variant in variants]
    processes = [Process(variant, size, data_root, threads) for variant in variants]
    try:
        about = [process.ask() for process in processes]
        for place in range(warm_up + rounds):
            for process in processes:
                seconds = process.ask('step')
                if place >= warm_up:
                    process.seconds.append(seconds)
        work = [process.ask('work') for process in processes]
    finally:
        for process in processes:
            process.stop()
    records = []
    for process, facts, used, flops in zip(processes, about, memory, work):
        low, median, high = statistics.quantiles([row['step'] for row in process.seconds], n=4)
        ratios = {other.variant.name: dict(time=ratio(process, other), cpu=ratio(process, other, 'cpu'),
                                           memory=used['growth'] / theirs['growth'])
                  for other, theirs in zip(processes, memory) if other is not process}
        records.append(dict(
            config=process.variant.name, limit=process.variant.limit, **facts, seconds=median, quartiles=[low, high],
            data_seconds=statistics.median(row['data'] for row in process.seconds) if data_root else None,
            flops=flops, memory_mib=used['growth'],
            process_mib=used['whole'], ratio=ratio(process, processes[0]), ratios=ratios))
    return records


def memory_of(process: Process) -> dict[str, float]:
    """Memory of a process that measures nothing else: on a CPU the measurement slows down all later steps."""
    try:
        process.ask()
        return process.ask('memory')
    finally:
        process.stop()


def ratio(process: Process, reference: Process, clock: str = 'step') -> float:
    """Median over the rounds of the ratio of two times: time on the wall ('step') or of the processor ('cpu')."""
    return statistics.median(a[clock] / b[clock] for a, b in zip(process.seconds, reference.seconds))


def table(records: list[dict]) -> str:
    """The records as text, relative to the limit if there is one, else to the first variant."""
    reference = next((record for record in records if record['limit']), records[0])
    lines = [f"{'':60s} {'images':>8s} {'ms a step':>10s} {'quartiles':>17s} "
             f"{'x':>5s} {'x cpu':>5s} {'MiB':>7s} {'x':>5s}"]
    for record in records:
        ratios = record['ratios'].get(reference['config'], dict(time=1, cpu=1, memory=1))
        name = record['config'] + (' (limit)' if record['limit'] else '')
        low, high = (1000 * x for x in record['quartiles'])
        images = '{}+{}'.format(*record['images'])
        lines.append(f"{name:60s} {images:>8s} {1000 * record['seconds']:10.1f} {low:8.1f} {high:8.1f} "
                     f"{ratios['time']:5.2f} {ratios['cpu']:5.2f} {record['memory_mib']:7.0f} {ratios['memory']:5.2f}")
        if record['data_seconds'] is not None:
            lines[-1] += f"  waits {1000 * record['data_seconds']:.1f} ms for data"
    return '\n'.join(lines)


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('configs', nargs='+', metavar='CONFIG[=LABELED+UNLABELED][,key=value...]',
                        help='run id; the first is the reference of "ratio"')
    parser.add_argument('--limit', metavar='CONFIG', help='supervised run id, whose images all have masks')
    parser.add_argument('--cfg-options', nargs='+', default=[], metavar='KEY=VALUE', help='settings of every variant')
    parser.add_argument('--size', type=int, help="side of the images in pixels (default: the config's)")
    parser.add_argument('--data-root', help="folder of the config's data set (default: random images)")
    parser.add_argument('--rounds', type=int, default=40, help='measured steps of each variant (default: 40)')
    parser.add_argument('--warm-up', type=int, default=5, help='steps before these (default: 5)')
    parser.add_argument('--threads', type=int, default=1, help='CPU threads of each process (default: 1)')
    parser.add_argument('--record', metavar='NAME', help='keep the measurement under this name in --records')
    parser.add_argument('--records', type=Path, default=RECORDS, help='folder (default: benchmarks/cost/records)')
    parser.add_argument('--out', type=Path, help='JSON file to write')
    args = parser.parse_args(argv)
    try:
        variants = [Variant.parse(','.join([config, *args.cfg_options])) for config in args.configs]
        if args.limit:
            variants.append(limit_of(variants[0], Variant.parse(','.join([args.limit, *args.cfg_options]))))
    except ValueError as error:
        raise SystemExit(f'error: {error}') from error
    records = measure(variants, args.rounds, args.warm_up, args.size, args.data_root, args.threads)
    print(table(records))
    command = re.sub(' --(out|records?) [^ ]+', '', ' '.join(argv or sys.argv[1:]))
    measured = dict(command=command, rounds=args.rounds, threads=args.threads, steps=records)
    if args.record:
        record_steps(args.record, measured, args.records)
    if args.out:
        args.out.parent.mkdir(parents=True, exist_ok=True)
        args.out.write_text(json.dumps(measured, indent=1) + '\n')


def limit_of(variant: Variant, supervised: Variant) -> Variant:
    """The supervised variant on as many images as the other variant has in all."""
    from benchmarks.cost.training_step import counts
    from benchmarks.results.run_configs import load
    images = variant.images or counts(load(variant.config))
    return Variant(supervised.config, (sum(images), 0), supervised.options, limit=True)


if __name__ == '__main__':
    main()
