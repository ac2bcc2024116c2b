//! Text to an XML document, its size bounded before anything is made of it.
//!
//! The reader refuses document type declarations, and with them entity bombs, and elements nested without end. It
//! compares each attribute of an element with all others of it, so their number is bounded here.

use roxmltree::{Document, Error, ParsingOptions};

/// Most attributes of one element.
const MAX_ATTRIBUTES: usize = 500;

/// Why a text is no document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unreadable {
    Malformed { line: u32, column: u32 },
    TooLarge,
}

/// Reads a document of at most `most_nodes` nodes: elements, texts, comments.
pub(crate) fn read(xml: &str, most_nodes: u32) -> Result<Document<'_>, Unreadable> {
    if most_attributes(xml) > MAX_ATTRIBUTES {
        return Err(Unreadable::TooLarge);
    }
    let options = ParsingOptions { nodes_limit: most_nodes, ..ParsingOptions::default() };
    Document::parse_with_options(xml, options).map_err(|error| match error {
        Error::NodesLimitReached | Error::AttributesLimitReached | Error::NamespacesLimitReached => {
            Unreadable::TooLarge
        }
        error => Unreadable::Malformed { line: error.pos().row, column: error.pos().col },
    })
}

/// Returns how many attributes the element with the most has, as far as it may have too many; a text or comment that
/// looks like one may count.
fn most_attributes(xml: &str) -> usize {
    /// ` a=""`, and the next: what is shorter than so many of them has not too many.
    const LEAST_BYTES: usize = 5;
    let tags = xml.split('<').skip(1);
    let long = tags.filter(|it| it.len() >= MAX_ATTRIBUTES * LEAST_BYTES);
    long.map(n_attributes).max().unwrap_or(0)
}

/// Counts the attributes of a tag, up to its end.
fn n_attributes(tag: &str) -> usize {
    let mut found = 0;
    let mut quote = None;
    for byte in tag.bytes() {
        match (quote, byte) {
            (Some(open), _) if open == byte => quote = None,
            (Some(_), _) => {}
            (None, b'>') => return found,
            (None, b'"' | b'\'') => quote = Some(byte),
            (None, b'=') => found += 1,
            _ => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_attributes() {
        let check = |xml: &str, expected| {
            assert_eq!(n_attributes(xml.split_once('<').expect("a tag").1), expected, "{xml}")
        };
        check("<a/>", 0);
        check("<a b='1' c=\"=<='\" d = '>'/>", 3);
        check("<a b='1'> = = = '</a>", 1);
    }

    #[test]
    fn says_why_not() {
        let check = |xml: &str, expected| assert_eq!(read(xml, 10).map(|_| ()), Err(expected), "{xml}");
        check("<a>\n</b>", Unreadable::Malformed { line: 2, column: 1 });
        check(&format!("<a>{}</a>", "<b/>".repeat(10)), Unreadable::TooLarge);
        let attributes: String = (0..501).map(|it| format!(" a{it}=''")).collect();
        check(&format!("<a{attributes}/>"), Unreadable::TooLarge);
    }
}
