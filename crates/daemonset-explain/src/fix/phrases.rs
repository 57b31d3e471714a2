//! Instructions that depend on what there is to tell.

use std::fmt;

use crate::words::{agree, list};

/// How many names the printed form gives.
pub(super) const NAMED: usize = 3;

/// To make room in the memory of a node.
pub(super) fn node_memory(
    f: &mut fmt::Formatter<'_>,
    container: &str,
    node: &str,
    others: &[String],
) -> fmt::Result {
    write!(f, "find what uses up the memory of {node}")?;
    if !others.is_empty() {
        write!(
            f,
            " ({} there {} killed for it too)",
            list(others, NAMED),
            agree(others.len(), "was", "were")
        )?;
    }
    write!(
        f,
        ", and move it away or limit it; container {container} has no limit to raise; a larger memory \
         request makes it less likely to be the one that is killed"
    )
}

/// To put a path of nodes right.
pub(super) fn host_path(
    f: &mut fmt::Formatter<'_>,
    path: &str,
    wanted: &str,
    nodes: &[String],
) -> fmt::Result {
    let named = list(nodes, NAMED);
    write!(f, "put {path} right on {named}, where it is not {wanted}")?;
    match wanted {
        "a directory" => f.write_str(
            ": type DirectoryOrCreate of the template's hostPath volume makes it where nothing is there",
        ),
        "a file" => f.write_str(
            ": type FileOrCreate of the template's hostPath volume makes it where nothing is there",
        ),
        _ => write!(f, "; if it is not to be there, leave {named} out"),
    }
}

/// To have devices offered, or to ask for those that are.
pub(super) fn device_plugin(
    f: &mut fmt::Formatter<'_>,
    resource: &str,
    nodes: &[String],
    offered: &[String],
) -> fmt::Result {
    let nodes = list(nodes, NAMED);
    match offered {
        [] => write!(
            f,
            "get the device plugin of {resource} to run on {nodes}, where none of it is offered: no pod that is \
             removed and no priority brings any"
        ),
        some => write!(
            f,
            "let the template ask for {offered}, which is offered on {nodes}, where no {resource} is; or have the \
             device plugin there offer {resource}, if it does so no more (its configuration names what it offers)",
            offered = list(some, NAMED)
        ),
    }
}
