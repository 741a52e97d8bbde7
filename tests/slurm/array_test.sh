#!/usr/bin/env bash
# What `prs_mpi slurm --array` writes, on a real Slurm of two nodes, made for this test and taken down again (rule 7.7):
#   1. sbatch takes the script; its tasks run the slices, and the job that the first one submits joins them: the output is that of one run;
#   2. a task that meets its time limit is put back, it alone, and the join waits for it;
#   3. a slice that fails takes the join away; that slice, submitted again, brings a new one along.
# Environment and exit status: slurm_testing.sh.
set -u
# shellcheck source=tests/slurm/slurm_testing.sh
. "$(dirname "${BASH_SOURCE[0]}")/slurm_testing.sh"

PRS_SLURM_CPUS=8 PRS_SLURM_REQUEUE_SECONDS=10 "$here/slurm-up.sh" up 2 || fail "Slurm did not come up"

mkdir -p scripts data marks
for number in {1000..1059}; do echo "$number" >"data/$number"; done
cat >scripts/rows.py <<'PYTHON'
"""Fails for the item that a mark names. Takes its time in the first start of a task with a mark of its own: too much for that start."""
import os
import time


def run(mini_batch):
    name = os.path.basename(mini_batch[0])
    if os.path.exists(os.path.join(os.environ["MARKS"], "fails-" + name)):
        raise ValueError("as it must")
    if os.path.exists(os.path.join(os.environ["MARKS"], "slow-" + os.environ.get("SLURM_ARRAY_TASK_ID", ""))):
        time.sleep(0 if int(os.environ.get("SLURM_RESTART_COUNT", 0)) else 2)
    return [mini_batch.task_id + " " + name]
PYTHON

# write_job NAME: NAME.yaml, NAME.sbatch as the verb writes it for three slices.
write_job() {
  mkdir -p "marks/$1"
  cat >"$1.yaml" <<YAML
name: $1
inputs: [{name: numbers, path: data}]
output: $1
parallel_run_config:
  entry_script: rows.py
  source_directory: scripts
  mini_batch_size: 1
  error_threshold: 0
  run_max_try: 1
  run_invocation_timeout: 5
  output_action: append_row
  node_count: 1
  process_count_per_node: 2
  environment: {python: /usr/bin/python3}
  environment_variables: {MARKS: $work/marks/$1}
YAML
  "$PRS_MPI" slurm "$1.yaml" --array 3 "${@:2}" >"$1.sbatch" 2>"$1.verb.log" || fail "$1: no script was written"
}
submit() { slurm sbatch --parsable "${@:2}" "$1.sbatch" || fail "$1: not submitted"; }
# The join that the array's first task, by default task 1, submitted: its number stands in that task's log.
has_join() { grep -qxE '[0-9]+' "$1-$2_${3:-1}.log" 2>/dev/null; }
join_of() {
  wait_for 60 has_join "$@" || fail "$1: no join was submitted: $(cat "$1-$2"_*.log)"
  grep -m 1 -xE '[0-9]+' "$1-$2_${3:-1}.log"
}
expect_output() {
  cmp undisturbed/parallel_run_step.txt "$1/parallel_run_step.txt" || fail "$1: its output is not that of one run"
}

write_job plain
"$PRS_MPI" plain.yaml --output undisturbed >undisturbed.log 2>&1 || fail "undisturbed: $(tail -n 1 undisturbed.log)"
slurm sbatch --test-only plain.sbatch 2>plain.test.log || fail "plain: sbatch does not take it"

# ---- what takes its time: the last task, whose number Slurm gives to the array as well ----
write_job limited --time 1
touch marks/limited/slow-3
# Slurm grants whole minutes, so the script itself moves its end, where a user would load modules.
# shellcheck disable=SC2016  # the task's own variables
sed -i 's|^# module load .*|((SLURM_ARRAY_TASK_ID != 3 \|\| ${SLURM_RESTART_COUNT:-0} > 0)) \|\| scontrol update JobId="${SLURM_ARRAY_JOB_ID}_3" EndTime=now+15|' limited.sbatch
grep -q 'EndTime=now+15$' limited.sbatch || fail "limited: the script has no place for modules"
limited=$(submit limited)

# ---- all slices, and their join ----
plain=$(submit plain)
join=$(join_of plain "$plain")
wait_for 120 has_state "$join" COMPLETED || fail "plain: the join: $(job "$join")"
expect_output plain
grep -q 'completed: 60 mini-batches, 60 rows in' "plain-${join}_0.log" || fail "plain: the join's log does not say so"
echo "plain: three slices, joined to the output of one run"

# ---- a slice that fails ----
write_job failing
touch marks/failing/fails-1030
failing=$(submit failing)
join=$(join_of failing "$failing")
wait_for 120 has_state "${failing}_2" FAILED || fail "failing: slice 2: $(job "${failing}_2")"
wait_for 60 has_state "$join" CANCELLED || fail "failing: the join is still there: $(job "$join")"
[[ ! -e failing/parallel_run_step.txt ]] || fail "failing: it has an output"
rm marks/failing/fails-1030
failing=$(slurm sbatch --parsable --array=2 failing.sbatch --retry-failed) || fail "failing: not submitted again"
join=$(join_of failing "$failing" 2)
wait_for 120 has_state "$join" COMPLETED || fail "failing: the join: $(job "$join")"
expect_output failing
echo "failing: its join was taken away; the slice alone, submitted again, brought another one along"

# ---- what took its time ----
join=$(join_of limited "$limited")
wait_for 180 has_state "$join" COMPLETED || fail "limited: the join: $(job "$join"); $(job "${limited}_3")"
grep -q 'exit status 75, back into the queue (restart 1 ' "limited-${limited}_3.log" || fail "limited: task 3 did not meet its limit"
for task in 1 2; do
  ! grep -q 'back into the queue' "limited-${limited}_$task.log" || fail "limited: task $task was put back, too"
  [[ $(ls limited/.prs/slices/$task-of-3/.prs/ledger) == 1.ledger ]] || fail "limited: task $task has had another start"
done
expect_output limited
echo "limited: one task was put back, it alone, and the join waited for it"

echo "passed"
