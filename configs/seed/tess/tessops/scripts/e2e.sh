#!/bin/sh
# The end-to-end tests, run against the cluster that was leased for them: $CLUSTER names it.
set -eu
echo "running the end-to-end tests against $CLUSTER"
sleep "${E2E_SECONDS:-2}"
. src/cluster-name.sh
case "$CLUSTER" in
*-e2e-*) echo "ok 1 - $CLUSTER is a test cluster" ;;
*) echo "not ok 1 - $CLUSTER is not a test cluster"; exit 1 ;;
esac
