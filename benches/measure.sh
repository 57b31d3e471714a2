#!/usr/bin/env bash
# Measures what docs/performance.md tells. Times are the least CPU time of runs that took turns, so that other
# work on the machine matters little; instructions and bytes do not depend on it. Takes half an hour on two
# idle cores. Needs Linux, GNU time, valgrind and Python 3.
set -euo pipefail
cd "$(dirname "$0")/.."

benches/reading.sh
benches/instructions.sh
benches/growth.sh
cargo bench --locked --bench one_shot
cargo bench --locked --bench changes
cargo bench --locked --bench memory
cargo bench --locked -p daemonset-k8s-openapi --bench ingest
explain=$(cargo bench --locked -p daemonset-explain --bench explain_instructions --no-run --message-format=json --quiet |
  sed -n 's/.*"executable":"\([^"]*instructions-[^"]*\)".*/\1/p' | tail -n 1)
counted=$(mktemp)
trap 'rm -f "$counted"' EXIT
for scenario in $("$explain" | sed 's/: ran$//'); do
  NODES=10000 valgrind --tool=callgrind --collect-atstart=no --toggle-collect='*counted*' \
    --callgrind-out-file="$counted" "$explain" "$scenario" >/dev/null 2>&1
  echo "$scenario, 10000 nodes: $(sed -n 's/^\(summary\|totals\): \([0-9]*\).*/\2/p' "$counted" | tail -n 1) instructions"
done
