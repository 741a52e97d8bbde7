#include "cluster/batch_script_parts.hpp"

namespace prs {

const LauncherParts srun_parts = {
    "srun",
    R"sh(#!/bin/bash
# Batch script for prs_mpi on Slurm, started by srun: the first choice where `srun --mpi=list` shows pmix (else prs_mpi-mpirun.sbatch).
# Slurm then knows every rank: it signals all of them at once, and counts what each one uses. See README.md beside this file.
# `prs_mpi slurm CONFIG` writes the same script with the lines at its top filled in.
#   sbatch prs_mpi-srun.sbatch /path/to/config.yaml [MORE ARGUMENTS OF prs_mpi]
)sh",
    R"sh(if (($# == 0)); then
  echo "usage: sbatch prs_mpi-srun.sbatch CONFIG [MORE ARGUMENTS OF prs_mpi]" >&2
  exit 2
fi
)sh",
    R"sh(places=$(mktemp)
trap 'rm -f "$places"' EXIT
{
  echo "${machines[0]}"
  for machine in "${machines[@]}"; do
    for ((script = 0; script < SLURM_NTASKS_PER_NODE; script++)); do echo "$machine"; done
  done
} >"$places"
)sh",
    R"sh(# SIGUSR1 means: finish what runs, start nothing new, exit status 75. srun passes SIGUSR1 on to every rank at once.
# Slurm's own SIGTERM (scancel, preemption) reaches the ranks by itself and means
# the same; it comes to this shell too, which must outlive it.
)sh",
    R"sh(# --distribution=arbitrary with SLURM_HOSTFILE: exactly those places, rank by rank; --overcommit allows the one rank more than Slurm gave.
# --cpu-bind=none: a script may use all cores that its machine gave to the job; a bound rank would tie its script to one core.
# --kill-on-bad-exit=0: the ranks end a moment after each other; the first status other than 0 must not get the rest killed,
# --wait: … but a rank that outlives another by so many seconds hangs.
# Without SLURM_NTASKS_PER_NODE, else srun warns of the one rank more.
# In the background, since a shell that waits for a command in the foreground runs no trap until it ends.
SLURM_HOSTFILE=$places env -u SLURM_NTASKS_PER_NODE srun --mpi=pmix --ntasks="$ranks" --distribution=arbitrary --overcommit \
  --cpu-bind=none --kill-on-bad-exit=0 --wait=120 "$prs_mpi" "$@" &
launcher=$!
)sh"};

const LauncherParts mpirun_parts = {
    "mpirun",
    R"sh(#!/bin/bash
# Batch script for prs_mpi on Slurm, started by mpirun. Use it where srun cannot start Open MPI (`srun --mpi=list` shows no pmix);
# else prefer prs_mpi-srun.sbatch, whose ranks also get Slurm's own signals in good order. See README.md beside this file.
# `prs_mpi slurm CONFIG --launcher mpirun` writes the same script with the lines at its top filled in.
#   sbatch prs_mpi-mpirun.sbatch /path/to/config.yaml [MORE ARGUMENTS OF prs_mpi]
)sh",
    R"sh(if (($# == 0)); then
  echo "usage: sbatch prs_mpi-mpirun.sbatch CONFIG [MORE ARGUMENTS OF prs_mpi]" >&2
  exit 2
fi
)sh",
    R"sh(places=${machines[0]}:$((SLURM_NTASKS_PER_NODE + 1))
for machine in "${machines[@]:1}"; do places+=,$machine:$SLURM_NTASKS_PER_NODE; done
)sh",
    R"sh(# SIGUSR1 means: finish what runs, start nothing new, exit status 75. mpirun passes SIGUSR1 on to every rank at once, whereas after a
# SIGTERM it kills them within seconds. Slurm's own SIGTERM (scancel, preemption) comes to mpirun, and to this shell, which must outlive it.
)sh",
    R"sh(# --host with --map-by slot: exactly those places, machine by machine; :oversubscribe allows the one rank more than Slurm gave.
# --bind-to none: a script may use all cores that its machine gave to the job; a bound rank would tie its script to one core.
# In the background, since a shell that waits for a command in the foreground runs no trap until it ends.
mpirun -n "$ranks" --host "$places" --map-by slot:oversubscribe --bind-to none "$prs_mpi" "$@" &
launcher=$!
)sh"};

