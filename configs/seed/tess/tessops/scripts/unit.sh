#!/bin/sh
# Runs tests/*-test.sh, prints TAP, leaves artifacts/junit_unit.xml where $ARTIFACTS says.
set -u
count=0
failures=0
cases=''

check() { # check NAME GOT WANTED
	count=$((count + 1))
	if [ "$2" = "$3" ]; then
		echo "ok $count - $1"
		cases="$cases<testcase name=\"$1\" classname=\"tessops\" time=\"0\"/>"
	else
		failures=$((failures + 1))
		echo "not ok $count - $1: got '$2', wanted '$3'"
		cases="$cases<testcase name=\"$1\" classname=\"tessops\" time=\"0\"><failure message=\"not as wanted\"/></testcase>"
	fi
}

for file in tests/*-test.sh; do
	. "./$file"
done
echo "1..$count"
if [ -n "${ARTIFACTS:-}" ]; then
	mkdir -p "$ARTIFACTS"
	echo "<testsuite name=\"unit\" tests=\"$count\" failures=\"$failures\">$cases</testsuite>" >"$ARTIFACTS/junit_unit.xml"
fi
[ "$failures" -eq 0 ]
