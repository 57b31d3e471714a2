//! Reads files and standard input.

use std::cmp::Ordering;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use daemonset_manifest::Inventory;

use super::Failure;
use crate::output::complain;
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
            read_standard_input(&mut inventory).map_err(failed)?;
        } else if Path::new(file).is_dir() {
            for below in files_below(Path::new(file)).map_err(failed)? {
                let name = below.to_string_lossy();
                let read = File::open(&below).and_then(|it| read_file(&mut inventory, &name, it));
                read.map_err(|error| Failure::Open {
                    file: name.into_owned(),
                    error,
                })?;
            }
        } else {
            let read = File::open(file).and_then(|open| read_file(&mut inventory, file, open));
            read.map_err(failed)?;
        }
    }
    Ok(inventory)
}

/// What was read without the earlier of two dumps of one cluster, and that it was so; nothing where there are no two, or it is
/// not known which is the later one.
pub(super) fn later_of_two(
    read: &Inventory,
    empty: &Inventory,
    files: &[String],
    max_mebibytes: usize,
) -> Result<Option<Inventory>, Failure> {
    // A pipe is not read again.
    let is_piped = files.iter().any(|file| file == "-");
    let Some([one, two]) = read.conflicting().filter(|_| !is_piped) else {
        return Ok(None);
    };
    let again = |inventory| read_files_into(inventory, files, max_mebibytes);
    let [of_one, of_two] = [
        again(empty.clone().with_only(one))?,
        again(empty.clone().with_only(two))?,
    ];
    let Some(order) = of_one.earlier_or_later(&of_two) else {
        return Ok(None);
    };
    let (earlier, later) = match order {
        Ordering::Greater => (two, one),
        _ => (one, two),
    };
    let text = format!(
        "{} and {} are dumps of one cluster: the later one, {}, counts, and nothing of the other",
        read.place_of_document(one),
        read.place_of_document(two),
        read.place_of_document(later),
    );
    complain("warning", &text);
    again(empty.clone().without(earlier)).map(Some)
}

/// The files below a folder whose names end like those of objects, in the order of their paths. Hidden ones are none, and no
/// link to a folder is followed.
fn files_below(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder)? {
            let entry = entry?;
            let name = entry.file_name();
            let name = name.to_string_lossy();
            if name.starts_with('.') {
                continue;
            }
            if entry.file_type()?.is_dir() {
                folders.push(entry.path());
            } else if is_of_objects(&name) && entry.path().is_file() {
                files.push(entry.path());
            }
            if files.len() + folders.len() > MOST_FILES {
                let message = format!("more than {MOST_FILES} files and folders are in it");
                return Err(io::Error::other(message));
            }
        }
    }
    if files.is_empty() {
        let message = format!("a folder, and no file in it ends in .{}", ENDS.join(", ."));
        return Err(io::Error::other(message));
    }
    files.sort();
    Ok(files)
}

/// How many files a folder may have.
const MOST_FILES: usize = 100_000;

/// How the names of files end that have objects in them; packed ones have one more ending.
const ENDS: [&str; 3] = ["yaml", "yml", "json"];

/// What is behind the last dot of a file's name.
fn end(name: &str) -> Option<&str> {
    Path::new(name).extension().and_then(|end| end.to_str())
}

fn is_packed(name: &str) -> bool {
    matches!(end(name), Some("gz" | "zst"))
}

/// Whether a file is one of objects by its name, packed or not.
fn is_of_objects(name: &str) -> bool {
    let name = if is_packed(name) {
        name.rsplit_once('.').map_or(name, |(name, _)| name)
    } else {
        name
    };
    end(name).is_some_and(|end| ENDS.contains(&end))
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
        && !is_of_objects(name)
        && !is_packed(name)
}
