#!/usr/bin/env bash
# Measures everything that docs/performance.md tells and draws its plots anew. Takes a quarter of an
# hour; leave the machine alone meanwhile.
set -euo pipefail
cd "$(dirname "$0")/.."

cargo bench --all-features --bench round -- --warm-up-time 0.5 --measurement-time 2 --sample-size 15
cargo bench --all-features --bench tracker -- --warm-up-time 0.3 --measurement-time 1 --sample-size 20
cargo bench --all-features --bench modules -- --warm-up-time 0.3 --measurement-time 1 --sample-size 20
cargo bench --all-features --bench memory
cargo bench --locked -p daemonset-manifest --bench reading
benches/reading.sh
benches/instructions.sh
benches/growth.sh
for group in round kept incremental; do
  # On white, since the plots are black on nothing.
  sed '0,/<title>/s//<rect width="100%" height="100%" fill="white"\/>\n<title>/' \
    "target/criterion/$group/report/lines.svg" >"docs/$group.svg"
done
