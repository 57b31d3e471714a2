//! Reads files and says everything that there is to say of the DaemonSets in them: what could not
//! be read, what the API server would say, and what is probably wrong.
//!
//! ```sh
//! cargo run -p daemonset-manifest --example check -- agent.yaml nodes.yaml
//! ```

use std::fs::File;

use daemonset::Options;
use daemonset_manifest::check::Check;
use daemonset_manifest::lint::{Linter, Lints};
use daemonset_manifest::{Diagnostic, Inventory};

fn main() -> std::io::Result<()> {
    let mut inventory = Inventory::new();
    for file in std::env::args().skip(1) {
        inventory.read_from(&file, File::open(&file)?)?;
    }
    let print = |finding: &Diagnostic| {
        let place = finding.place.as_ref().map(|place| format!("{place}: "));
        let place = place.unwrap_or_default();
        println!("{}: {place}{finding} ({})", finding.severity, finding.code);
    };
    inventory.diagnostics().iter().for_each(print);
    let check = Check::new();
    for written in inventory.written() {
        written.checked(&check).iter().for_each(print);
    }
    let cluster = inventory.cluster();
    let sets = inventory.daemon_sets.iter().map(|it| &it.daemon_set);
    let linter = Linter::new(&cluster, sets, &Options::default(), Lints::default());
    for manifest in &inventory.daemon_sets {
        linter.lint_manifest(manifest).iter().for_each(print);
    }
    let passed_over = inventory
        .passed_over()
        .map(|(kind, count)| format!(", {count} {kind}"));
    println!(
        "{} DaemonSets, {} nodes, {} pods, {} revisions{}",
        inventory.daemon_sets.len(),
        inventory.nodes.len(),
        inventory.pods.len(),
        inventory.revisions.len(),
        passed_over.collect::<String>()
    );
    Ok(())
}
