#!/usr/bin/env bash
# Usage: tools/dist_train.sh CONFIG GPUS [options of train.py]
#
# Trains with GPUS processes on this node, one a GPU; without a GPU the processes share the cores (gloo).
# Environment: NNODES, NODE_RANK, MASTER_ADDR, PORT for several nodes (started once on each);
# PORT (default: a free one), OMP_NUM_THREADS (cores / GPUS), PYTHON (.venv/bin/python if there is one and
# no environment is active, else python).
# MAX_RESTARTS: how often all processes are started anew after one has died. They go on from the last checkpoint in
# the work dir: it implies --resume.

. "$(dirname "${BASH_SOURCE[0]}")/_launch.sh"
need_arguments 2 $#
launch "$2" "$TOOLS/train.py" "$1" ${MAX_RESTARTS:+--resume} "${@:3}"
