//! Findings as what runs checks reads them: SARIF, the XML of test reports, and GitHub's workflow commands.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Write as _;

use daemonset_manifest::lint::Rule;
use daemonset_manifest::{Diagnostic, Severity, Written, to_json, to_yaml};
use quick_xml::Writer;
use quick_xml::events::BytesText;
use serde_json::{Value, json};

use crate::input::Failure;
use crate::output::{self, CheckFormat, escaped};

/// What was found in one DaemonSet, or while the input was read: then without a name.
pub struct Checked {
    pub namespace: String,
    pub name: String,
    /// Where it stands, of a set of which there are several.
    pub place: Option<String>,
    pub findings: Vec<Diagnostic>,
}

impl Checked {
    pub fn of(set: &Written, findings: Vec<Diagnostic>) -> Self {
        Self {
            namespace: set.namespace().to_owned(),
            name: shown_name(set),
            place: None,
            findings,
        }
    }

    /// Namespace and name, as people write them.
    pub fn full_name(&self) -> String {
        let Self {
            namespace, name, ..
        } = self;
        match &self.place {
            Some(place) => format!("{namespace}/{name} ({place})"),
            None => format!("{namespace}/{name}"),
        }
    }
}

/// Tells sets of one name apart by where they stand.
pub fn tell_apart<'a>(checked: &mut [Checked], written: impl IntoIterator<Item = &'a Written>) {
    let mut numbers: BTreeMap<(String, String), usize> = BTreeMap::new();
    for set in &*checked {
        let key = (set.namespace.clone(), set.name.clone());
        *numbers.entry(key).or_default() += 1;
    }
    for (set, written) in checked.iter_mut().zip(written) {
        let key = (set.namespace.clone(), set.name.clone());
        if numbers.get(&key).is_some_and(|number| *number > 1) {
            set.place = Some(written.place().to_string());
        }
    }
}

/// Its name, or how the API server begins the one that it makes.
fn shown_name(set: &Written) -> String {
    if !set.name().is_empty() {
        return set.name().to_owned();
    }
    let written = set.to_json();
    let generated = written
        .get("metadata")
        .and_then(|it| it.get("generateName"));
    match generated.and_then(Value::as_str) {
        Some(begins) => format!("{begins}*"),
        None => String::new(),
    }
}

/// What was found, after what was found while reading where that is anything.
pub fn with_read<'a>(
    read: impl IntoIterator<Item = &'a Diagnostic>,
    checked: Vec<Checked>,
) -> Vec<Checked> {
    let read = Checked {
        namespace: String::new(),
        name: String::new(),
        place: None,
        findings: read.into_iter().cloned().collect(),
    };
    let read = Some(read).filter(|read| !read.findings.is_empty());
    read.into_iter().chain(checked).collect()
}

/// Prints what was found for programs: `values` as JSON or YAML, or `sets` for what runs checks.
pub fn print(
    verb: &str,
    format: CheckFormat,
    values: &[Value],
    sets: &[Checked],
    fails: impl Fn(&Diagnostic) -> bool,
) -> Result<(), Failure> {
    let value = || json!({"daemonSets": values});
    output::print_text(&match format {
        CheckFormat::Yaml => to_yaml(&value()),
        CheckFormat::Json | CheckFormat::Text => to_json(&value()),
        CheckFormat::Sarif => sarif(sets),
        CheckFormat::Junit => junit(verb, sets, fails),
        CheckFormat::Github => github(sets),
    })
}

/// Where a finding stands in a file; nowhere where it was read from standard input.
fn file(finding: &Diagnostic) -> Option<(&str, Option<u32>)> {
    let place = finding.place.as_ref()?;
    (&*place.source != "standard input").then_some((&*place.source, place.line))
}

/// The DaemonSet and what is wrong, as one line.
fn sentence(set: &Checked, finding: &Diagnostic) -> String {
    let text = if set.name.is_empty() {
        finding.to_string()
    } else {
        format!("{}: {finding}", set.full_name())
    };
    escaped(&text).into_owned()
}

/// SARIF 2.1.0: <https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html>.
fn sarif(sets: &[Checked]) -> String {
    let mut rules: BTreeMap<&str, Value> = BTreeMap::new();
    let mut results = Vec::new();
    for set in sets {
        for finding in &set.findings {
            let id = finding.code.as_str();
            rules.entry(id).or_insert_with(|| rule(finding));
            results.push(json!({
                "ruleId": id,
                "level": level(finding.severity),
                "message": {"text": sentence(set, finding)},
                "locations": [location(set, finding)],
            }));
        }
    }
    to_json(&json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "dsplan",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": rules.into_values().collect::<Vec<_>>(),
            }},
            "results": results,
        }],
    }))
}

fn rule(finding: &Diagnostic) -> Value {
    let id = finding.code.as_str();
    match Rule::of(finding.code) {
        None => json!({"id": id}),
        Some(rule) => json!({
            "id": id,
            "shortDescription": {"text": rule.summary()},
            "helpUri": rule.reference(),
            "help": {"text": rule.page(), "markdown": rule.page()},
            "defaultConfiguration": {"level": level(rule.severity())},
        }),
    }
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        _ => "note",
    }
}

