#!/usr/bin/env bash
# A real Slurm (munge + slurmctld + one slurmd a host) on one machine; all state under its own folder, own key and ports; root only.
# Each node is a "host" nK of multihost.sh (own hostname, IP, /dev/shm). Needs the packages slurm-wlm and munge.
# State lies in the folder PRS_SLURM_DIR (default: build/slurm under the current folder).
#   slurm-up.sh up [N]      N nodes with PRS_SLURM_CPUS cores each (default 2; more than the machine has is fine) and two GPUs that are
#                           none; partitions `low` and `high`
#   slurm-up.sh do CMD…     runs sbatch, squeue, scancel … on the head node
#   slurm-up.sh down        cancels all jobs, stops its own daemons and hosts
set -u
folder=${PRS_SLURM_DIR:-build/slurm}
mkdir -p "$folder"
folder=$(cd "$folder" && pwd)
export SLURM_CONF=$folder/slurm.conf PRS_HOSTS_DIR=$folder/hosts
hosts=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/multihost.sh

on_host() { "$hosts" run "n$1" env "SLURM_CONF=$SLURM_CONF" "${@:2}"; }

write_configuration() {
  cat >"$SLURM_CONF" <<CONF
ClusterName=prs
SlurmctldHost=n1(10.77.0.1)
SlurmctldPort=26817
AuthType=auth/munge
AuthInfo=socket=$folder/run/munge.sock,cred_expire=${PRS_SLURM_REQUEUE_SECONDS:-120}
SlurmUser=root
SlurmdUser=root
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool/%n
SlurmctldPidFile=$folder/run/slurmctld.pid
SlurmdPidFile=$folder/run/slurmd-%n.pid
SlurmctldLogFile=$folder/log/slurmctld.log
SlurmdLogFile=$folder/log/slurmd-%n.log
TmpFS=$folder/tmp/%n
GresTypes=gpu
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SlurmdParameters=config_overrides
MpiDefault=none
ReturnToService=2
KillWait=5
JobRequeue=1
SchedulerParameters=sched_interval=2,batch_sched_delay=1
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
SlurmctldTimeout=20
SlurmdTimeout=20
NodeName=n[1-$1] NodeAddr=10.77.0.[1-$1] Port=26821 CPUs=${PRS_SLURM_CPUS:-2} RealMemory=1000 Gres=gpu:2 State=UNKNOWN
PartitionName=low Nodes=ALL Default=YES MaxTime=INFINITE State=UP PriorityTier=1 GraceTime=5
PartitionName=high Nodes=ALL MaxTime=INFINITE State=UP PriorityTier=10 PreemptMode=OFF
CONF
  # Any file will do where nothing confines the jobs' devices.
  mkdir -p "$folder/gpus"
  touch "$folder/gpus/nvidia0" "$folder/gpus/nvidia1"
  echo "Name=gpu File=$folder/gpus/nvidia[0-1]" >"$folder/gres.conf"
}

up() {
  local count=$1 number
  mkdir -p "$folder"/{state,log,run}
  chmod 755 "$folder/run"
  for number in $(seq "$count"); do mkdir -p "$folder"/{spool,tmp}/"n$number"; done
  "$hosts" up "$count" || return 1
  if [[ ! -f $folder/munge.key ]]; then
    head -c 1024 /dev/urandom >"$folder/munge.key"
    chmod 400 "$folder/munge.key"
  fi
  munged --force --key-file="$folder/munge.key" --socket="$folder/run/munge.sock" --pid-file="$folder/run/munged.pid" \
    --log-file="$folder/log/munged.log" --seed-file="$folder/munge.seed" || return 1
  write_configuration "$count"
  on_host 1 slurmctld -c || return 1
  for number in $(seq "$count"); do on_host "$number" slurmd -N "n$number" || return 1; done
  for _ in {1..300}; do
    if (($(on_host 1 sinfo --noheader --Node --partition=low --states=idle --format=%N 2>/dev/null | wc -l) == count)); then return 0; fi
    sleep 0.1
  done
  echo "slurm-up.sh: the nodes did not become idle; see $folder/log" >&2
  return 1
}

down() {
  if [[ -e $SLURM_CONF ]]; then on_host 1 timeout 10 scancel --full --user=root 2>/dev/null; fi
  "$hosts" down
  local munged
  if munged=$(cat "$folder/run/munged.pid" 2>/dev/null) && kill "$munged" 2>/dev/null; then
    # It writes its seed when it ends: wait for that, or for its zombie.
    for _ in {1..50}; do
      [[ -n $(readlink "/proc/$munged/exe" 2>/dev/null) ]] || break
      sleep 0.05
    done
  fi
  rm -f "$folder"/run/*.pid
}

case ${1:-} in
  up) up "${2:-2}" ;;
  do) on_host 1 "${@:2}" ;;
  down) down ;;
  *) sed -n '2,7s/^# //p' "${BASH_SOURCE[0]}" ;;
esac
