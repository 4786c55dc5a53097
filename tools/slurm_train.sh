#!/usr/bin/env bash
# Usage: [GPUS=4] [GPUS_PER_NODE=4] tools/slurm_train.sh PARTITION JOB_NAME CONFIG [options of train.py]
#
# Trains under slurm with GPUS tasks, one a GPU.
# Environment: GPUS, GPUS_PER_NODE, CPUS_PER_TASK (5), GRES (gpu:GPUS_PER_NODE; empty for none),
# SRUN_ARGS (further options of srun), MASTER_PORT (29500), PYTHON (as in dist_train.sh).

. "$(dirname "${BASH_SOURCE[0]}")/_launch.sh"
need_arguments 3 $#
slurm "$1" "$2" "$TOOLS/train.py" "$3" "${@:4}"