fn location(set: &Checked, finding: &Diagnostic) -> Value {
    let name = format!("{} {}", set.full_name(), finding.path);
    let mut location = json!({"logicalLocations": [{"fullyQualifiedName": escaped(&name)}]});
    if let (Some((file, line)), Some(location)) = (file(finding), location.as_object_mut()) {
        let mut physical = json!({"artifactLocation": {"uri": uri(file)}});
        if let (Some(line), Some(physical)) = (line, physical.as_object_mut()) {
            physical.insert("region".to_owned(), json!({"startLine": line}));
        }
        location.insert("physicalLocation".to_owned(), physical);
    }
    location
}

/// A path as a URI, relative where the path is.
fn uri(path: &str) -> String {
    let mut uri = String::new();
    if path.starts_with('/') {
        uri.push_str("file://");
    }
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                uri.push(char::from(byte));
            }
            _ => {
                let _ = write!(uri, "%{byte:02X}");
            }
        }
    }
    uri
}

/// A suite for each DaemonSet, in it a test for each finding, which fails where `fails` says so. A
/// DaemonSet without findings has one test that passes.
fn junit(verb: &str, sets: &[Checked], fails: impl Fn(&Diagnostic) -> bool) -> String {
    let failures = |set: &Checked| set.findings.iter().filter(|it| fails(it)).count();
    let tests = |set: &Checked| set.findings.len().max(1);
    let total = |count: &dyn Fn(&Checked) -> usize| sets.iter().map(count).sum::<usize>();
    let mut writer = Writer::new_with_indent(Vec::new(), b' ', 2);
    let suites = writer
        .create_element("testsuites")
        .with_attribute(("name", format!("dsplan {verb}").as_str()))
        .with_attribute(("tests", total(&tests).to_string().as_str()))
        .with_attribute(("failures", total(&failures).to_string().as_str()));
    let written = suites.write_inner_content(|writer| {
        for set in sets {
            let name = if set.name.is_empty() {
                "input".to_owned()
            } else {
                set.full_name()
            };
            let name = escaped(&name);
            let suite = writer
                .create_element("testsuite")
                .with_attribute(("name", &*name))
                .with_attribute(("tests", tests(set).to_string().as_str()))
                .with_attribute(("failures", failures(set).to_string().as_str()));
            suite.write_inner_content(|writer| {
                if set.findings.is_empty() {
                    let test = writer.create_element("testcase");
                    let test = test.with_attribute(("classname", &*name));
                    test.with_attribute(("name", verb)).write_empty()?;
                }
                for finding in &set.findings {
                    test(writer, &name, finding, fails(finding))?;
                }
                Ok(())
            })?;
        }
        Ok(())
    });
    // Writing to memory does not fail.
    let _ = written;
    let text = String::from_utf8(writer.into_inner()).unwrap_or_default();
    format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{text}\n")
}

fn test(
    writer: &mut Writer<Vec<u8>>,
    class: &str,
    finding: &Diagnostic,
    fails: bool,
) -> std::io::Result<()> {
    let place = finding.place.as_ref().map(ToString::to_string);
    let place = place.unwrap_or_default();
    let sentence = finding.to_string();
    let (place, sentence) = (escaped(&place), escaped(&sentence));
    let test = writer
        .create_element("testcase")
        .with_attribute(("classname", class))
        .with_attribute((
            "name",
            format!("{}: {}", finding.code, finding.path).as_str(),
        ));
    let test = match file(finding) {
        Some((file, _)) => test.with_attribute(("file", &*escaped(file))),
        None => test,
    };
    test.write_inner_content(|writer| {
        let body = format!("{place}: {sentence}");
        if fails {
            let failure = writer.create_element("failure");
            let failure = failure.with_attribute(("type", finding.severity.to_string().as_str()));
            let failure = failure.with_attribute(("message", &*sentence));
            failure.write_text_content(BytesText::new(&body))?;
        } else {
            let out = writer.create_element("system-out");
            out.write_text_content(BytesText::new(&body))?;
        }
        Ok(())
    })?;
    Ok(())
}

/// A command a finding:
/// <https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands>.
fn github(sets: &[Checked]) -> String {
    let mut out = String::new();
    for set in sets {
        for finding in &set.findings {
            let command = match finding.severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
                _ => "notice",
            };
            let mut properties = format!("title={}", property(finding.code.as_str()));
            if let Some((file, line)) = file(finding) {
                let _ = write!(properties, ",file={}", property(&escaped(file)));
                if let Some(line) = line {
                    let _ = write!(properties, ",line={line}");
                }
            }
            let message = data(&sentence(set, finding)).into_owned();
            let _ = writeln!(out, "::{command} {properties}::{message}");
        }
    }
    out
}

/// What comes after the second `::`.
fn data(text: &str) -> Cow<'_, str> {
    if text.contains('%') {
        Cow::Owned(text.replace('%', "%25"))
    } else {
        Cow::Borrowed(text)
    }
}

/// What stands between commas.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
