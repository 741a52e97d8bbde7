#!/usr/bin/env bash
# Several "hosts" on one machine. Each host is a set of Linux namespaces: own network (IP), hostname, /etc/hosts, /dev/shm, SysV IPC and
# (all but the head n1) own process ids, so that "kill" really is a crash of the host. Needs root, iproute2, util-linux, procps.
# The machine's own network is not touched. State lies in the folder PRS_HOSTS_DIR (default: build/hosts under the current folder).
#   multihost.sh up [N]         switch + n1 … nN with 10.77.0.1 … N      multihost.sh down
#   multihost.sh run nK CMD…    run a command on host nK                 multihost.sh mpirun ARGS…   run mpirun on n1, its daemons on the others
#   multihost.sh cut|heal nK    link of nK down / up                     multihost.sh kill nK        (K > 1) crash: every process on it dies at once
#   multihost.sh slow nK RATE   no more than that passes the link of nK, as in 32kbit
set -u
state=${PRS_HOSTS_DIR:-build/hosts}
mkdir -p "$state"
state=$(cd "$state" && pwd)
export PRS_HOSTS_DIR=$state
self=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/$(basename "${BASH_SOURCE[0]}")

# The process that keeps a host's namespaces alive.
init_of() { cat "$state/$1.pid"; }

make_host() {
  local host=$1 outer process_ids=(--pid --fork --kill-child) mount_proc='mount -t proc proc /proc;'
  # The head stays in the machine's process ids, so that what starts it can watch it.
  if [[ $host == n1 || $host == switch ]]; then
    process_ids=()
    mount_proc=''
  fi
  unshare --net --uts --mount --ipc "${process_ids[@]}" bash -c "mount --make-rprivate /; hostname $host; $mount_proc
    mount -t tmpfs tmpfs /dev/shm; ip link set lo up; mount --bind '$state/hosts' /etc/hosts
    touch '$state/$host.ready'; while :; do sleep 3600 & wait \$!; done" </dev/null >/dev/null 2>&1 &
  outer=$!
  disown "$outer"
  for _ in {1..200}; do
    [[ ! -e $state/$host.ready ]] || break
    sleep 0.05
  done
  if ! rm "$state/$host.ready" 2>/dev/null; then
    echo "multihost.sh: host $host did not start (are namespaces allowed here?)" >&2
    return 1
  fi
  echo "$outer" >"$state/$host.outer"
  if ((${#process_ids[@]})); then pgrep -P "$outer" | head -n 1 >"$state/$host.pid"; else echo "$outer" >"$state/$host.pid"; fi
}

in_network_of() {
  local host=$1
  shift
  nsenter --net -t "$(init_of "$host")" -- "$@"
}

up() {
  local count=$1 host number
  {
    echo "127.0.0.1 localhost"
    for number in $(seq "$count"); do echo "10.77.0.$number n$number"; done
  } >"$state/hosts"
  make_host switch || return 1
  in_network_of switch sh -c 'ip link add bridge0 type bridge && ip link set bridge0 up' || return 1
  for number in $(seq "$count"); do
    host=n$number
    make_host "$host" || return 1
    ip link add "link$number" netns "$(init_of switch)" type veth peer name eth0 netns "$(init_of "$host")" || return 1
    in_network_of switch sh -c "ip link set link$number master bridge0 && ip link set link$number up" || return 1
    in_network_of "$host" sh -c "ip addr add 10.77.0.$number/24 dev eth0 && ip link set eth0 up" || return 1
  done
}

# Becomes the command on that host.
enter() {
  local host=$1 process_ids=(--pid)
  shift
  [[ $host != n1 ]] || process_ids=()
  # --root: in a chroot "/" is not the namespace's own.
  exec nsenter -t "$(init_of "$host")" --net --uts --mount --ipc "${process_ids[@]}" --root --wdns="$PWD" -- "$@"
}

# The processes that live in a network, by its namespace's name. (A zombie lives in none.)
processes_in() {
  local process
  for process in /proc/[0-9]*; do
    [[ $(readlink "$process/ns/net" 2>/dev/null) != "$1" ]] || echo "${process#/proc/}"
  done
}

# Ends every process in the network of each host that we made, and so the host; returns when they are gone.
down() {
  local file host network processes
  for file in "$state"/*.pid; do
    [[ -e $file ]] || continue
    host=$(basename "$file" .pid)
    network=$(readlink "/proc/$(cat "$file")/ns/net" 2>/dev/null)
    if [[ -n $network && $network != "$(readlink /proc/self/ns/net)" && -e $state/$host.outer ]]; then
      for _ in {1..50}; do
        mapfile -t processes < <(processes_in "$network")
        ((${#processes[@]})) || break
        kill -9 "${processes[@]}" 2>/dev/null
        sleep 0.05
      done
    fi
    rm -f "$file" "$state/$host.outer"
  done
}

case ${1:-} in
  up) up "${2:-3}" ;;
  down) down ;;
  run) enter "${@:2}" ;;
  agent) # what mpirun calls instead of ssh: options, host, command
    shift
    while [[ $1 == -* ]]; do shift; done
    enter "$1" sh -c "${*:2}"
    ;;
  mpirun)
    # shellcheck disable=SC2016  # "$@" is what the written script gets
    printf '#!/bin/sh\nexec %s agent "$@"\n' "$self" >"$state/agent.sh"
    chmod +x "$state/agent.sh"
    enter n1 mpirun --allow-run-as-root --mca plm_rsh_agent "$state/agent.sh" --mca btl_tcp_if_include eth0 \
      --mca oob_tcp_if_include eth0 "${@:2}"
    ;;
  cut) in_network_of switch ip link set "link${2#n}" down ;;
  heal) in_network_of switch ip link set "link${2#n}" up ;;
  slow) # Not every kernel can add latency (netem). What waits in this queue is late, too.
    limit=(root tbf rate "$3" burst 2kb latency 5s)
    in_network_of switch tc qdisc replace dev "link${2#n}" "${limit[@]}" &&
      in_network_of "$2" tc qdisc replace dev eth0 "${limit[@]}"
    ;;
  kill) kill -9 "$(init_of "$2")" ;;
  *) sed -n '2,8s/^# //p' "$self" ;;
esac
