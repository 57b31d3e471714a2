//! The modules of a crate, and which of them name which, as their text tells.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// The path of a module below the crate; empty for the crate itself.
type Module = Vec<String>;

/// The modules of a crate, but for those of tests.
pub struct Modules {
    /// The paths that each of them names.
    named: BTreeMap<Module, Vec<Vec<String>>>,
    /// What a module makes known under a name that it takes from elsewhere.
    known_as: BTreeMap<(Module, String), Vec<String>>,
}

impl Modules {
    pub fn read(source: &Path) -> Self {
        let mut texts = BTreeMap::new();
        read_below(source, &mut Vec::new(), &mut texts);
        let mut all = Self {
            named: BTreeMap::new(),
            known_as: BTreeMap::new(),
        };
        for (module, text) in texts {
            let code = code(&text);
            let (uses, rest) = uses(&code);
            for path in &uses {
                if let Some(name) = path.last() {
                    let key = (module.clone(), name.clone());
                    all.known_as.insert(key, path.clone());
                }
            }
            let named = uses.into_iter().chain(inline(&rest)).collect();
            all.named.insert(module, named);
        }
        all
    }

    pub fn len(&self) -> usize {
        self.named.len()
    }

    /// The modules right below the crate.
    pub fn rooms(&self) -> BTreeSet<&str> {
        let first = self.named.keys().filter_map(|module| module.first());
        first.map(String::as_str).collect()
    }

    /// Which rooms use which others.
    pub fn uses_between_rooms(&self) -> BTreeSet<(String, String)> {
        let mut uses = self.uses();
        uses.remove(&Vec::new()).unwrap_or_default()
    }

    /// The uses of modules by others beside them, by the module around both.
    fn uses(&self) -> BTreeMap<Module, BTreeSet<(String, String)>> {
        let mut uses: BTreeMap<Module, BTreeSet<(String, String)>> = BTreeMap::new();
        for (module, paths) in &self.named {
            for used in paths
                .iter()
                .filter_map(|path| self.module_of(module, path, 0))
            {
                let shared = (module.iter().zip(&used))
                    .take_while(|(a, b)| a == b)
                    .count();
                if let (Some(by), Some(used)) = (module.get(shared), used.get(shared)) {
                    let beside = uses.entry(module[..shared].to_vec()).or_default();
                    beside.insert((by.clone(), used.clone()));
                }
            }
        }
        uses
    }

    /// In which module that stands which a path in this one names.
    fn module_of(&self, from: &[String], path: &[String], depth: usize) -> Option<Module> {
        let (first, mut rest) = path.split_first()?;
        let mut at = match first.as_str() {
            "crate" => Vec::new(),
            "self" => from.to_vec(),
            "super" => from[..from.len().checked_sub(1)?].to_vec(),
            _ => {
                rest = path;
                from.to_vec()
            }
        };
        while rest.first().is_some_and(|step| step == "super") {
            at.pop();
            rest = &rest[1..];
        }
        let begun = at.len();
        while let Some(step) = rest.first() {
            at.push(step.clone());
            if !self.named.contains_key(&at) {
                at.pop();
                break;
            }
            rest = &rest[1..];
        }
        let is_own = matches!(first.as_str(), "crate" | "self" | "super") || at.len() > begun;
        let known = rest.first().and_then(|name| {
            let known = self.known_as.get(&(at.clone(), name.clone()))?;
            let whole: Vec<String> = known.iter().chain(&rest[1..]).cloned().collect();
            (depth < 8).then(|| self.module_of(&at, &whole, depth + 1))?
        });
        known.or_else(|| is_own.then_some(at))
    }

