#!/usr/bin/env bash
# What `prs_mpi slurm` writes, on a real Slurm of five nodes, made for this test and taken down again:
#   1. one machine and four, with and without GPUs, by srun and by mpirun: sbatch takes the script, and each worker is in its place;
#   2. a failing job's exit status, and one with a mistake in its configuration: both are final;
#   3. scancel: the job stays stopped, and the same script goes on;
#   4. a job that meets its time limit three times completes with the output of an undisturbed run;
#   5. the machine with the batch script is lost: the job is put back, and completes on others.
# 4 and 5 take their time, so they run beside the others. Environment and exit status: slurm_testing.sh.
set -u
# shellcheck source=tests/slurm/slurm_testing.sh
. "$(dirname "${BASH_SOURCE[0]}")/slurm_testing.sh"

PRS_SLURM_CPUS=8 PRS_SLURM_REQUEUE_SECONDS=10 "$here/slurm-up.sh" up 5 || fail "Slurm did not come up"

# ---- the input, the scripts ----
mkdir -p scripts data marks
for number in {1000..1299}; do echo "$number" >"data/$number"; done
cat >scripts/where.py <<'PYTHON'
"""Each run() waits until every worker has one; the row says where that was."""
import os
import socket
import time


def run(mini_batch):
    mark = os.path.join(os.environ["MARKS"], os.environ["PRS_PROCESS_INDEX"] + "@" + socket.gethostname())
    open(mark, "w").close()
    while len(os.listdir(os.environ["MARKS"])) < int(os.environ["PRS_WORKER_COUNT"]):
        time.sleep(0.05)
    return [" ".join((os.environ["PRS_PROCESS_INDEX"], socket.gethostname(), os.environ.get("CUDA_VISIBLE_DEVICES", "none")))]
PYTHON
cat >scripts/held.py <<'PYTHON'
"""Leaves a mark, and waits while it is held."""
import os
import time


def run(mini_batch):
    open(os.path.join(os.environ["MARKS"], "running"), "w").close()
    while os.path.exists(os.path.join(os.environ["MARKS"], "hold")):
        time.sleep(0.05)
    return [os.path.basename(path) for path in mini_batch]
PYTHON
cat >scripts/slow.py <<'PYTHON'
"""Takes its time in the first three starts of a job; what it does is too much for those."""
import os
import time


def run(mini_batch):
    if "SLURM_JOB_ID" in os.environ and int(os.environ.get("SLURM_RESTART_COUNT", 0)) < 3:
        time.sleep(1)
    return [os.path.basename(path) for path in mini_batch]
PYTHON
echo 'def run(mini_batch): raise ValueError("as it must")' >scripts/fails.py

# write_job NAME SCRIPT NODES "MORE KEYS" OPTIONS…: NAME.yaml, and NAME.sbatch as the verb writes it.
write_job() {
  mkdir -p "marks/$1"
  cat >"$1.yaml" <<YAML
name: $1
inputs: [{name: numbers, path: data}]
output: $1
parallel_run_config:
  entry_script: $2
  source_directory: scripts
  mini_batch_size: 1
  error_threshold: 0
  run_max_try: 1
  output_action: append_row
  node_count: $3
  process_count_per_node: 2
  environment: {python: /usr/bin/python3}
  environment_variables: {MARKS: $work/marks/$1}
$4
YAML
  "$PRS_MPI" slurm "$1.yaml" "${@:5}" >"$1.sbatch" 2>"$1.verb.log" || fail "$1: no script was written"
}
submit() { slurm sbatch --parsable "${@:2}" "$1.sbatch" || fail "$1: not submitted"; }

# expect_places NAME NODES DEVICES: each of that many machines had two workers, each with a device of its own where there are any.
expect_places() {
  /usr/bin/python3 - "$@" <<'PYTHON' || fail "$1: the workers are not in their places"
import collections
import sys

name, nodes, devices = sys.argv[1], int(sys.argv[2]), sys.argv[3]
rows = {tuple(line.split()) for line in open(name + "/parallel_run_step.txt")}
on = collections.defaultdict(list)
for worker, host, device in rows:
    on[host].append(device)
print(name, {host: sorted(found) for host, found in sorted(on.items())})
is_right = len(rows) == 2 * nodes == len({worker for worker, _, _ in rows}) and len(on) == nodes
sys.exit(not is_right or (devices == "gpus" and any(sorted(found) != ["0", "1"] for found in on.values())))
PYTHON
}

