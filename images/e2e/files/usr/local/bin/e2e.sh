#!/bin/sh
# e2e.sh COMMAND [ARG …]: leases a cluster of the pool for this job ($BUILD_ID, $JOB_NAME), runs COMMAND with its name
# in $CLUSTER, and returns it: also when COMMAND fails or the pod is stopped. Waits in the pool's queue while nothing is
# vacant, at the most $E2E_LEASE_WAIT (30m: number and one of s, m, h). Exits with COMMAND's code.
# Asking again for the same build and job gets the same cluster, so a lost answer costs nothing.
set -u
: "${BUILD_ID:?e2e.sh: BUILD_ID is not set; it names the run that holds the lease}"
: "${JOB_NAME:?e2e.sh: JOB_NAME is not set; it names the job that holds the lease}"
[ $# -gt 0 ] || { echo 'e2e.sh: no command to run. Usage: e2e.sh COMMAND [ARG …]' >&2; exit 2; }

in_seconds() {
	number=${1%[smh]}
	case "$number" in '' | *[!0-9]*) echo "e2e.sh: E2E_LEASE_WAIT=$1: not a number with s, m or h" >&2; exit 2 ;; esac
	case "$1" in
	*h) echo $((number * 3600)) ;;
	*m) echo $((number * 60)) ;;
	*) echo "$number" ;;
	esac
}
wait_seconds=$(in_seconds "${E2E_LEASE_WAIT:-30m}") || exit 2
deadline=$(($(date +%s) + wait_seconds))

CLUSTER=''
child=''
call=''
answer=$(mktemp)
trap 'rm -f "$answer"' EXIT

# In the background, for a signal is heard at once only while the shell waits. Its output is in $answer.
ask() {
	cimaster-call "$@" >"$answer" &
	call=$!
	wait "$call"
	code=$?
	call=''
	return $code
}

give_back() {
	[ -n "$CLUSTER" ] || return 0
	tries=0
	until cimaster-call finishtest "cluster=$CLUSTER" "build=$BUILD_ID" "job=$JOB_NAME"; do
		# 1: refused. The lease is not ours any more (held, or already returned); there is nothing to give back.
		[ $? -eq 3 ] || break
		tries=$((tries + 1))
		[ "$tries" -lt 10 ] || { echo "e2e.sh: could not return $CLUSTER; the pool takes it back when this job has ended" >&2; break; }
		sleep 1
	done
	CLUSTER=''
}

stopped() {
	trap '' INT TERM
	if [ -n "$call" ]; then
		kill -TERM "$call" 2>/dev/null
		wait "$call" 2>/dev/null
	fi
	if [ -n "$child" ]; then
		kill -TERM "$child" 2>/dev/null
		wait "$child" 2>/dev/null
	fi
	# The pod may have been stopped between the pool's answer and our reading it: ask for what is ours.
	if [ -z "$CLUSTER" ] && [ -n "${asked:-}" ]; then CLUSTER=$(cimaster-call getvacant "build=$BUILD_ID" "job=$JOB_NAME" 2>/dev/null) || CLUSTER=''; fi
	give_back
	exit $((128 + $1))
}
trap 'stopped 2' INT
trap 'stopped 15' TERM

asked=yes
ask getvacant "build=$BUILD_ID" "job=$JOB_NAME"
code=$?
while [ "$code" -ne 0 ]; do
	[ "$code" -eq 3 ] || exit 1
	left=$((deadline - $(date +%s)))
	if [ "$left" -le 0 ]; then
		echo "e2e.sh: no cluster within ${E2E_LEASE_WAIT:-30m}" >&2
		exit 1
	fi
	echo 'waiting for a vacant cluster'
	sleep "${E2E_LEASE_POLL_SECONDS:-2}" &
	wait $!
	# One long call keeps its place in the queue; the pool waits for a day at the most.
	[ "$left" -le 86400 ] || left=86400
	CIMASTER_CALL_SECONDS=$((left + 30)) ask getvacant "build=$BUILD_ID" "job=$JOB_NAME" "wait=${left}s"
	code=$?
done
CLUSTER=$(cat "$answer")

echo "leased $CLUSTER for $JOB_NAME $BUILD_ID"
export CLUSTER
"$@" &
child=$!
wait "$child"
status=$?
child=''
give_back
exit "$status"
