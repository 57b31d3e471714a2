//! What is taken out of words: names, paths, addresses. What is taken may stand in a command as it is.

/// How many bytes of it there are at most.
const LONGEST: usize = 160;

/// What kind of thing it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A name: letters, digits, `.`, `_` and `-`.
    Name,
    /// One part of a name: letters, digits and `-`.
    Part,
    /// A path from the root.
    Path,
    /// The name of a server, with its port where that stands there.
    Server,
    /// An address, an image, a name with a prefix.
    Word,
    /// An address of HTTP as a whole, with its query: what only a shell's quotes let stand in a command.
    Url,
    /// Words of a command, in quotes: names with one space between.
    Words,
    /// An option of a program, for sentences alone.
    Option,
}

/// Something that words name.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Take {
    /// By what name a row refers to it.
    pub name: &'static str,
    kind: Kind,
    side: Side,
    /// What it stands beside.
    marks: &'static [&'static str],
}

#[derive(Clone, Copy, Debug)]
enum Side {
    After,
    Before,
    With,
}

impl Take {
    /// What stands right after the first of these that is there.
    pub(super) const fn after(
        name: &'static str,
        kind: Kind,
        marks: &'static [&'static str],
    ) -> Self {
        let side = Side::After;
        Self {
            name,
            kind,
            side,
            marks,
        }
    }

    /// What stands right before the first of these that is there.
    pub(super) const fn before(
        name: &'static str,
        kind: Kind,
        marks: &'static [&'static str],
    ) -> Self {
        let side = Side::Before;
        Self {
            name,
            kind,
            side,
            marks,
        }
    }

    /// What begins with the first of these that is there, as a word of its own.
    pub(super) const fn beginning(
        name: &'static str,
        kind: Kind,
        marks: &'static [&'static str],
    ) -> Self {
        let side = Side::With;
        Self {
            name,
            kind,
            side,
            marks,
        }
    }

    /// What the line names, if that is of the kind.
    pub(super) fn of(&self, line: &str) -> Option<String> {
        let found = self.marks.iter().find_map(|mark| match self.side {
            Side::After => line
                .match_indices(mark)
                .find_map(|(at, _)| self.kind.first_of(&line[at + mark.len()..])),
            Side::With => line
                .match_indices(mark)
                .filter(|(at, _)| !line[..*at].ends_with(char::is_alphanumeric))
                .find_map(|(at, _)| self.kind.first_of(&line[at..])),
            Side::Before => line
                .match_indices(mark)
                .find_map(|(at, _)| self.kind.last_of(&line[..at])),
        });
        found.map(str::to_owned)
    }
}

impl Kind {
    fn takes(self, character: char) -> bool {
        let more = match self {
            Self::Name => "._-",
            Self::Part => "-",
            Self::Path | Self::Option => "._-/",
            Self::Server => "._-:",
            Self::Word => "._-/:@",
            Self::Url => "._-/:@[]?=&%+,~",
            Self::Words => "._-/ ",
        };
        character.is_ascii_alphanumeric() || more.contains(character)
    }

    fn first_of(self, text: &str) -> Option<&str> {
        let text = text.trim_start_matches(is_quote);
        let end = text.find(|c| !self.takes(c)).unwrap_or(text.len());
        self.checked(&text[..end], text[end..].chars().next())
    }

    fn last_of(self, text: &str) -> Option<&str> {
        let text = text.trim_end_matches(is_quote);
        let start = text
            .char_indices()
            .rev()
            .find(|(_, c)| !self.takes(*c))
            .map_or(0, |(at, c)| at + c.len_utf8());
        self.checked(&text[start..], text[..start].chars().next_back())
    }