# ---- what takes its time ----
# The limit: Slurm grants whole minutes, so the script itself moves its end, where a user would load modules.
write_job limited slow.py 1 "  run_invocation_timeout: 5" --time 1
# shellcheck disable=SC2016  # the job's own variables
sed -i 's|^# module load .*|((${SLURM_RESTART_COUNT:-0} >= 3)) \|\| scontrol update JobId="$SLURM_JOB_ID" EndTime=now+15|' limited.sbatch
grep -q '^((.*EndTime=now+15$' limited.sbatch || fail "limited: the script has no place for modules"
limited=$(submit limited --nodelist=n1 --signal=B:USR1@0)
# The loss: of n2, where the batch script is. n1 has Slurm's controller.
write_job lost held.py 2 ""
touch marks/lost/hold
lost=$(submit lost --exclude=n1)
wait_for 60 test -e marks/lost/running || fail "lost: no run() within a minute"
[[ $(job "$lost" 'BatchHost=\w+') == BatchHost=n2 ]] || fail "lost: its batch script is not on n2: $(job "$lost" 'BatchHost=\w+')"
PRS_HOSTS_DIR=$work/slurm/hosts "$here/multihost.sh" kill n2
rm marks/lost/hold

# ---- machines and GPUs ----
write_job one where.py 1 "  compute_target: high"
write_job one-gpus where.py 1 "  gpus_per_node: 2" --launcher mpirun
write_job four where.py 4 "" --launcher mpirun
write_job four-gpus where.py 4 "  gpus_per_node: 2"
for name in one one-gpus four four-gpus; do
  slurm sbatch --test-only --exclude=n2 "$name.sbatch" 2>"$name.test.log" || fail "$name: sbatch does not take it"
  slurm sbatch --wait --exclude=n2 "$name.sbatch" >/dev/null || fail "$name: the job's exit status is not 0"
done
expect_places one 1 none
expect_places one-gpus 1 gpus
expect_places four 4 none
expect_places four-gpus 4 gpus
write_job nowhere where.py 1 "  compute_target: nowhere"
! slurm sbatch --test-only nowhere.sbatch 2>nowhere.test.log || fail "nowhere: sbatch takes a partition that is not there"

# ---- a failing job ----
write_job failing fails.py 1 ""
job=$(slurm sbatch --parsable --wait --exclude=n2 failing.sbatch)
status=$?
((status == 1)) || fail "failing: sbatch --wait gives $status, not 1"
[[ $(job "$job" '(JobState|Restarts|ExitCode)=[A-Z0-9:]+' | sort | tr '\n' ' ') == "ExitCode=1:0 JobState=FAILED Restarts=0 " ]] ||
  fail "failing: $(job "$job")"
write_job mistaken where.py 1 ""
echo 'node_count: 3' >>mistaken.yaml
slurm sbatch --wait --exclude=n2 mistaken.sbatch >/dev/null
status=$?
((status == 2)) || fail "mistaken: sbatch --wait gives $status, not 2"
echo "exit status 1 of a failing job, 2 of one with a mistake: both are final"

# ---- scancel ----
write_job cancelled held.py 1 "" --launcher mpirun
touch marks/cancelled/hold
job=$(submit cancelled --exclude=n2)
wait_for 60 test -e marks/cancelled/running || fail "cancelled: no run() within a minute"
slurm scancel "$job"
wait_for 60 has_state "$job" CANCELLED || fail "cancelled: $(job "$job")"
[[ ! -e cancelled/parallel_run_step.txt ]] || fail "cancelled: it has an output"
rm marks/cancelled/hold
slurm sbatch --wait --exclude=n2 cancelled.sbatch >/dev/null || fail "cancelled: the same script does not go on"
cmp -s <(ls data) cancelled/parallel_run_step.txt || fail "cancelled: the rows are not one for each item"
echo "cancelled: it stayed stopped, and the same script went on"

# ---- what took its time ----
wait_for 120 has_state "$lost" COMPLETED || fail "lost: $(job "$lost")"
[[ $(job "$lost" 'Restarts=[0-9]+') == Restarts=1 ]] || fail "lost: $(job "$lost" 'Restarts=[0-9]+'), not 1"
cmp -s <(ls data) lost/parallel_run_step.txt || fail "lost: the rows are not one for each item"
echo "lost: put back after the loss of its first machine, and completed on $(job "$lost" ' NodeList=.*')"
wait_for 180 has_state "$limited" COMPLETED || fail "limited: $(job "$limited")"
[[ $(job "$limited" 'Restarts=[0-9]+') == Restarts=3 ]] || fail "limited: $(job "$limited" 'Restarts=[0-9]+'), not 3"
[[ $(grep -c 'time limit is near' limited-*.log) == 3 && $(grep -c 'exit status 75, back into the queue' limited-*.log) == 3 ]] ||
  fail "limited: it did not meet its limit three times"
"$PRS_MPI" limited.yaml --output undisturbed >undisturbed.log 2>&1 || fail "undisturbed: $(tail -n 1 undisturbed.log)"
cmp undisturbed/parallel_run_step.txt limited/parallel_run_step.txt || fail "limited: its output is not that of an undisturbed run"
echo "limited: three times at its time limit, and completed with the output of an undisturbed run"

echo "passed"
