#!/bin/sh
# What runs after a merge: packs the sources as an artifact.
set -eu
mkdir -p "${ARTIFACTS:-artifacts}"
git archive --format=tar HEAD >"${ARTIFACTS:-artifacts}/tessops.tar"
echo "published $(git rev-parse HEAD)"
