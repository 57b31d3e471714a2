#!/usr/bin/env bash
# Counts the instructions that every command takes on dumps of several sizes, and fits how they grow:
# as nodes^e. Fails where e is more than 1.05, which linear work stays below: what a command takes
# however small the dump is makes e smaller. The same for what else may grow (benches/growth.py).
# Needs valgrind and Python 3.
#
# usage: benches/growth.sh [NODES...]   (50 100 200 unless given)
set -euo pipefail
cd "$(dirname "$0")/.."

allowed=1.05
sizes=("$@")
if [ $# -eq 0 ]; then sizes=(50 100 200); fi

# With the profile of the benches, whose packages are built already.
cargo build --profile bench --locked --quiet -p dsplan
dsplan=$PWD/target/release/dsplan
writer=$(cargo bench --locked -p daemonset-manifest --bench reading --no-run --message-format=json --quiet |
  sed -n 's/.*"executable":"\([^"]*\/reading-[^"]*\)".*/\1/p' | tail -n 1)

generator=$PWD/benches/growth.py
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
for nodes in "${sizes[@]}"; do
  mkdir "nodes-$nodes"
  "$writer" "nodes-$nodes" "$nodes"
  # The same with a new version of one DaemonSet.
  sed 's/"image": "busybox"/"image": "busybox:2"/' "nodes-$nodes/dump.json" >"nodes-$nodes/new.json"
done
for kind in revisions priorities; do
  for sets in "${sizes[@]}"; do
    mkdir "$kind-$sets"
    python3 "$generator" "$kind" "$sets" >"$kind-$sets/dump.json"
  done
done

# What grows, to which power the work may grow with it, a command's name, and its arguments; DUMP is the dump, NEW the
# one with a new version. Of sets of rising priority each may evict all of those before it, and
# each that it evicts is told: that is the square of their number.
commands='nodes 1 plan plan DUMP
nodes 1 plan-yaml plan YAML
nodes 1 status status DUMP
nodes 1 explain explain DUMP
nodes 1 lint lint DUMP
nodes 1 validate validate DUMP
nodes 1 diff diff DUMP DUMP
nodes 1 report report DUMP -o html
nodes 1 overhead overhead DUMP
nodes 1 fit fit DUMP
nodes 1 forecast forecast DUMP NEW default/example-daemonset --runs 20
revisions 1 diff diff DUMP DUMP
revisions 1 explain explain DUMP
priorities 1 plan plan DUMP
priorities 2 fit fit DUMP'

bad=0
while read -r kind power name arguments; do
  counts=
  for size in "${sizes[@]}"; do
    read -ra words <<<"$arguments"
    words=("${words[@]/DUMP/$kind-$size/dump.json}")
    words=("${words[@]/NEW/$kind-$size/new.json}")
    words=("${words[@]/YAML/$kind-$size/dump.yaml}")
    # What a command finds makes its exit status.
    valgrind --tool=callgrind --callgrind-out-file=counted "$dsplan" "${words[@]}" >/dev/null 2>&1 || true
    counts+="$size $(sed -n 's/^\(summary\|totals\): \([0-9]*\).*/\2/p' counted | tail -n 1)"$'\n'
  done
  printf '%s' "$counts" | awk -v kind="$kind" -v name="$name" -v allowed="$allowed" -v power="$power" '
    { x = log($1); y = log($2); n++; sx += x; sy += y; sxx += x * x; sxy += x * y; before = last; fewer = size; last = $2; size = $1 }
    END {
      e = (n * sxy - sx * sy) / (n * sxx - sx * sx)
      d = log(last / before) / log(size / fewer)
      verdict = (e <= allowed * power) ? "" : ": more than it may"
      printf "%-12s %s^%.3f, %s^%.3f at last, %10.0f instructions each at %d%s\n", name, kind, e, kind, d, last / size, size, verdict
      exit !(e <= allowed * power)
    }' || bad=1
done <<<"$commands"
exit $bad
