#!/usr/bin/env bash
# Runs both batch templates on a real Slurm of two nodes, made for this test and taken down again:
#   1. the digits are classified by four scripts on two hosts, and the rows are right and the same both ways;
#   2. a warned job (SIGUSR1 to the batch script) ends as interrupted and is put back into the queue.
# Environment and exit status: slurm_testing.sh.
set -u
# shellcheck source=tests/slurm/slurm_testing.sh
. "$(dirname "${BASH_SOURCE[0]}")/slurm_testing.sh"

PRS_SLURM_CPUS=2 "$here/slurm-up.sh" up 2 || fail "Slurm did not come up"

# ---- the input, the scripts ----
/usr/bin/python3 "$root/configs/digits/prepare.py" "$work/digits" >/dev/null || fail "no digits"
mkdir -p scripts seen_hosts
cp "$root/configs/digits/scripts/digits.py" scripts/
cat >scripts/on_hosts.py <<'PYTHON'
"""The digits' own entry script, and a note of each host on which it ran."""
import os
import socket

import digits


def init():
    digits.init()
    open(os.path.join(os.environ["SEEN_HOSTS"], socket.gethostname()), "w").close()


run = digits.run
PYTHON
cat >scripts/slow.py <<'PYTHON'
"""Leaves a mark, then takes its time: so that a job can be warned while it runs."""
import os
import time


def run(mini_batch):
    open(os.environ["RUNNING_MARK"], "w").close()
    time.sleep(float(os.environ["RUN_SECONDS"]))
    return mini_batch
PYTHON

# write_config NAME ENTRY_SCRIPT
write_config() {
  cat >"$1.yaml" <<YAML
name: $1
inputs: [{name: digits, path: digits/test}]
side_inputs: {labels: $root/configs/digits/labels.txt}
models: {digits: digits/model.json}
arguments: [--labels, side_input:labels]
output: $1
parallel_run_config:
  entry_script: $2
  source_directory: scripts
  mini_batch_size: 5
  error_threshold: 0
  output_action: append_row
  node_count: 2
  process_count_per_node: 2
  environment: {python: /usr/bin/python3}
  environment_variables: {SEEN_HOSTS: $work/seen_hosts, RUNNING_MARK: $work/$1.running, RUN_SECONDS: 1}
YAML
}

for way in srun mpirun; do
  template=$root/slurm/prs_mpi-$way.sbatch
  write_config "digits-$way" on_hosts.py
  rm -f seen_hosts/*
  slurm sbatch --wait --chdir="$work" --output="digits-$way.log" "$template" "$work/digits-$way.yaml" >/dev/null || fail "$way: the job's exit status is not 0"
  /usr/bin/python3 "$root/configs/digits/score.py" "digits-$way/parallel_run_step.txt" digits/labels.csv >score.txt 2>&1 ||
    fail "$way: the rows are not one for each digit: $(cat score.txt)"
  [[ $(cd seen_hosts && echo *) == "n1 n2" ]] || fail "$way: the scripts ran on '$(cd seen_hosts && echo *)', not on n1 and n2"
  echo "$way: $(grep Accuracy score.txt), on two hosts"
done
cmp digits-srun/parallel_run_step.txt digits-mpirun/parallel_run_step.txt || fail "the two ways gave different rows"

for way in srun mpirun; do
  template=$root/slurm/prs_mpi-$way.sbatch
  write_config "slow-$way" slow.py
  job=$(slurm sbatch --parsable --chdir="$work" --output="slow-$way.log" "$template" "$work/slow-$way.yaml") || fail "$way: not submitted"
  wait_for 60 test -e "slow-$way.running" || fail "$way: no run() within a minute"
  slurm scancel --batch --signal=USR1 "$job"
  wait_for 60 was_put_back "$job" || fail "$way: warned, but not put back into the queue: $(slurm scontrol show job "$job" | grep -E 'JobState|Restarts')"
  grep -q 'exit status 75, back into the queue' "slow-$way.log" || fail "$way: warned, but the exit status was not 75"
  # By this the next start knows that the same command is given again.
  grep -q "\"launcher\": \".*/$job\"" "slow-$way/.prs/run.json" || fail "$way: rank 0 does not know which job it is of: $(cat "slow-$way/.prs/run.json")"
  slurm scancel "$job"
  wait_for 30 nothing_runs || fail "$way: ranks are left: $(pgrep -af -- "$PRS_MPI $work/")"
  echo "$way: warned, exit status 75, back in the queue"
done
echo "passed"