    /// The found, where it is whole and of the kind.
    fn checked(self, found: &str, beside: Option<char>) -> Option<&str> {
        let found = match self {
            Self::Url => found.trim_end_matches(['.', ':', ',', '?']),
            _ => found.trim_end_matches(['.', ':', '/', '-']),
        };
        let found = found.trim_start_matches([':', '.']);
        // More of it that is not of the kind: what would be taken is half a name.
        let is_cut = beside.is_some_and(|c| {
            c.is_alphanumeric()
                || c == '<'
                || (c == '[' && self == Self::Word)
                || (c.is_ascii_graphic() && "$%*~#".contains(c))
        });
        let is_of_kind = match self {
            Self::Path => found.starts_with('/'),
            Self::Option => true,
            Self::Url => found.starts_with("http://") || found.starts_with("https://"),
            Self::Name | Self::Part | Self::Server | Self::Word => !found.starts_with('-'),
            Self::Words => {
                let is_name = |part: &str| !part.is_empty() && !part.starts_with('-');
                beside.is_some_and(is_quote) && found.split(' ').all(is_name)
            }
        };
        let is_there = found.contains(|c: char| c.is_ascii_alphanumeric());
        (is_there && is_of_kind && !is_cut && found.len() <= LONGEST).then_some(found)
    }
}

fn is_quote(character: char) -> bool {
    "\"'`\\[(".contains(character) || character == ')' || character == ']'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_named_is_taken_whole() {
        let module = Take::after("module", Kind::Name, &["Module ", "could not insert "]);
        for (line, taken) in [
            (
                "modprobe: FATAL: Module ip_tables not found in directory",
                Some("ip_tables"),
            ),
            (
                "modprobe: ERROR: could not insert 'nvidia': Key was rejected",
                Some("nvidia"),
            ),
            ("Module \u{1b}[31mx", None),
            ("Module -rf /", None),
            ("Module $(reboot)", None),
            ("Module naïve", None),
            ("Module", None),
        ] {
            assert_eq!(module.of(line).as_deref(), taken, "{line}");
        }
        let url = Take::after("url", Kind::Url, &["Get "]);
        for (line, taken) in [
            (
                "Get \"http://10.244.1.9:8080/healthz?full=1&deep=2\": EOF",
                Some("http://10.244.1.9:8080/healthz?full=1&deep=2"),
            ),
            (
                "Get \"http://[fd00::9]:8080/\": EOF",
                Some("http://[fd00::9]:8080/"),
            ),
            ("Get \"http://a/b'; reboot\": EOF", Some("http://a/b")),
            ("Get \"http://a/$(reboot)\": EOF", None),
            ("Get \"file:///a\": EOF", None),
        ] {
            assert_eq!(url.of(line).as_deref(), taken, "{line}");
        }
        let path = Take::after("path", Kind::Path, &["path "]);
        assert_eq!(
            path.of("path \\\"/var/lib\\\" is mounted on").as_deref(),
            Some("/var/lib")
        );
        assert_eq!(path.of("path var/lib"), None);
        let before = Take::before("program", Kind::Path, &[": not found"]);
        assert_eq!(
            before.of("sh: /sbin/mount.nfs: not found").as_deref(),
            Some("/sbin/mount.nfs")
        );
        let region = Take::after("region", Kind::Part, &[".dkr.ecr."]);
        assert_eq!(
            region.of("1.dkr.ecr.eu-west-1.amazonaws.com/a").as_deref(),
            Some("eu-west-1")
        );
        let with = Take::beginning("volume", Kind::Name, &["fs-"]);
        assert_eq!(
            with.of("Could not mount \"fs-0a1b:/\" at").as_deref(),
            Some("fs-0a1b")
        );
        assert_eq!(with.of("xfs-progs"), None);
        let command = Take::after("disable", Kind::Words, &["rbd feature disable "]);
        for (line, taken) in [
            (
                "with \"rbd feature disable p/i object-map fast-diff\".",
                Some("p/i object-map fast-diff"),
            ),
            ("with \"rbd feature disable\".", None),
            ("rbd feature disable p/i; reboot", None),
            ("\"rbd feature disable p/i --force x\"", None),
            ("\"rbd feature disable p/i  x\"", None),
            ("\"rbd feature disable p/i $x\"", None),
        ] {
            assert_eq!(command.of(line).as_deref(), taken, "{line}");
        }
        let long = format!("Module {}", "m".repeat(LONGEST + 1));
        assert_eq!(module.of(&long), None);
    }
}
