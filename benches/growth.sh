#!/usr/bin/env bash
# Counts the instructions that every command takes on dumps of several sizes, and fits how they grow:
# as nodes^e. Fails where e is more than 1.05, which linear work stays below: what a command takes
# however small the dump is makes e smaller. Needs valgrind.
#
# usage: benches/growth.sh [NODES...]   (50 100 200 unless given)
set -euo pipefail
cd "$(dirname "$0")/.."

allowed=1.05
sizes=("$@")
if [ $# -eq 0 ]; then sizes=(50 100 200); fi

cargo build --release --locked --quiet -p dsplan
dsplan=$PWD/target/release/dsplan
writer=$(cargo bench --locked -p daemonset-manifest --bench reading --no-run --message-format=json --quiet |
  sed -n 's/.*"executable":"\([^"]*\/reading-[^"]*\)".*/\1/p' | tail -n 1)

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
for nodes in "${sizes[@]}"; do
  mkdir "$nodes"
  "$writer" "$nodes" "$nodes"
  # The same with a new version of one DaemonSet.
  sed 's/"image": "busybox"/"image": "busybox:2"/' "$nodes/dump.json" >"$nodes/new.json"
done

# A command's name, and its arguments; DUMP is the dump, NEW the one with a new version.
commands='plan plan DUMP
plan-yaml plan YAML
status status DUMP
explain explain DUMP
lint lint DUMP
validate validate DUMP
diff diff DUMP DUMP
report report DUMP -o html
overhead overhead DUMP
fit fit DUMP
forecast forecast DUMP NEW default/example-daemonset --runs 20'

bad=0
while read -r name arguments; do
  counts=
  for nodes in "${sizes[@]}"; do
    read -ra words <<<"$arguments"
    words=("${words[@]/DUMP/$nodes/dump.json}")
    words=("${words[@]/NEW/$nodes/new.json}")
    words=("${words[@]/YAML/$nodes/dump.yaml}")
    # What a command finds makes its exit status.
    valgrind --tool=callgrind --callgrind-out-file=counted "$dsplan" "${words[@]}" >/dev/null 2>&1 || true
    counts+="$nodes $(sed -n 's/^\(summary\|totals\): \([0-9]*\).*/\2/p' counted | tail -n 1)"$'\n'
  done
  printf '%s' "$counts" | awk -v name="$name" -v allowed="$allowed" '
    { x = log($1); y = log($2); n++; sx += x; sy += y; sxx += x * x; sxy += x * y; before = last; fewer = nodes; last = $2; nodes = $1 }
    END {
      e = (n * sxy - sx * sy) / (n * sxx - sx * sx)
      d = log(last / before) / log(nodes / fewer)
      verdict = (e <= allowed) ? "" : ": more than linear"
      printf "%-12s nodes^%.3f, nodes^%.3f at last, %10.0f instructions a node at %d nodes%s\n", name, e, d, last / nodes, nodes, verdict
      exit !(e <= allowed)
    }' || bad=1
done <<<"$commands"
exit $bad
