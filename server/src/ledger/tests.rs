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
    let literal = LedgerRow { remark: "<b> & _x0041_ _x00_".to_owned(), ..LedgerRow::default() };
    assert_eq!(write_xlsx(&mut out, [row(), literal]).unwrap(), 2);
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
    assert_eq!(at(2, 16), Data::String("<b> & _x0041_ _x00_".to_owned()));
    assert_eq!(at(3, 16), Data::Empty, "and nothing below");
}

#[test]
fn a_workbook_is_ready_to_print() {
    let mut out = Vec::new();
    write_xlsx(&mut out, [row()]).unwrap();
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

#[test]
fn days_are_counted_as_excel_does() {
    let check = |at: DateTime, expected: &str| {
        let mut out = Vec::new();
        write_xlsx(&mut out, [LedgerRow { visited_at: Some(at), ..LedgerRow::default() }]).unwrap();
        let mut archive = zip::ZipArchive::new(Cursor::new(out)).unwrap();
        let mut xml = String::new();
        archive.by_name("xl/worksheets/sheet1.xml").unwrap().read_to_string(&mut xml).unwrap();
        assert!(xml.contains(expected), "{at}: {expected} is not in {xml}");
    };
    check(date(1900, 1, 1).at(0, 0, 0, 0), "<v>1</v>");
    check(date(1900, 2, 28).at(0, 0, 0, 0), "<v>59</v>");
    check(date(1900, 3, 1).at(0, 0, 0, 0), "<v>61</v>");
    check(date(2026, 11, 21).at(18, 0, 0, 0), "<v>46347.75</v>");
    check(date(1899, 12, 31).at(9, 30, 0, 0), "1899-12-31T09:30:00");
}

/// Counts what is written.
#[derive(Clone, Default)]
struct Count(std::sync::Arc<std::sync::atomic::AtomicUsize>);

impl io::Write for Count {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.fetch_add(bytes.len(), std::sync::atomic::Ordering::Relaxed);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Files that this process has open, with or without a name, and that hold those bytes.
#[cfg(target_os = "linux")]
fn open_files_with(bytes: &[u8]) -> Vec<std::path::PathBuf> {
    let open = std::fs::read_dir("/proc/self/fd").unwrap().filter_map(Result::ok).map(|it| it.path());
    let is_file = |it: &std::path::PathBuf| std::fs::metadata(it).is_ok_and(|it| it.is_file());
    let holds = |it: &std::path::PathBuf| {
        std::fs::read(it).is_ok_and(|content| content.windows(bytes.len()).any(|it| it == bytes))
    };
    open.filter(is_file).filter(holds).map(|it| std::fs::read_link(&it).unwrap_or(it)).collect()
}

#[test]
#[cfg(target_os = "linux")]
fn rows_of_a_workbook_go_out_as_they_come_and_wait_in_no_file() {
    const N_ROWS: usize = 2_000;
    const NAME: &str = "叶不落盘";
    let mut kept = tempfile::tempfile().unwrap();
    io::Write::write_all(&mut kept, "叶落盘".as_bytes()).unwrap();
    assert_eq!(open_files_with("叶落盘".as_bytes()).len(), 1, "a file without a name is seen");
    let out = Count::default();
    let written = out.clone();
    let rows = (0..N_ROWS).map(|at| {
        if at + 1 == N_ROWS {
            assert_eq!(open_files_with(NAME.as_bytes()), Vec::<std::path::PathBuf>::new());
            let n_bytes = written.0.load(std::sync::atomic::Ordering::Relaxed);
            assert!(n_bytes > N_ROWS * 16, "only {n_bytes} bytes of {N_ROWS} rows are out");
        }
        // No row is like another, so that packing cannot hide it.
        let remark = crate::blob::hashes::sha256_hex(&at.to_le_bytes());
        LedgerRow { resident: NAME.to_owned(), remark, ..row() }
    });
    assert_eq!(write_xlsx(out, rows).unwrap() as usize, N_ROWS);
}
