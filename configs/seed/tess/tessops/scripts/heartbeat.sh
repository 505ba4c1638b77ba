#!/bin/sh
echo "tessops is alive at $(git rev-parse --short HEAD)"
