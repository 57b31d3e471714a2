//! Reads files and standard input.

use std::fs::{self, File};
use std::io;
use std::path::Path;

use daemonset_manifest::Inventory;

use super::Failure;
use crate::progress::{Progress, Told};

pub(super) fn bytes(mebibytes: usize) -> usize {
    mebibytes.saturating_mul(1 << 20)
}

/// Reads several files into one inventory.
pub fn read_files(files: &[String], max_mebibytes: usize) -> Result<Inventory, Failure> {
    read_files_into(Inventory::new(), files, max_mebibytes)
}

/// Reads several files into an inventory that is there.
pub fn read_files_into(
    inventory: Inventory,
    files: &[String],
    max_mebibytes: usize,
) -> Result<Inventory, Failure> {
    let mut inventory = inventory.with_max_bytes(bytes(max_mebibytes));
    for file in files {
        let failed = |error| Failure::Open {
            file: file.clone(),
            error,
        };
        if file == "-" {
            read_standard_input(&mut inventory)
        } else {
            File::open(file).and_then(|open| read_file(&mut inventory, file, open))
        }
        .map_err(failed)?;
    }
    Ok(inventory)
}

/// Reads a file; of one that can be read again, no text is kept meanwhile.
fn read_file(inventory: &mut Inventory, name: &str, file: File) -> io::Result<()> {
    let metadata = file.metadata().ok().filter(fs::Metadata::is_file);
    let size = metadata.map(|metadata| metadata.len());
    let progress = Progress::new(&format!("reading {name}"), 0);
    let told = Told::new(file, &progress, size);
    let read = match size {
        Some(_) => inventory.read_file(name, told),
        None => inventory.read_from(name, told),
    };
    progress.end();
    read
}

/// Standard input is as often a file as a pipe.
fn read_standard_input(inventory: &mut Inventory) -> io::Result<()> {
    let name = "standard input";
    #[cfg(unix)]
    {
        use std::os::fd::AsFd as _;
        let file = io::stdin().as_fd().try_clone_to_owned()?;
        read_file(inventory, name, File::from(file))
    }
    #[cfg(not(unix))]
    inventory.read_from(name, io::stdin().lock())
}

/// The last argument is a set's name where it names no file and looks like no file.
pub(super) fn files_and_name(files: &[String]) -> (&[String], Option<&str>) {
    match files.split_last() {
        Some((last, files)) if last != "-" && !Path::new(last).exists() && is_name(last) => {
            (files, Some(last))
        }
        _ => (files, None),
    }
}

fn is_name(text: &str) -> bool {
    let (namespace, name) = text.split_once('/').unwrap_or(("default", text));
    daemonset::matching::names::is_dns_subdomain(name)
        && daemonset::matching::names::is_dns_label(namespace)
        && !Path::new(name)
            .extension()
            .and_then(|end| end.to_str())
            .is_some_and(|end| matches!(end, "yaml" | "yml" | "json" | "gz" | "zst"))
}
