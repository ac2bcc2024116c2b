//! Exports read back with the tools that will read them.

use std::io::{Cursor, Read};

use calamine::{Data, Reader, Xlsx};
use jiff::civil::date;

use super::*;

fn row() -> LedgerRow {
    LedgerRow {
        receipt_number: "20261121-K7Q2M9".to_owned(),
        resident: "王𬭎".to_owned(),
        id_masked: "880101********0032".to_owned(),
        phone: "015400000001".to_owned(),
        address: "晨光佳园东区 1 号楼 2 单元 302 室, \"旁门\"".to_owned(),
        grid: "第 1 网格".to_owned(),
        benefit_kind: "employee".to_owned(),
        visited_at: Some(date(2026, 11, 21).at(9, 30, 0, 0)),
        volunteer: "李兰".to_owned(),
        companion: "=HYPERLINK(\"x\")".to_owned(),
        outcome: "certified".to_owned(),
        next_due: Some(date(2027, 11, 21)),
        review_state: "hasIssues".to_owned(),
        reviewer: "赵敏".to_owned(),
        reviewed_at: None,
        flags: vec!["照片不清楚".to_owned(), "时间对不上".to_owned()],
        remark: "第一行\n第二行\u{7}".to_owned(),
    }
}

#[test]
fn text_opens_in_excel_and_runs_nothing() {
    let mut out = Vec::new();
    assert_eq!(write_csv(&mut out, [row(), LedgerRow::default()]).unwrap(), 2);
    let text = String::from_utf8(out).unwrap();
    let mut lines = text.split("\r\n");
    assert_eq!(
        lines.next(),
        Some(
            "\u{feff}回执号,姓名,证件号,电话,住址,网格,待遇类别,入户时间,志愿者,同行人,结果,下次认证,复核状态,复核人,复核时间,提示,备注"
        )
    );
    assert_eq!(
        lines.next(),
        Some(
            "20261121-K7Q2M9,王𬭎,880101********0032,015400000001,\"晨光佳园东区 1 号楼 2 单元 302 室, \"\"旁门\"\"\",\
             第 1 网格,企业职工养老保险,2026-11-21 09:30,李兰,\"'=HYPERLINK(\"\"x\"\")\",认证完成,2027-11-21,已退回,赵敏,,\
             照片不清楚；时间对不上,\"第一行\n第二行\u{7}\""
        )
    );
    assert_eq!(lines.next(), Some(",,,,,,,,,,,,,,,,"));
    assert_eq!((lines.next(), lines.next()), (Some(""), None));
}

#[test]
fn cells_come_back_as_they_were() {
    let check = |text: &str, expected: &str| {
        assert_eq!(neutral(text), expected, "{text:?}");
        assert_eq!(plain(&neutral(text)), text, "{text:?} comes back");
    };
    check("=1+1", "'=1+1");
    check("@SUM(A1)", "'@SUM(A1)");
    check("-1+cmd|' /C calc'!A0", "'-1+cmd|' /C calc'!A0");
    check("＝1+1", "'＝1+1");
    check("\t=1", "'\t=1");
    check("\r\n=1", "'\r\n=1");
    check("'=1", "''=1");
    check("''=1", "'''=1");
    check("-", "'-");
    check("+86-154", "'+86-154");
    check("-12.5", "-12.5");
    check("+8615400000000", "+8615400000000");
    check("0931-8888000", "0931-8888000");
    check("15400000001", "15400000001");
    check("'quoted'", "'quoted'");
    check("王=李", "王=李");
    check("", "");
}

#[test]
fn a_workbook_keeps_text_as_text_and_dates_as_dates() {
    let mut out = Vec::new();
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(write_xlsx(&mut out, folder.path(), [row(), LedgerRow::default()]).unwrap(), 2);
    let mut workbook: Xlsx<_> = Xlsx::new(Cursor::new(out)).unwrap();
    let range = workbook.worksheet_range("台账").unwrap();
    let at = |row, column| range.get_value((row, column)).cloned().unwrap_or_default();
    let titles: Vec<Data> = (0..COLUMNS.len() as u32).map(|it| at(0, it)).collect();
    assert_eq!(titles, COLUMNS.iter().map(|it| Data::String(it.title.to_owned())).collect::<Vec<_>>());
    for (column, expected) in [
        (1, "王𬭎"),
        (2, "880101********0032"),
        (3, "015400000001"),
        (6, "企业职工养老保险"),
        (9, "=HYPERLINK(\"x\")"),
        (12, "已退回"),
        (16, "第一行\n第二行"),
    ] {
        assert_eq!(at(1, column), Data::String(expected.to_owned()));
    }
    let Data::DateTime(visited) = at(1, 7) else { panic!("{:?} is no time", at(1, 7)) };
    assert_eq!(visited.to_ymd_hms_milli(), (2026, 11, 21, 9, 30, 0, 0));
    let Data::DateTime(due) = at(1, 11) else { panic!("{:?} is no day", at(1, 11)) };
    assert_eq!(due.to_ymd_hms_milli(), (2027, 11, 21, 0, 0, 0, 0));
    assert_eq!(at(1, 14), Data::Empty);
}

