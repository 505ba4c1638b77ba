#!/bin/sh
# create-cluster.sh: makes a test cluster and adds it to the pool, in the region $CLUSTER_REGION, in the name of the user
# who asked for it ($CLUSTER_USER, or the ProwJob's user). The making itself is $CLUSTER_PROVISIONER, a command that gets
# the name and the region and ends when the cluster can be used; without one the cluster is only registered.
set -eu
: "${BUILD_ID:?create-cluster.sh: BUILD_ID is not set; the cluster is named after it}"
region=${CLUSTER_REGION:?create-cluster.sh: CLUSTER_REGION is not set}
user=${CLUSTER_USER:-${PROW_USER:-${JOB_NAME:-unknown}}}
name=${CLUSTER_NAME:-$region-e2e-$BUILD_ID}
echo "creating $name in $region for $user"
if [ -n "${CLUSTER_PROVISIONER:-}" ]; then "$CLUSTER_PROVISIONER" "$name" "$region"; fi
tries=0
until cimaster-call addcluster "cluster=$name" "region=$region" "name=$user"; do
	[ $? -eq 3 ] && [ "$tries" -lt 30 ] || exit 1
	tries=$((tries + 1))
	sleep 2
done
