//! The ledger as comma-separated text that Excel opens by double click: UTF-8 with mark, lines ended by CRLF.
//!
//! A cell that a spreadsheet would take for a formula gets an apostrophe in front (CSV injection); plain signed
//! numbers stay, so that they can be read and summed.

use std::borrow::Cow;
use std::io::Write;

use super::{COLUMNS, LedgerCell, LedgerError, LedgerRow};

const MARK: &[u8] = b"\xef\xbb\xbf";

/// Writes header and rows; returns how many rows were written.
pub fn write_csv<W: Write>(
    mut out: W,
    rows: impl IntoIterator<Item = LedgerRow>,
) -> Result<u64, LedgerError> {
    out.write_all(MARK)?;
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(out);
    let failed = |error: csv::Error| LedgerError::Io(error.into());
    writer.write_record(COLUMNS.iter().map(|it| it.title)).map_err(failed)?;
    let mut n_rows = 0;
    for row in rows {
        for column in COLUMNS {
            let cell = match (column.cell)(&row) {
                None => Cow::Borrowed(""),
                Some(LedgerCell::Text(text)) => Cow::Owned(neutral(&text).into_owned()),
                Some(LedgerCell::Day(date)) => Cow::Owned(date.to_string()),
                Some(LedgerCell::Moment(at)) => Cow::Owned(at.strftime("%Y-%m-%d %H:%M").to_string()),
            };
            writer.write_field(cell.as_ref()).map_err(failed)?;
        }
        writer.write_record(None::<&[u8]>).map_err(failed)?;
        n_rows += 1;
    }
    writer.flush()?;
    Ok(n_rows)
}

/// Returns the text of a cell as no spreadsheet runs it: with an apostrophe in front of a formula's first sign.
///
/// [`plain`] undoes it, also for texts that had apostrophes of their own.
#[must_use]
pub fn neutral(text: &str) -> Cow<'_, str> {
    if looks_like_formula(text) { Cow::Owned(format!("'{text}")) } else { Cow::Borrowed(text) }
}

/// Returns the text that [`neutral`] was given.
#[must_use]
pub fn plain(cell: &str) -> &str {
    cell.strip_prefix('\'').filter(|rest| looks_like_formula(rest)).unwrap_or(cell)
}

fn looks_like_formula(text: &str) -> bool {
    let text = text.trim_start_matches('\'');
    let is_sign = |c| matches!(c, '=' | '+' | '-' | '@' | '\t' | '\r' | '\n' | '＝' | '＋' | '－' | '＠');
    text.starts_with(is_sign) && !is_plain_number(text)
}

/// Returns whether the text is a sign and digits, at most one dot among them: `-12.5`, `+8615400000000`.
fn is_plain_number(text: &str) -> bool {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let mut parts = digits.splitn(2, '.');
    let is_digits = |part: &str| !part.is_empty() && part.bytes().all(|it| it.is_ascii_digit());
    parts.all(is_digits)
}