    /// Uses that go round in a circle, of modules beside each other.
    pub fn circles(&self) -> Vec<String> {
        let mut circles = Vec::new();
        for (around, uses) in self.uses() {
            let mut left = uses;
            // A use of a module that uses nothing more, or by one that none uses, is in no circle.
            loop {
                let before = left.len();
                let by: BTreeSet<String> = left.iter().map(|(by, _)| by.clone()).collect();
                let used: BTreeSet<String> = left.iter().map(|(_, used)| used.clone()).collect();
                left.retain(|(a, b)| by.contains(b) && used.contains(a));
                if left.len() == before {
                    break;
                }
            }
            let around = around.join("::");
            circles.extend(left.iter().map(|(a, b)| format!("{around}: {a} uses {b}")));
        }
        circles
    }
}

fn read_below(folder: &Path, module: &mut Module, texts: &mut BTreeMap<Module, String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        if name == "tests" || name == "bin" {
            continue;
        }
        if path.is_dir() {
            module.push(name);
            read_below(&path, module, texts);
            module.pop();
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let mut module = module.clone();
            if !matches!(name.as_str(), "lib" | "main" | "mod") {
                module.push(name);
            }
            texts.insert(module, fs::read_to_string(&path).unwrap());
        }
    }
}

/// The code without comments, without texts, and without the tests at its end.
fn code(text: &str) -> String {
    let text = text
        .split("#[cfg(test)]\nmod tests {")
        .next()
        .unwrap_or(text);
    let lines = text
        .lines()
        .map(|line| line.split("//").next().unwrap_or(line));
    lines.collect::<Vec<_>>().join("\n")
}

/// The paths that are used, and the code without these.
fn uses(code: &str) -> (Vec<Vec<String>>, String) {
    let (mut paths, mut rest) = (Vec::new(), String::new());
    let mut left = code;
    while let Some(at) = find_use(left) {
        rest.push_str(&left[..at]);
        let tree = &left[at + "use ".len()..];
        let end = tree.find(';').unwrap_or(tree.len());
        expand("", &tree[..end], &mut paths);
        left = &tree[end..];
    }
    rest.push_str(left);
    (paths, rest)
}

/// Where the next `use` begins that is a word of its own at the beginning of a line, or after `pub`.
fn find_use(code: &str) -> Option<usize> {
    let mut found = code.match_indices("use ").map(|(at, _)| at);
    found.find(|at| {
        let line = code[..*at].rsplit('\n').next().unwrap_or_default().trim();
        line.is_empty() || line == "pub" || line.starts_with("pub(") && line.ends_with(')')
    })
}

/// The paths of a tree: `a::{b, c::d}` as `a::b` and `a::c::d`.
fn expand(before: &str, tree: &str, paths: &mut Vec<Vec<String>>) {
    let tree = tree.trim();
    let Some((start, inside)) = tree.split_once('{') else {
        let path = format!("{before}{tree}");
        let path = path.split(" as ").next().unwrap_or_default();
        let mut steps: Vec<String> = path.split("::").map(|it| it.trim().to_owned()).collect();
        // `a::{self}` is `a`.
        if steps.len() > 1 && steps.last().is_some_and(|step| step == "self") {
            steps.pop();
        }
        paths.extend((!path.trim().is_empty()).then_some(steps));
        return;
    };
    let before = format!("{before}{}", start.trim());
    let inside = inside.rsplit_once('}').map_or(inside, |(inside, _)| inside);
    let (mut depth, mut from) = (0_usize, 0);
    for (at, sign) in inside.char_indices() {
        match sign {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => {
                expand(&before, &inside[from..at], paths);
                from = at + 1;
            }
            _ => {}
        }
    }
    expand(&before, &inside[from..], paths);
}

/// The paths from `crate`, `super` or `self` on that stand within the code.
fn inline(code: &str) -> Vec<Vec<String>> {
    let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
    let words = code.split(|c: char| !is_part(c));
    let paths = words.filter(|word| {
        let first = word.split("::").next().unwrap_or_default();
        matches!(first, "crate" | "super" | "self") && word.contains("::")
    });
    let steps = |path: &str| path.split("::").map(str::to_owned).collect();
    paths
        .map(|path| steps(path.trim_end_matches(':')))
        .collect()
}
