#!/usr/bin/env bash
# Measures everything that docs/performance.md tells and draws its plots anew. Takes half an hour and more;
# leave the machine alone meanwhile. Goes on where one of them fails (fewer or more instructions than before
# do, too), and fails at the end.
set -uo pipefail
cd "$(dirname "$0")/.."

failed=()
measure() {
  echo "== $*"
  "$@" || failed+=("$*")
}

of_core=(cargo bench --locked --all-features)
measure "${of_core[@]}" --bench round -- --warm-up-time 0.5 --measurement-time 2 --sample-size 15
measure "${of_core[@]}" --bench tracker -- --warm-up-time 0.3 --measurement-time 1 --sample-size 20
measure "${of_core[@]}" --bench modules -- --warm-up-time 0.3 --measurement-time 1 --sample-size 20
for bench in memory one_shot changes fit; do
  measure "${of_core[@]}" --bench "$bench"
done
measure cargo bench --locked -p daemonset-manifest --bench reading
measure benches/reading.sh
measure cargo bench --locked -p daemonset-forecast
measure cargo bench --locked -p daemonset-k8s-openapi --bench ingest
measure benches/instructions.sh
measure benches/growth.sh
for group in round kept incremental; do
  # On white, since the plots are black on nothing.
  sed '0,/<title>/s//<rect width="100%" height="100%" fill="white"\/>\n<title>/' \
    "${CARGO_TARGET_DIR:-target}/criterion/$group/report/lines.svg" >"docs/$group.svg.new" &&
    mv "docs/$group.svg.new" "docs/$group.svg" || failed+=("docs/$group.svg")
done

if [ ${#failed[@]} -gt 0 ]; then
  printf 'failed: %s\n' "${failed[@]}" >&2
  exit 1
fi
