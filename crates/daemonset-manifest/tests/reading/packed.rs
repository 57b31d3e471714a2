//! What is packed is unpacked, as far as it may be.

use std::io::{Cursor, Write};

use daemonset_manifest::Inventory;
use flate2::Compression;
use flate2::write::GzEncoder;
use ruzstd::encoding::{CompressionLevel, compress_to_vec};

use super::{POD, read, refuses, told};

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(text).unwrap();
    packed.finish().unwrap()
}

fn zstd(text: &[u8]) -> Vec<u8> {
    compress_to_vec(text, CompressionLevel::Fastest)
}

/// A list of pods, more than is read at once.
fn many_pods() -> String {
    let pods: Vec<_> = (0..20_000)
        .map(|at| POD.replace("\"a\"", &format!("\"pod-{at}\"")))
        .collect();
    format!(
        "{{\"apiVersion\": \"v1\", \"items\": [{}], \"kind\": \"List\"}}",
        pods.join(",\n")
    )
}

#[test]
fn what_is_packed_is_unpacked() {
    let yaml = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: b\n";
    let flow = "{apiVersion: v1, kind: Pod, metadata: {name: c}}";
    for packed in [gzip, zstd] {
        for text in [POD, yaml, flow] {
            let (findings, inventory) = read(packed(text.as_bytes()));
            assert_eq!((findings.as_str(), inventory.pods.len()), ("", 1), "{text}");
        }
        let text = many_pods();
        assert!(text.len() > 1 << 20);
        let bytes = packed(text.as_bytes());
        let (findings, inventory) = read(&bytes);
        assert_eq!((findings.as_str(), inventory.pods.len()), ("", 20_000));
        let mut inventory = Inventory::new();
        inventory.read_from("pipe", &*bytes).unwrap();
        assert_eq!(inventory.pods.len(), 20_000);
        let mut inventory = Inventory::new();
        inventory.read_file("file", Cursor::new(&bytes)).unwrap();
        assert_eq!(inventory.pods.len(), 20_000);
    }
}

#[test]
fn what_is_packed_in_parts_is_one_source() {
    let (begin, end) = POD.split_at(20);
    // A frame that holds nothing, as some packers write it.
    let skipped = [&[0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0][..], b"xyz"].concat();
    for parts in [
        [gzip(begin.as_bytes()), gzip(end.as_bytes())].concat(),
        [zstd(begin.as_bytes()), skipped, zstd(end.as_bytes())].concat(),
    ] {
        let (findings, inventory) = read(parts);
        assert_eq!((findings.as_str(), inventory.pods.len()), ("", 1));
    }
}

#[test]
fn no_more_is_unpacked_than_may_be_read() {
    let bomb = vec![b' '; 32 << 20];
    for packed in [gzip, zstd] {
        let bytes = packed(&bomb);
        assert!(bytes.len() < 1 << 20);
        let mut inventory = Inventory::new().with_max_bytes(1 << 20);
        inventory.read("bomb", &bytes);
        assert_eq!(
            told(&inventory),
            "bomb: expected at most 1048576 bytes, found more"
        );
        let fits = many_pods();
        let mut inventory = Inventory::new().with_max_bytes(fits.len());
        inventory.read("s", &packed(fits.as_bytes()));
        assert_eq!(
            (told(&inventory).as_str(), inventory.pods.len()),
            ("", 20_000)
        );
    }
}

#[test]
fn what_does_not_unpack_is_told() {
    for (packed, name) in [(gzip as fn(&[u8]) -> Vec<u8>, "gzip"), (zstd, "zstd")] {
        let text = many_pods();
        let whole = packed(text.as_bytes());
        let expected = format!("s: expected what {name} packed, found ");
        for cut in [6, whole.len() / 2, whole.len() - 1] {
            let (findings, inventory) = read(&whole[..cut]);
            assert!(findings.starts_with(&expected), "{cut}: {findings}");
            assert!(inventory.pods.is_empty());
        }
        let mut changed = whole.clone();
        let at = changed.len() / 2;
        changed[at] ^= 0x55;
        let (findings, inventory) = read(&changed);
        assert!(
            !findings.is_empty() && inventory.pods.is_empty(),
            "{findings}"
        );
    }
    refuses(
        gzip(&[0; 100]),
        "s: expected YAML or JSON, found bytes that are no text",
    );
}
