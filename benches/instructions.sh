#!/usr/bin/env bash
# Counts the instructions of every scenario of benches/instructions.rs, and of reading a dump
# (crates/daemonset-manifest/benches/reading_instructions.rs), and compares them with
# benches/instructions.txt; with `--bless`, writes that file anew. Says beside them how fast reading is
# as a share of readers that build nothing. Needs valgrind.
set -euo pipefail
cd "$(dirname "$0")/.."

# What the compiler and the C library decide varies a little from release to release.
allowed_percent=5

# The program of a bench, built.
built() {
  cargo bench --locked "$@" --no-run --message-format=json --quiet |
    sed -n 's/.*"executable":"\([^"]*instructions-[^"]*\)".*/\1/p' | tail -n 1
}

counts=$(mktemp)
out=$(mktemp)
trap 'rm -f "$counts" "$out"' EXIT
for program in "$(built --bench instructions)" \
  "$(built -p daemonset-manifest --bench reading_instructions)"; do
  for scenario in $("$program" | sed 's/: ran$//'); do
    valgrind --tool=callgrind --collect-atstart=no --toggle-collect='*counted*' \
      --callgrind-out-file="$out" "$program" "$scenario" >/dev/null 2>&1
    echo "$scenario $(sed -n 's/^\(summary\|totals\): \([0-9]*\).*/\2/p' "$out" | tail -n 1)"
  done
done >"$counts"

awk '
  { count[$1] = $2 }
  END {
    split("json-read json-read-room", json, " ")
    for (at in json) printf "%-18s %6.2f of the speed of serde_json, which builds nothing\n", json[at], count["json-ignored"] / count[json[at]]
    printf "%-18s %6.2f of the instructions of a loop that merely reads what a plan must read\n", "round-steady", count["round-steady"] / count["naive-steady"]
    split("yaml-read yaml-read-room", yaml, " ")
    for (at in yaml) printf "%-18s %6.2f of the speed of granit-parser, which builds nothing\n", yaml[at], count["yaml-events"] / count[yaml[at]]
  }' "$counts" | sort

if [ "${1:-}" = --bless ]; then
  cp "$counts" benches/instructions.txt
  cat benches/instructions.txt
  exit
fi
awk -v allowed="$allowed_percent" '
  NR == FNR { before[$1] = $2; next }
  {
    change = before[$1] ? 100 * ($2 - before[$1]) / before[$1] : 100
    verdict = change > allowed ? "too many" : (change < -allowed ? "fewer: bless the new count" : "")
    printf "%-18s %12d instructions, %+6.2f %% %s\n", $1, $2, change, verdict
    if (change > allowed || change < -allowed) bad = 1
    seen[$1] = 1
  }
  END {
    for (name in before) if (!seen[name]) { print name ": gone"; bad = 1 }
    exit bad
  }' benches/instructions.txt "$counts"
