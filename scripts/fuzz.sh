#!/bin/sh
# Runs every fuzz target of the project for a while: fuzz.sh TIME
set -eu
time=${1:-5s}
found=0
for package in $(go list ./...); do
	for target in $(go test -list '^Fuzz' "$package" | grep '^Fuzz' || true); do
		echo "$package $target"
		go test -run '^$' -fuzz "^$target\$" -fuzztime "$time" "$package"
		found=$((found + 1))
	done
done
echo "$found fuzz targets ran for $time each"
[ "$found" -gt 0 ]
