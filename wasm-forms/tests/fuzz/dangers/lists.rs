//! Lists: CSV that is none, and tables larger than what they were sent in.

use wasm_forms::Table;

use super::{form, refused};
use crate::harness::alone;

fn is_refused(csv: &str) {
    assert!(Table::from_csv(csv).is_err(), "accepted: {}", csv.chars().take(100).collect::<String>());
}

#[test]
fn a_header_is_wanted() {
    alone(|| {
        for csv in ["", "\n", "\u{feff}", "\u{feff}\n\n", ",,,\n1,2,3,4\n", "\r\n"] {
            is_refused(csv);
        }
    });
}

#[test]
fn quotes_and_nul_as_they_come() {
    alone(|| {
        for csv in [
            "name\n\"a",
            "name\n\"a\"b\"\n",
            "na\"me\na\n",
            "name\n\0\n",
            "\0\n\0",
            "name,label\n\"\n\n\n\",x\n",
        ] {
            let table = Table::from_csv(csv).expect("CSV that is odd, but CSV");
            assert_eq!(
                (table.columns().len(), table.len()),
                (if csv.contains(',') { 2 } else { 1 }, 1),
                "{csv:?}"
            );
        }
    });
}

#[test]
fn columns_10_000() {
    alone(|| {
        let header: Vec<String> = (0..10_000).map(|it| format!("c{it}")).collect();
        is_refused(&format!("{}\n1\n", header.join(",")));
        let table = Table::from_csv(&format!("name\n{}\n", ",".repeat(1_000_000)));
        assert_eq!(table.map(|it| it.columns().len()), Ok(1));
    });
}

/// A short text that says a large table: every row is filled up to the width of the header.
#[test]
fn cells_that_nobody_sent() {
    alone(|| {
        let header: Vec<String> = (0..900).map(|it| format!("c{it}")).collect();
        is_refused(&format!("{}\n{}", header.join(","), "1\n".repeat(400_000)));
    });
}

#[test]
fn rows_100_000() {
    alone(|| {
        let rows: String = (0..100_000).map(|it| format!("r{it},标签{it},G{}\n", it % 7)).collect();
        let table = Table::from_csv(&format!("name,label,grid\n{rows}")).expect("a list");
        assert_eq!(
            (table.len(), table.rows_where(0, "r99999"), table.rows_where(2, "G3").len()),
            (100_000, &[99_999][..], 14_286)
        );
    });
}

/// The same inside a form: every item brings a column of its own.
#[test]
fn items_of_a_column_each() {
    alone(|| {
        let items: String = (0..20_000).map(|it| format!("<item><c{it}>1</c{it}></item>")).collect();
        let list = format!("<instance id=\"l\"><root>{items}</root></instance>");
        refused(&form("<a/>", &list, "<input ref=\"/data/a\"/>"), "list.too_large");
    });
}
