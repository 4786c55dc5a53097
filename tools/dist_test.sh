#!/usr/bin/env bash
# Usage: tools/dist_test.sh CONFIG CHECKPOINT GPUS [options of test.py]
#
# Tests with GPUS processes on this node, one a GPU; without a GPU the processes share the cores (gloo).
# The environment variables are those of dist_train.sh.

. "$(dirname "${BASH_SOURCE[0]}")/_launch.sh"
need_arguments 3 $#
launch "$3" "$TOOLS/test.py" "$1" "$2" "${@:4}"
