#!/usr/bin/env bash
# A real Slurm of two nodes, each with one core, on 127.0.0.1: `two-nodes.sh start FOLDER PORT` or `two-nodes.sh stop FOLDER`.
set -euo pipefail
folder=$2
SLURM_CONF=$folder/slurm.conf
if [ "$1" = stop ]; then
    # Daemons and trainings have the mark, jobs the number of a job beside the configuration, which the program's other children have too.
    for process in /proc/[0-9]*; do
        if grep -qzxF "MOELAB_TEST_SLURM=$folder" "$process/environ" 2>/dev/null \
            || { grep -qzxF "SLURM_CONF=$SLURM_CONF" "$process/environ" && grep -qz '^SLURM_JOB_ID=' "$process/environ"; } 2>/dev/null; then
            kill -9 "${process#/proc/}" 2>/dev/null || true
        fi
    done
    if [ -e "$folder/munged.pid" ]; then kill -9 "$(cat "$folder/munged.pid")" 2>/dev/null || true; fi
    exit 0
fi
export SLURM_CONF MOELAB_TEST_SLURM=$folder
port=$3
host=$(hostname -s)
mkdir -p "$folder"/{state,munge,tmp-n1,tmp-n2}
head -c 1024 /dev/urandom >"$folder/munge/key"
chmod 700 "$folder/munge"
chmod 400 "$folder/munge/key"
munged --force --key-file="$folder/munge/key" --socket="$folder/munge.socket" --pid-file="$folder/munged.pid" --log-file="$folder/munged.log" \
    --seed-file="$folder/munge/seed" >/dev/null 2>&1
cat >"$folder/slurm.conf" <<CONF
ClusterName=test
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=$port
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket=$folder/munge.socket
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool-%n
SlurmctldPidFile=$folder/slurmctld.pid
SlurmdPidFile=$folder/slurmd-%n.pid
SlurmctldLogFile=$folder/slurmctld.log
SlurmdLogFile=$folder/slurmd-%n.log
ProctrackType=proctrack/pgid
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerParameters=batch_sched_delay=0,sched_interval=1
ReturnToService=2
MpiDefault=none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
KillWait=10
TmpFS=$folder/tmp-%n
NodeName=n[1-2] NodeHostname=$host NodeAddr=127.0.0.1 Port=[$((port + 1))-$((port + 2))] CPUs=1 RealMemory=1000
PartitionName=batch Nodes=n[1-2] Default=YES MaxTime=INFINITE State=UP
CONF
slurmctld >/dev/null 2>&1
slurmd -N n1 >/dev/null 2>&1
slurmd -N n2 >/dev/null 2>&1
for _ in $(seq 100); do
    if [ "$(sinfo --noheader --format=%T --states=idle 2>/dev/null)" = idle ] && [ "$(sinfo --noheader --format=%D --states=idle)" = 2 ]; then exit 0; fi
    sleep 0.2
done
echo "the nodes did not become idle" >&2
tail -n 5 "$folder"/*.log >&2
exit 1