#[test]
fn a_workbook_is_ready_to_print() {
    let mut out = Vec::new();
    let folder = tempfile::tempdir().unwrap();
    write_xlsx(&mut out, folder.path(), [row()]).unwrap();
    let mut archive = zip::ZipArchive::new(Cursor::new(out)).unwrap();
    let mut xml = String::new();
    archive.by_name("xl/worksheets/sheet1.xml").unwrap().read_to_string(&mut xml).unwrap();
    for part in [
        "orientation=\"landscape\"",
        "paperSize=\"9\"",
        "<autoFilter ref=\"A1:Q2\"",
        "state=\"frozen\"",
        "fitToHeight=\"0\"",
    ] {
        assert!(xml.contains(part), "{part} is missing");
    }
}

#[test]
fn photos_are_packed_under_their_names() {
    let photo = |folder: &str, name: &str, content: &'static [u8]| {
        Ok(Photo {
            folder: folder.to_owned(),
            file_name: name.to_owned(),
            taken_at: Some(date(2026, 11, 21).at(9, 30, 0, 0)),
            content,
        })
    };
    let mut out = Vec::new();
    let photos = [
        photo("王𬭎 1", "face.jpg", b"one"),
        photo("王𬭎 1", "face.jpg", b"two"),
        photo("../..", "a/b", b""),
    ];
    assert_eq!(write_photos(&mut out, photos).unwrap(), 3);
    let mut archive = zip::ZipArchive::new(Cursor::new(out)).unwrap();
    let mut found = Vec::new();
    for index in 0..archive.len() {
        let mut file = archive.by_index(index).unwrap();
        assert_eq!(file.compression(), zip::CompressionMethod::Stored);
        let mut content = String::new();
        file.read_to_string(&mut content).unwrap();
        found.push(format!("{} = {content}", file.name().unwrap()));
    }
    assert_eq!(found, ["王𬭎 1/face.jpg = one", "王𬭎 1/face (2).jpg = two", "_/a_b = "]);
}

#[test]
fn a_photo_that_cannot_be_read_stops_the_export() {
    let photos = [Err::<Photo<&[u8]>, _>(io::Error::other("gone"))];
    let error = write_photos(Vec::new(), photos).unwrap_err();
    assert_eq!(error.code(), "export.failed");
}

#[test]
fn every_outcome_and_state_has_a_label() {
    for code in [
        "certified",
        "absent",
        "hospital",
        "moved",
        "deceased",
        "refused",
        "lost",
        "doubt",
        "detained",
        "abroad",
    ] {
        assert_ne!(outcome_label(code), code);
    }
    for code in ["received", "hasIssues", "edited", "approved", "rejected"] {
        assert_ne!(review_label(code), code);
    }
    assert_eq!(outcome_label("other"), "other");
}

/// Files that this process has open although nothing has their name any more, of a folder.
#[cfg(target_os = "linux")]
fn open_without_a_name(folder: &std::path::Path) -> usize {
    let is_of_folder =
        |it: &std::path::PathBuf| it.starts_with(folder) && it.to_string_lossy().ends_with(" (deleted)");
    let open = std::fs::read_dir("/proc/self/fd").unwrap().filter_map(Result::ok);
    open.filter_map(|it| std::fs::read_link(it.path()).ok()).filter(is_of_folder).count()
}

#[test]
#[cfg(target_os = "linux")]
fn rows_wait_where_the_data_is_in_a_file_that_nobody_can_open() {
    let folder = tempfile::tempdir().unwrap();
    let rows = (0..3).map(|_| {
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "it has no name");
        assert_eq!(open_without_a_name(folder.path()), 1, "and lies in this folder");
        row()
    });
    assert_eq!(write_xlsx(Vec::new(), folder.path(), rows).unwrap(), 3);
    assert_eq!(open_without_a_name(folder.path()), 0, "its room is free again");
    let missing = folder.path().join("missing");
    assert!(write_xlsx(Vec::new(), &missing, [row()]).is_err(), "there is no other place for it");
}
