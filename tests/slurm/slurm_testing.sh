# shellcheck shell=bash
# What the tests on a real Slurm share. They source it with their own arguments: it starts them anew in a mount namespace of their own,
# makes the folder $work and goes there, and takes everything down again when they end. Needs root.
# Environment: PRS_MPI, the program. Exit status: 0 passed, 1 failed, 77 skipped, with the reason on stdout.
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)

skip() {
  echo "skipped: $*"
  exit 77
}
fail() {
  echo "FAILED: $*"
  for log in "$work"/*.log "$work"/slurm/log/*.log; do
    [[ ! -s $log ]] || { echo "---- $log" && tail -n 60 "$log"; }
  done
  exit 1
}

PRS_MPI=$(realpath "${PRS_MPI:-$root/build/bin/prs_mpi}")
export PRS_MPI
[[ -x $PRS_MPI ]] || skip "no program at $PRS_MPI; name it by PRS_MPI=…"
((EUID == 0)) || skip "hosts and a Slurm of our own need root"
# In a chroot the hosts' own mounts need a "/" that is a mount point.
if [[ ${1:-} != --own-mounts ]]; then exec /usr/bin/python3 -B "$root/tests/run/own_mounts.py" "$(realpath "$0")" --own-mounts; fi
for program in slurmctld slurmd sbatch munged unshare nsenter ip pgrep; do
  command -v "$program" >/dev/null || skip "$program is not installed (scripts/setup test)"
done
unshare --net --uts --mount --ipc --pid --fork true || skip "namespaces are not allowed here"

work=$(mktemp -d -t prs-slurm-XXXXXX)
export PRS_SLURM_DIR=$work/slurm
slurm() { "$here/slurm-up.sh" "do" "$@"; }
cleanup() {
  "$here/slurm-up.sh" down >/dev/null 2>&1
  rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 1' INT TERM
# The jobs get our environment. Open MPI wants to be told twice that root is meant.
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
cd "$work" || exit 1

# wait_for SECONDS COMMAND…: until the command succeeds.
wait_for() {
  local deadline=$((SECONDS + $1))
  shift
  until "$@"; do
    ((SECONDS < deadline)) || return 1
    sleep 0.2
  done
}
# What Slurm knows of a job, or its value of one key of that.
job() { slurm scontrol show job "$1" 2>/dev/null | grep -oE "${2:-.*}"; }
has_state() { [[ $(job "$1" 'JobState=\w+') == "JobState=$2" ]]; }
was_put_back() { [[ $(job "$1" 'Restarts=[0-9]+') == Restarts=1 ]] && has_state "$1" PENDING; }
nothing_runs() { ! pgrep -f -- "$PRS_MPI $work/" >/dev/null; }