const char* const head_of_array =
    R"sh(# It is an array: task K runs slice K, in a run folder of its own, and goes on by itself where it is put back.
# The first task also submits task 0, which waits until all others have completed and joins what they have done. Where a slice has failed,
# task 0 is taken away. Then mend the cause and submit those slices again (sbatch --array=3,5 THIS_FILE): they bring a new task 0 along.
)sh";

const char* const submission_of_join =
    R"sh(: "${SLURM_ARRAY_TASK_ID:?this is the script of a job array: submit it with sbatch}"

# afterok: a task that is put back has not completed yet; it counts once it has, and only with exit status 0.
if ((SLURM_ARRAY_TASK_ID > 0 && SLURM_ARRAY_TASK_ID == SLURM_ARRAY_TASK_MIN && ${SLURM_RESTART_COUNT:-0} == 0)); then
  join=(--array=0 --nodes=1 --dependency="afterok:$SLURM_ARRAY_JOB_ID" --kill-on-invalid-dep=yes)
  sbatch --parsable "${join[@]}" ${SLURM_JOB_PARTITION:+"--partition=$SLURM_JOB_PARTITION"} \
    ${SLURM_JOB_ACCOUNT:+"--account=$SLURM_JOB_ACCOUNT"} ${SLURM_JOB_QOS:+"--qos=$SLURM_JOB_QOS"} "$0" ||
    echo "batch script: the join could not be submitted from here; do it yourself: sbatch ${join[*]} THIS_FILE" >&2
fi
)sh";

const char* const count_of_ranks = R"sh(
# The world: one rank for each script, and rank 0, the master queue. Rank 0 sleeps nearly always, so it gets no core of its own: it is
# the one rank more on the first machine.
ranks=$((1 + SLURM_NNODES * SLURM_NTASKS_PER_NODE))
mapfile -t machines < <(scontrol show hostnames "$SLURM_JOB_NODELIST")
)sh";

const char* const environment = R"sh(
# A rank that waits gives its core to the scripts. Open MPI does so by itself only on a machine with more ranks than cores.
export OMPI_MCA_mpi_yield_when_idle=1
# A task of an array has a number of its own; that of the array would mean all its tasks.
job=${SLURM_ARRAY_JOB_ID:+${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID}
job=${job:-$SLURM_JOB_ID}
# A job that was put back gives the same command again: --overwrite and --retry-failed are then done already.
export PRS_LAUNCHER_ID=${SLURM_CLUSTER_NAME:-}/$SLURM_JOB_ID

)sh";

const char* const traps = R"sh(launcher=''
was_terminated=0
# shellcheck disable=SC2317  # called by the trap
warn_ranks() {
  was_interrupted=1
  [[ -z $launcher ]] || kill -USR1 "$launcher" 2>/dev/null
}
trap warn_ranks USR1
trap 'was_terminated=1 was_interrupted=1' TERM # not passed on: the ranks have it, and a second signal means "stop at once"

)sh";

const char* const wait_and_put_back = R"sh(
# A trap interrupts `wait`: then wait again, until it was the launcher that ended.
while :; do
  was_interrupted=0
  wait "$launcher"
  status=$?
  ((was_interrupted)) || break
done

# Back into the queue: after 75 (interrupted, resumable), 3 (a rank or the disk was lost), 128 and more (the launcher or a rank was
# killed), and any failure that came with a SIGTERM (preemption; the launcher's own status may hide ours). 0, 1 and 2 are final otherwise.
# Not after scancel, and not where Slurm does it itself: then the job is no longer running.
if ((status == 75 || status == 3 || status >= 128 || (was_terminated && status != 0))); then
  state=$(squeue --noheader --jobs="$job" --format=%T 2>/dev/null)
  restart=$((${SLURM_RESTART_COUNT:-0} + 1))
  if [[ $state == RUNNING ]] && ((restart <= max_restarts)); then
    echo "batch script: exit status $status, back into the queue (restart $restart of at most $max_restarts)" >&2
    scontrol requeue "$job" && exit 0
  fi
fi
exit "$status"
)sh";

}  // namespace prs
