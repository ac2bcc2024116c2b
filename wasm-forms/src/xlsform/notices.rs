//! What a form works with all the same, and its author had better know: sheets that are called nearly like one that is
//! read, languages without a code, question types that phones no longer answer, photos of any size.

use std::collections::BTreeSet;

use super::columns::{Row, Table};
use super::report::{Cell, Report};
use super::tree::Node;
use super::{Workbook, codes, nearest};

/// Sheets that a workbook may lack, so that nobody misses one that is misspelt.
const OPTIONAL: [&str; 2] = ["settings", "entities"];
/// What Android no longer tells an app.
const OUTDATED: [&str; 2] = ["simserial", "subscriberid"];

/// Warns of sheets whose names look like that of an optional one which is missing.
pub(super) fn of_sheets(workbook: &Workbook, report: &mut Report) {
    for wanted in OPTIONAL.iter().filter(|it| workbook.sheet(it).is_none_or(|it| it.rows.is_empty())) {
        for sheet in workbook.sheets.iter().filter(|it| !it.name.trim().eq_ignore_ascii_case(wanted)) {
            if nearest::sheet(wanted, std::slice::from_ref(&sheet.name)).is_some() {
                let params = [("sheet", *wanted), ("nearest", &sheet.name)];
                report.warning(codes::MISSING_SURVEY, &Cell::sheet(&sheet.name), &params);
            }
        }
    }
}

/// Warns of languages that do not say by their code, as `中文 (zh)` does, which language of the device they are.
pub(super) fn of_languages<'a>(tables: impl IntoIterator<Item = Option<&'a Table>>, report: &mut Report) {
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    for table in tables.into_iter().flatten() {
        for (column, path) in table.columns.paths.iter().enumerate() {
            let is_text =
                path.first().is_some_and(|it| matches!(it.as_str(), "label" | "hint" | "guidance_hint"));
            let is_media = path.first().is_some_and(|it| it == "media");
            let language = path.get(if is_media { 2 } else { 1 }).filter(|_| is_text || is_media);
            let Some(language) = language.filter(|it| *it != "default" && !has_code(it)) else { continue };
            let at = Cell::new(&table.columns.sheet, 1, Some(column));
            if seen.insert(language) {
                report.notice(codes::LANGUAGE_WITHOUT_CODE, &at, &[("language", language)]);
            }
        }
    }
}

/// Warns of photos that are sent as large as the camera makes them; what is drawn is small.
pub(super) fn of_image(node: &Node, row: &Row, report: &mut Report) {
    let is_drawn =
        node.control("appearance").is_some_and(|it| it.contains("signature") || it.contains("draw"));
    if !is_drawn && node.bind("orx:max-pixels").is_none() {
        report.notice(codes::LARGE_IMAGES, &row.at("parameters"), &[("name", &node.name)]);
    }
}

/// Returns whether a question type is one that phones no longer answer.
pub(super) fn is_outdated(question_type: &str) -> bool {
    OUTDATED.contains(&question_type)
}

/// Returns whether a language ends in a code of BCP 47, such as `(zh)`, `(zh-Hans)` or `(yue)`. A language that has a
/// code of two letters is not called by its three.
fn has_code(language: &str) -> bool {
    let code = language.trim_end().strip_suffix(')').and_then(|it| it.rsplit_once('(')).map(|(_, code)| code);
    code.is_some_and(|it| {
        let mut parts = it.split('-');
        let first = parts.next().unwrap_or_default();
        let is_language = (2..=3).contains(&first.len()) && first.bytes().all(|it| it.is_ascii_lowercase());
        let is_subtag =
            |it: &str| (2..=8).contains(&it.len()) && it.bytes().all(|it| it.is_ascii_alphanumeric());
        is_language && !LONG_CODES.split(' ').any(|it| it == first) && parts.all(is_subtag)
    })
}

/// Codes of three letters for languages that have one of two: ISO 639-2 for those of ISO 639-1.
const LONG_CODES: &str = "aar abk afr aka alb amh ara arg arm asm ava ave aym aze bak bam baq bel ben bih bis bod bos \
    bre bul bur cat ces cha che chi chu chv cor cos cre cym cze dan deu div dut dzo ell eng epo est eus ewe fao fas \
    fij fin fra fre fry ful geo ger gla gle glg glv gre grn guj hat hau heb her hin hmo hrv hun hye ibo ice ido iii \
    iku ile ina ind ipk isl ita jav jpn kal kan kas kat kau kaz khm kik kin kir kom kon kor kua kur lao lat lav lim \
    lin lit ltz lub lug mac mah mal mao mar may mkd mlg mlt mon mri msa mya nau nav nbl nde ndo nep nld nno nob nor \
    nya oci oji ori orm oss pan per pli pol por pus que roh ron rum run rus sag san sin slk slo slv sme smo sna snd \
    som sot spa sqi srd srp ssw sun swa swe tah tam tat tel tgk tgl tha tib tir ton tsn tso tuk tur twi uig ukr urd \
    uzb ven vie vol wel wln wol xho yid yor zha zho zul";

#[cfg(test)]
mod tests {
    use super::has_code;

    #[test]
    fn knows_codes() {
        let check = |language, expected| assert_eq!(has_code(language), expected, "{language}");
        check("中文 (zh)", true);
        check("简体中文 (zh-Hans)", true);
        check("粤语 (yue)", true);
        check("English", false);
        check("Bosnian (bos)", false);
        check("English (schm)", false);
        check("中文（zh）", false);
        check("()", false);
    }
}
