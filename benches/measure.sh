#!/usr/bin/env bash
# Measures what docs/performance.md tells. Times are the least CPU time of runs that took turns, so that other
# work on the machine matters little; instructions and bytes do not depend on it. Takes half an hour and more
# on two idle cores. Goes on where one of them fails (fewer or more instructions than before do, too), and
# fails at the end. Needs Linux, GNU time, valgrind and Python 3.
set -uo pipefail
cd "$(dirname "$0")/.."

failed=()
measure() {
  echo "== $*"
  "$@" || failed+=("$*")
}

# Explanations beside their plans.
explanations() {
  local program counted scenario
  program=$(cargo bench --locked -p daemonset-explain --bench explain_instructions --no-run --message-format=json --quiet |
    sed -n 's/.*"executable":"\([^"]*instructions-[^"]*\)".*/\1/p' | tail -n 1)
  counted=$(mktemp)
  for scenario in $("$program" | sed 's/: ran$//'); do
    NODES=10000 valgrind --tool=callgrind --collect-atstart=no --toggle-collect='*counted*' \
      --callgrind-out-file="$counted" "$program" "$scenario" >/dev/null 2>&1
    echo "$scenario, 10000 nodes: $(sed -n 's/^\(summary\|totals\): \([0-9]*\).*/\2/p' "$counted" | tail -n 1) instructions"
  done
  rm -f "$counted"
}

for bench in memory one_shot changes; do
  measure cargo bench --locked --bench "$bench"
done
measure benches/reading.sh
measure cargo bench --locked -p daemonset-k8s-openapi --bench ingest
measure benches/instructions.sh
measure benches/growth.sh
measure explanations

if [ ${#failed[@]} -gt 0 ]; then
  printf 'failed: %s\n' "${failed[@]}" >&2
  exit 1
fi
