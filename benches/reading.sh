#!/usr/bin/env bash
# How fast the command is from a file to its answer, and how much memory it takes, beside parsers that read
# the same file and keep nothing. CPU time of whole processes; all take turns, and the least of all rounds
# counts, so that what else runs on the machine slows all of them alike. Prints a table. Needs Linux and GNU
# time.
#
# usage: benches/reading.sh [ROUNDS [NODES]]   (10 and 2000 unless given)
set -euo pipefail
cd "$(dirname "$0")/.."

rounds=${1:-10}
nodes=${2:-2000}

# As it is released (`.ci/release` sets paths besides), and the parsers with the same profile.
cargo build --locked --quiet --profile dist -p dsplan
dsplan=${CARGO_TARGET_DIR:-target}/dist/dsplan
reading=$(cargo bench --locked --profile dist -p daemonset-manifest --bench reading --no-run --message-format=json --quiet |
  sed -n 's/.*"executable":"\([^"]*\/reading-[^"]*\)".*/\1/p' | tail -n 1)

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"$reading" "$folder" "$nodes"
json=$folder/dump.json yaml=$folder/dump.yaml

# What is measured: its name, the file, and the command.
measured="serde_json $json $reading ignore serde_json $json
plan-json $json $dsplan plan $json
explain-json $json $dsplan explain $json
status-json $json $dsplan status $json
granit-parser $yaml $reading ignore granit-parser $yaml
serde_yaml $yaml $reading ignore serde_yaml $yaml
plan-yaml $yaml $dsplan plan $yaml
explain-yaml $yaml $dsplan explain $yaml"

for ((round = 0; round < rounds; round++)); do
  while read -r name file command; do
    # What a command finds makes its exit status.
    TIMEFORMAT='%3U %3S'
    spent=$({ time $command >"$folder/out" 2>/dev/null || true; } 2>&1)
    /usr/bin/time -o "$folder/memory" -f %M $command >/dev/null 2>&1 || true
    memory=$(tail -n 1 "$folder/memory")
    case $command in *" ignore "*) within=$(cat "$folder/out") ;; *) within=0 ;; esac
    echo "$name $(stat -c %s "$file") $spent $within $memory"
  done <<<"$measured"
done >"$folder/all"

awk '
  function least(name, what, value) { if (!((name, what) in best) || value < best[name, what]) best[name, what] = value }
  !($1 in size) { names[++n] = $1 }
  { size[$1] = $2; least($1, "cpu", $3 + $4); least($1, "within", $5); least($1, "memory", $6 * 1024) }
  function row(name, bare) {
    printf "| %s | %.3f s | %.2f | %.2f | %.1f MB | %.2f |\n", name, best[name, "cpu"], \
      best[bare, "within"] / best[name, "cpu"], best[bare, "cpu"] / best[name, "cpu"], \
      best[name, "memory"] / 1e6, best[name, "memory"] / size[name]
  }
  END {
    printf "JSON of %.1f MB: serde_json takes %.3f s for the text alone. ", size["serde_json"] / 1e6, best["serde_json", "within"]
    printf "YAML of %.1f MB: granit-parser takes %.3f s, serde_yaml %.3f s.\n\n", size["granit-parser"] / 1e6, best["granit-parser", "within"], best["serde_yaml", "within"]
    print "| | CPU, from file to end | of the speed of the parser alone | of a process that reads the file by it | memory at most | of the file |"
    print "| --- | ---: | ---: | ---: | ---: | ---: |"
    for (i = 1; i <= n; i++) row(names[i], size[names[i]] == size["serde_json"] ? "serde_json" : "granit-parser")
  }' "$folder/all"
