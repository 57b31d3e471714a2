//! What may have been meant: the known names that are nearest to a given one.

/// How many names are suggested at most.
const MOST: usize = 3;

/// Nothing longer is near a name: names of the API and of what users give names to are shorter.
const LONGEST: usize = 64;

/// How many letters the beginning of a name has at least.
const BEGINNING: usize = 4;

/// How many names are looked at at most, so that many faults in a large object stay cheap.
const CANDIDATES: usize = 256;

/// The known names nearest to the given one, the letters' case aside; all of them equally near, in
/// their order, at most three.
///
/// A name of three letters may have one wrong, dropped, added or swapped, one of six letters two,
/// and a longer one three. Where none is that near, names are meant that begin with the given one,
/// and where none does, names that end with it.
///
/// ```
/// use daemonset_manifest::suggest::nearest;
///
/// assert_eq!(nearest("alwas", ["Never", "Always", "IfNotPresent"]), ["Always"]);
/// assert_eq!(nearest("ALWAYS", ["Never", "Always"]), ["Always"]);
/// assert_eq!(nearest("timeout", ["timeoutSeconds", "periodSeconds"]), ["timeoutSeconds"]);
/// assert_eq!(nearest("strategy", ["selector", "updateStrategy"]), ["updateStrategy"]);
/// assert!(nearest("sometimes", ["Never", "Always"]).is_empty());
/// ```
#[must_use]
pub fn nearest<'k>(given: &str, known: impl IntoIterator<Item = &'k str>) -> Vec<&'k str> {
    if given.is_empty() || given.len() > LONGEST {
        return Vec::new();
    }
    let given = given.to_lowercase();
    let length = given.chars().count();
    let bound = (length / 3).min(3);
    let mut near: Vec<(usize, &str)> = Vec::new();
    let (mut longer, mut ending) = (Vec::new(), Vec::new());
    for name in known.into_iter().take(CANDIDATES) {
        if name.len() > LONGEST {
            continue;
        }
        let lowercase = name.to_lowercase();
        if length >= BEGINNING && lowercase.starts_with(&given) {
            longer.push(name);
        } else if length >= BEGINNING && lowercase.ends_with(&given) {
            ending.push(name);
        }
        // That many letters must be added or dropped at least.
        if name.chars().count().abs_diff(length) > bound {
            continue;
        }
        let distance = strsim::osa_distance(&given, &lowercase);
        if distance <= bound {
            near.push((distance, name));
        }
    }
    if near.is_empty() {
        let mut meant = if longer.is_empty() { ending } else { longer };
        meant.truncate(MOST);
        return meant;
    }
    let nearest = near.iter().map(|(distance, _)| *distance).min();
    near.retain(|(distance, _)| Some(*distance) == nearest);
    near.truncate(MOST);
    near.into_iter().map(|(_, name)| name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_names_must_match_but_for_their_case() {
        assert_eq!(nearest("tcp", ["UDP", "TCP"]), ["TCP"]);
        assert_eq!(nearest("ab", ["AB", "ac"]), ["AB"]);
        assert!(nearest("ab", ["ac"]).is_empty());
        assert!(nearest("", ["a", ""]).is_empty());
    }

    #[test]
    fn all_that_are_equally_near_are_named_and_none_further() {
        let known = ["args", "arch", "argue", "arg0", "argx"];
        assert_eq!(nearest("arg", known), ["args", "arg0", "argx"]);
        assert_eq!(nearest("args", known), ["args"]);
    }

    #[test]
    fn names_that_begin_so_are_named_where_none_is_near() {
        let known = ["periodSeconds", "perioD", "initialDelaySeconds"];
        assert_eq!(nearest("initialdelay", known), ["initialDelaySeconds"]);
        assert_eq!(nearest("period", known), ["perioD"]);
        assert!(nearest("ini", known).is_empty());
    }

    #[test]
    fn long_names_cost_nothing() {
        let long = "a".repeat(100_000);
        assert!(nearest(&long, [long.as_str()]).is_empty());
        assert!(nearest("aaaa", [long.as_str()]).is_empty());
    }
}
