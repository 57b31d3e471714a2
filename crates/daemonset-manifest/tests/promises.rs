//! What is promised of every text, by the rules of the fuzz target `manifest`: held against its
//! seeds, texts that broke a promise once, and texts put together at random.

#[path = "../../../fuzz/checks/manifest.rs"]
mod manifest;

use std::fs;
use std::path::Path;

use proptest::prelude::*;

#[test]
fn what_was_found_once_stays_mended() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for (folder, least) in [("tests/fuzz_findings", 5), ("../../fuzz/seeds/manifest", 7)] {
        let mut checked = 0;
        for file in fs::read_dir(root.join(folder)).unwrap() {
            let path = file.unwrap().path();
            println!("{}", path.display());
            manifest::check(&fs::read(&path).unwrap());
            checked += 1;
        }
        assert!(checked >= least, "{checked} in {folder}");
    }
}

/// Pieces of manifests, good and bad.
const PIECES: [&str; 40] = [
    "apiVersion: apps/v1\nkind: DaemonSet\nmetadata: {name: a}\n",
    "apiVersion: v1\nkind: Node\nmetadata: {name: n}\n",
    "---\n",
    "...\n",
    "{\"apiVersion\": \"apps/v1\", \"kind\": \"DaemonSet\", \"metadata\": {\"name\": \"b\"}}\n",
    "spec:\n",
    "  selector: {matchLabels: {app: a}}\n",
    "  template:\n",
    "    metadata: {labels: {app: a}}\n",
    "    spec:\n",
    "      containers: [{name: c, image: c}]\n",
    "      nodeSelector: {disk: null, gpu: on}\n",
    "      tolerations: [{key: k, tolerationSeconds: 1}, 3, null]\n",
    "      hostNetwork: yes\n",
    "      affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: 1}}\n",
    "      a: 1\n",
    "      a: 2\n",
    "      b: &x [1, 2]\n",
    "      c: *x\n",
    "      <<: {d: 1}\n",
    "  updateStrategy: {rollingUpdate: {maxUnavailable: 0%, maxSurge: 1O%}}\n",
    "  revisionHistoryLimit: 0\n",
    "metadata: {labels: {a: 1}, namespace: kube-system}\n",
    "status: {numberReady: x}\n",
    "\u{feff}",
    "\t",
    "- a\n",
    "\"",
    "'",
    "[",
    "}",
    ": ",
    "# c\n",
    "|\n",
    "\0",
    "\u{85}",
    "\u{202e}",
    "%YAML 1.1\n",
    "kind: Daemonset\n",
    "!!int x\n",
];

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(500)
    })]

    #[test]
    fn every_text_keeps_the_promises(
        pieces in proptest::collection::vec(proptest::sample::select(&PIECES[..]), 0..24),
        is_set in any::<bool>(),
    ) {
        let begin = if is_set { PIECES[0] } else { "" };
        manifest::check(format!("{begin}{}", pieces.concat()).as_bytes());
    }
}
