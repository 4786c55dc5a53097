#!/usr/bin/env bash
# Usage: [GPUS=4] [GPUS_PER_NODE=4] tools/slurm_test.sh PARTITION JOB_NAME CONFIG CHECKPOINT [options of test.py]
#
# Tests under slurm with GPUS tasks, one a GPU. The environment variables are those of slurm_train.sh.

. "$(dirname "${BASH_SOURCE[0]}")/_launch.sh"
need_arguments 4 $#
slurm "$1" "$2" "$TOOLS/test.py" "$3" "$4" "${@:5}"
