# What the dist_*.sh and slurm_*.sh scripts share; sourced by them, not run.
set -euo pipefail

TOOLS=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
# Lets an uninstalled clone run.
export PYTHONPATH="$TOOLS/..${PYTHONPATH:+:$PYTHONPATH}"

# The interpreter: $PYTHON; else the repository's own .venv, unless some environment is active; else python.
if [[ -z ${PYTHON:-} ]]; then
    PYTHON=python
    if [[ -z ${VIRTUAL_ENV:-}${CONDA_PREFIX:-} && -x $TOOLS/../.venv/bin/python ]]; then
        PYTHON=$TOOLS/../.venv/bin/python
    fi
fi

# Prints the comment at the top of the calling script if it got fewer than $1 arguments (then $2 is less than $1).
need_arguments() {
    if (( $2 < $1 )); then
        sed -n '2,/^$/s/^# \{0,1\}//p' "$0" >&2
        exit 2
    fi
}

# launch PROCESSES SCRIPT [args]: runs that many processes on this node, by torch.distributed.run.
launch() {
    local processes=$1 rendezvous threads
    shift
    if ! [[ $processes =~ ^[1-9][0-9]*$ ]]; then
        echo "error: GPUS must be a positive number, not '$processes'" >&2
        exit 2
    fi
    # One node picks a free port, so that two runs on a machine do not collide; several nodes have to agree on one.
    if [[ ${NNODES:-1} == 1 && -z ${PORT:-} ]]; then
        rendezvous=(--standalone)
    else
        rendezvous=(--nnodes="${NNODES:-1}" --node_rank="${NODE_RANK:-0}"
                    --master_addr="${MASTER_ADDR:-127.0.0.1}" --master_port="${PORT:-29500}")
    fi
    # The cores are shared out, so that the processes do not slow each other down.
    threads=$(( $(nproc 2>/dev/null || echo 1) / processes ))
    export OMP_NUM_THREADS=${OMP_NUM_THREADS:-$(( threads > 0 ? threads : 1 ))}
    export MKL_NUM_THREADS=${MKL_NUM_THREADS:-$OMP_NUM_THREADS}
    # Slurm's warning goes to the agent as well, which would end at once; it hands it on to the processes.
    export PET_SIGNALS_TO_HANDLE=${PET_SIGNALS_TO_HANDLE:-SIGTERM,SIGINT,SIGHUP,SIGQUIT,SIGUSR1}
    # A store of each start's own: in one that is kept, a restarted rank finds addresses of processes that are gone.
    export TORCH_DISABLE_SHARE_RDZV_TCP_STORE=${TORCH_DISABLE_SHARE_RDZV_TCP_STORE:-1}
    exec "$PYTHON" -m torch.distributed.run "${rendezvous[@]}" --nproc_per_node="$processes" \
        ${MAX_RESTARTS:+--max-restarts="$MAX_RESTARTS"} "$@" --launcher pytorch
}

# slurm PARTITION JOB_NAME SCRIPT [args]: runs GPUS tasks under srun.
slurm() {
    local partition=$1 job=$2 gres srun_args
    shift 2
    GPUS_PER_NODE=${GPUS_PER_NODE:-4}
    # GRES= (empty) asks for no GPU.
    gres=${GRES-gpu:$GPUS_PER_NODE}
    # Several options in one variable: split at blanks.
    read -ra srun_args <<<"${SRUN_ARGS:-}"
    exec srun -p "$partition" --job-name="$job" ${gres:+--gres="$gres"} \
        --ntasks="${GPUS:-4}" --ntasks-per-node="$GPUS_PER_NODE" --cpus-per-task="${CPUS_PER_TASK:-5}" \
        --kill-on-bad-exit=1 ${srun_args[@]+"${srun_args[@]}"} "$PYTHON" -u "$@" --launcher slurm
}
