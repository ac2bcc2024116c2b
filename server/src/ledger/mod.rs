//! What leaves the house: the ledger (台账) as a workbook and as text, and the photos of visits as an archive.
//!
//! All three are written row by row to any [`std::io::Write`], so that an export's memory does not grow with its
//! length. A ledger carries masked identity numbers only. The titles and labels are Chinese: the ledger is a
//! document for the community's files, not a screen.

mod photos;
mod text;
mod workbook;

use std::borrow::Cow;
use std::io;

use jiff::civil::{Date, DateTime};

pub use photos::{Photo, write_photos};
pub use text::{neutral, plain, write_csv};
pub use workbook::write_xlsx;

use crate::register::columns;

/// Every code that an export can fail with.
pub const CODES: &[&str] = &["export.failed", "export.too_many_rows"];

/// One visit in the ledger. Empty text means not known; coded values are shown by their Chinese labels.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LedgerRow {
    /// Receipt number.
    pub receipt_number: String,
    /// The resident's name.
    pub resident: String,
    /// Identity number with the middle hidden.
    pub id_masked: String,
    /// The resident's telephone.
    pub phone: String,
    /// Address.
    pub address: String,
    /// Label of the grid.
    pub grid: String,
    /// Value of `benefit_kind`.
    pub benefit_kind: String,
    /// When the visit was, by the clock on the wall.
    pub visited_at: Option<DateTime>,
    /// Who knocked.
    pub volunteer: String,
    /// Who came along.
    pub companion: String,
    /// Value of `outcome`.
    pub outcome: String,
    /// When the next certification is due.
    pub next_due: Option<Date>,
    /// Review state: received, hasIssues, edited, approved or rejected.
    pub review_state: String,
    /// Who reviewed.
    pub reviewer: String,
    /// When it was reviewed, by the clock on the wall.
    pub reviewed_at: Option<DateTime>,
    /// Texts of the flags, not their codes.
    pub flags: Vec<String>,
    /// Remarks: reason of a return, comments.
    pub remark: String,
}

/// Why an export stopped; what was written so far is no whole file.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// The other end is gone, the disk is full, or a photo cannot be read.
    #[error("cannot write the export: {0}")]
    Io(#[from] io::Error),
    /// More rows than a worksheet has.
    #[error("more than {limit} rows")]
    TooManyRows {
        /// Rows below the header that a worksheet takes.
        limit: u32,
    },
    /// The workbook cannot be made.
    #[error("cannot make the workbook: {0}")]
    Workbook(#[from] rust_xlsxwriter::XlsxError),
    /// The archive cannot be made.
    #[error("cannot make the archive: {0}")]
    Archive(#[from] zip::result::ZipError),
}

impl LedgerError {
    /// Returns the stable code; its text is in the web app's `i18n`.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::TooManyRows { .. } => "export.too_many_rows",
            Self::Io(_) | Self::Workbook(_) | Self::Archive(_) => "export.failed",
        }
    }
}

/// What stands in one cell.
#[derive(Debug, Clone, PartialEq, Eq)]
enum LedgerCell<'a> {
    Text(Cow<'a, str>),
    Day(Date),
    Moment(DateTime),
}

struct LedgerColumn {
    title: &'static str,
    /// Width in digits, as Excel counts.
    width: f64,
    cell: for<'a> fn(&'a LedgerRow) -> Option<LedgerCell<'a>>,
}

const COLUMNS: &[LedgerColumn] = &[
    column("回执号", 18.0, |it| text(&it.receipt_number)),
    column("姓名", 12.0, |it| text(&it.resident)),
    column("证件号", 21.0, |it| text(&it.id_masked)),
    column("电话", 14.0, |it| text(&it.phone)),
    column("住址", 34.0, |it| text(&it.address)),
    column("网格", 11.0, |it| text(&it.grid)),
    column("待遇类别", 20.0, |it| text(benefit_label(&it.benefit_kind))),
    column("入户时间", 17.0, |it| it.visited_at.map(LedgerCell::Moment)),
    column("志愿者", 11.0, |it| text(&it.volunteer)),
    column("同行人", 11.0, |it| text(&it.companion)),
    column("结果", 14.0, |it| text(outcome_label(&it.outcome))),
    column("下次认证", 12.0, |it| it.next_due.map(LedgerCell::Day)),
    column("复核状态", 10.0, |it| text(review_label(&it.review_state))),
    column("复核人", 11.0, |it| text(&it.reviewer)),
    column("复核时间", 17.0, |it| it.reviewed_at.map(LedgerCell::Moment)),
    column("提示", 30.0, |it| Some(LedgerCell::Text(Cow::Owned(it.flags.join("；"))))),
    column("备注", 30.0, |it| text(&it.remark)),
];

const fn column(
    title: &'static str,
    width: f64,
    cell: for<'a> fn(&'a LedgerRow) -> Option<LedgerCell<'a>>,
) -> LedgerColumn {
    LedgerColumn { title, width, cell }
}

#[expect(clippy::unnecessary_wraps, reason = "one type for every column's function")]
const fn text(text: &str) -> Option<LedgerCell<'_>> {
    Some(LedgerCell::Text(Cow::Borrowed(text)))
}

/// Returns the Chinese label of a visit's outcome; an unknown one as it is.
#[must_use]
pub fn outcome_label(outcome: &str) -> &str {
    match outcome {
        "certified" => "认证完成",
        "absent" => "没人在家",
        "hospital" => "住院",
        "moved" => "已搬走",
        "deceased" => "已去世",
        "refused" => "不愿意办",
        "lost" => "联系不上",
        "doubt" => "身份存疑",
        "detained" => "服刑或被羁押",
        "abroad" => "在境外",
        other => other,
    }
}

/// Returns the Chinese label of a review state; an unknown one as it is.
#[must_use]
pub fn review_label(state: &str) -> &str {
    match state {
        "received" => "待复核",
        "hasIssues" => "已退回",
        "edited" => "已补正",
        "approved" => "已通过",
        "rejected" => "未通过",
        other => other,
    }
}

fn benefit_label(kind: &str) -> &str {
    let choices = columns::find("benefit_kind").map(|it| it.kind);
    let Some(columns::Kind::Choice(choices)) = choices else { return kind };
    let words = choices.iter().find(|it| it.0 == kind).and_then(|it| it.1.split(' ').next());
    words.unwrap_or(kind)
}

#[cfg(test)]
mod tests;
