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

/// Returns how many attributes the element with the most has; a text or comment that looks like one may count.
fn most_attributes(xml: &str) -> usize {
    let (mut most, mut here) = (0, 0);
    let mut quote = None;
    let mut is_inside = false;
    for byte in xml.bytes() {
        match (quote, byte) {
            (Some(open), _) if open == byte => quote = None,
            (Some(_), _) => {}
            (None, b'<') => (is_inside, here) = (true, 0),
            (None, b'>') => is_inside = false,
            (None, b'"' | b'\'') if is_inside => quote = Some(byte),
            (None, b'=') if is_inside => {
                here += 1;
                most = most.max(here);
            }
            _ => {}
        }
    }
    most
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_attributes() {
        let check = |xml, expected| assert_eq!(most_attributes(xml), expected, "{xml}");
        check("<a/>", 0);
        check("<a b='1' c=\"=<='\" d = '>'/>", 3);
        check("<a b='1'><c d='1' e='2'/> = = = '</a><f g=''/>", 2);
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
