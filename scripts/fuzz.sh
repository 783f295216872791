#!/bin/sh
# Runs every fuzz target of the project for a while: fuzz.sh TIME
set -eu
time=${1:-5s}
found=0
out=$(mktemp)
trap 'rm -f "$out"' EXIT

run() {
	status=0
	go test -run '^$' -fuzz "^$2\$" -fuzztime "$time" "$1" >"$out" 2>&1 || status=$?
	cat "$out"
	return $status
}

# Now and then go takes the end of the time itself for a failure, and names no input. That run is made again, once.
ended() { grep -q 'context deadline exceeded' "$out" && ! grep -q 'Failing input' "$out"; }

for package in $(go list ./...); do
	for target in $(go test -list '^Fuzz' "$package" | grep '^Fuzz' || true); do
		echo "$package $target"
		run "$package" "$target" || { ended && run "$package" "$target"; } || exit 1
		found=$((found + 1))
	done
done
echo "$found fuzz targets ran for $time each"
[ "$found" -gt 0 ]
