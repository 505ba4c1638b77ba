#!/bin/sh
# Every shell file must parse; no text file may end a line with a blank.
set -u
status=0
for file in src/*.sh scripts/*.sh tests/*.sh; do
	sh -n "$file" || status=1
done
if grep -n '[[:blank:]]$' README.md src/*.sh scripts/*.sh tests/*.sh; then
	echo 'ERROR: the lines above end with a blank'
	status=1
fi
exit $status
