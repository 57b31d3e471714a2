#!/usr/bin/env bash
# Counts the instructions of every scenario of benches/instructions.rs and compares them with
# benches/instructions.txt; with `--bless`, writes that file anew. Needs valgrind.
set -euo pipefail
cd "$(dirname "$0")/.."

# What the compiler and the C library decide varies a little from release to release.
allowed_percent=5

binary=$(cargo bench --bench instructions --no-run --message-format=json --quiet |
  sed -n 's/.*"executable":"\([^"]*instructions-[^"]*\)".*/\1/p' | tail -n 1)
counts=$(mktemp)
out=$(mktemp)
trap 'rm -f "$counts" "$out"' EXIT
for scenario in $("$binary" | sed 's/: ran$//'); do
  valgrind --tool=callgrind --collect-atstart=no --toggle-collect='*counted*' \
    --callgrind-out-file="$out" "$binary" "$scenario" >/dev/null 2>&1
  echo "$scenario $(sed -n 's/^\(summary\|totals\): \([0-9]*\).*/\2/p' "$out" | tail -n 1)"
done >"$counts"

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
