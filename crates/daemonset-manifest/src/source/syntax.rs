//! What is wrong with the form of a YAML text, in words of this crate: kinds of the parser's are
//! put together by what somebody who wrote the text would do about them.

use granit_parser::ErrorKind;

use super::fault::{Fault, codes};

/// The fault of a kind, at a column.
pub(super) fn fault(kind: &ErrorKind, column: usize) -> Fault {
    let (code, what) = describe(kind);
    Fault::new(code, format!("not YAML: {what} (column {column})"))
}

#[allow(clippy::too_many_lines)] // a table: one row a group of kinds
fn describe(kind: &ErrorKind) -> (crate::Code, String) {
    use ErrorKind as Kind;
    let syntax = |what: &str| (codes::SYNTAX, what.to_owned());
    match kind {
        Kind::UnclosedQuotedScalar => cut_short("quote"),
        Kind::UnclosedFlowCollection { open } => {
            let message = format!(
                "expected the `{}` of this `{open}`, found the end",
                match open {
                    '[' => ']',
                    _ => '}',
                }
            );
            (codes::CUT_SHORT, message)
        }
        Kind::UnclosedVerbatimTag => cut_short("tag"),
        Kind::UnexpectedEofFlowSequence
        | Kind::UnexpectedEofFlowMapping
        | Kind::UnexpectedEofImplicitFlowMapping => cut_short("bracket"),
        Kind::UnexpectedEof
        | Kind::UnexpectedEofBlockSequence
        | Kind::UnexpectedEofBlockMapping => {
            (codes::CUT_SHORT, "expected more, found the end".to_owned())
        }
        Kind::TabInBlockIndentation
        | Kind::TabInIndentation
        | Kind::TabInPlainScalar
        | Kind::TabAtBlockScalarStart
        | Kind::TabNotAllowed => syntax("expected spaces for indentation, found a tab"),
        Kind::InvalidIndentation
        | Kind::InvalidBlockScalarIndent
        | Kind::ZeroBlockScalarIndent
        | Kind::InvalidFlowScalarIndent
        | Kind::ExpectedBlockMappingKey
        | Kind::ExpectedBlockSequenceEntry => {
            syntax("expected the indentation of the lines before, found another")
        }
        Kind::InvalidQuotedScalarIndent => {
            syntax("expected the end of the quoted text or an indented line of it, found neither")
        }
        Kind::DocumentIndicatorInQuotedScalar => {
            syntax("expected the closing quote, found `---` or `...`")
        }
        Kind::InvalidTrailingSingleQuotedScalar | Kind::InvalidTrailingDoubleQuotedScalar => {
            syntax("expected nothing after the closing quote, found more text")
        }
        Kind::UnknownQuotedScalarEscape
        | Kind::InvalidQuotedScalarHexEscape
        | Kind::InvalidLowSurrogateHexEscape
        | Kind::InvalidLowSurrogate
        | Kind::MissingLowSurrogate
        | Kind::UnpairedLowSurrogate
        | Kind::InvalidUnicodeEscape => {
            syntax("expected an escape that stands for a character, found another")
        }
        Kind::SimpleKeyExpected | Kind::InvalidSimpleKey => {
            syntax("expected `key: value`, found a text without a colon")
        }
        Kind::MappingValueNotAllowed | Kind::MappingKeyNotAllowed | Kind::InvalidColonPlacement => {
            syntax("expected one `key: value` a line, found another colon")
        }
        Kind::InvalidMappingValueWhitespace => {
            syntax("expected a space after the colon, found none")
        }
        Kind::BlockSequenceEntryNotAllowed
        | Kind::BlockEntryInFlowCollection
        | Kind::InvalidBlockEntryWhitespace
        | Kind::PlainScalarStartsWithDashFlowIndicator => {
            syntax("expected an item of a list on a line of its own, found `-` in another place")
        }
        Kind::ExpectedFlowMappingSeparator => syntax("expected `,` or `}`, found something else"),
        Kind::ExpectedFlowSequenceSeparator => syntax("expected `,` or `]`, found something else"),
        Kind::FlowMappingValueAdjacentCollection => {
            syntax("expected a comma between two values, found none")
        }
        Kind::MisplacedFlowCollectionEnd => {
            syntax("expected an opening bracket before the closing one, found none")
        }
        Kind::MismatchedFlowCollectionEnd { open, close } => {
            let message = format!("expected the bracket that closes `{open}`, found `{close}`");
            (codes::SYNTAX, message)
        }
        Kind::UnexpectedCharacter { character } => {
            let character = crate::words::bare(character.encode_utf8(&mut [0; 4]));
            let message = format!("expected text, found the character `{character}`");
            (codes::SYNTAX, message)
        }
        Kind::BomInsideDocument => syntax("expected text, found a byte order mark"),
        Kind::CommentNotSeparated | Kind::CommentInterceptedScalar => {
            syntax("expected a space before the comment, and the whole text before it")
        }
        Kind::InvalidBlockScalarHeader => {
            syntax("expected a line break after `|` or `>`, found more text")
        }
        Kind::UnsupportedYamlMajorVersion
        | Kind::DuplicateVersionDirective
        | Kind::DuplicateTagDirective
        | Kind::MissingDocumentEndBeforeDirective
        | Kind::InvalidDirectiveTerminator
        | Kind::MissingYamlVersionSeparator
        | Kind::MissingDirectiveName
        | Kind::InvalidDirectiveName
        | Kind::DirectiveByteLimitExceeded { .. }
        | Kind::TooManyReservedDirectiveParams { .. }
        | Kind::YamlVersionTooLong
        | Kind::MissingYamlVersion => {
            syntax("expected no directive, or `%YAML 1.1`, found another")
        }
        Kind::UndeclaredTagHandle
        | Kind::ExpectedTagBang
        | Kind::ExpectedTagDirectiveBang
        | Kind::InvalidGlobalTagCharacter
        | Kind::InvalidTagDirectiveTerminator
        | Kind::InvalidTagTerminator
        | Kind::MissingTagUri
        | Kind::InvalidTagEscape
        | Kind::InvalidTagUtf8LeadingByte
        | Kind::InvalidTagUtf8TrailingByte
        | Kind::InvalidTagUtf8 => syntax("expected a tag such as `!!str`, found another"),
        Kind::MissingAnchorOrAliasName => syntax(
            "expected a name after `&` or `*`, found none; a text that begins so needs quotes",
        ),
        Kind::ExpectedDocumentStart | Kind::InvalidDocumentEnd => {
            syntax("expected `---` before another document, found text")
        }
        Kind::ExpectedNodeContent => syntax("expected a value, found none"),
        // Kinds of later versions, and ones that a text in memory does not meet.
        _ => syntax("expected YAML, found something that is none"),
    }
}

fn cut_short(what: &str) -> (crate::Code, String) {
    let message = format!("expected a closing {what}, found the end");
    (codes::CUT_SHORT, message)
}
