//! The six targets: what a stranger may send.

use std::io::{Cursor, Read, Write};
use std::sync::{Arc, OnceLock};

use wasm_forms::evidence::strokes::{Drawn, Strokes};
use wasm_forms::{Form, Lists, Session, Severity, Table, xlsform};

use crate::chance::Chance;
use crate::target::Target;
use crate::{corpus, exercise, mutate, mutate_xml, mutate_xpath};

pub const XFORM: Target = Target {
    name: "xform",
    iterations: 250,
    corpus: corpus::forms,
    mutate: mutate_xml::mutate,
    run: |input| exercise::form(&String::from_utf8_lossy(input)),
};

/// An input is the place of the expression, `|`, and the expression.
pub const EXPRESSION: Target = Target {
    name: "expression",
    iterations: 900,
    corpus: expressions,
    mutate: |input, _, chance| {
        let text = String::from_utf8_lossy(input).into_owned();
        let (_, source) = text.split_once('|').unwrap_or_default();
        let source = match chance.below(3) {
            0 => mutate_xpath::expression(&PATHS, 4, chance),
            _ => mutate_xpath::mutate(source, &PATHS, chance),
        };
        format!("{}|{source}", chance.pick(&PLACES)).into_bytes()
    },
    run: |input| {
        let text = String::from_utf8_lossy(input);
        let (place, source) = text.split_once('|').unwrap_or(("calculate", &text));
        exercise::form(&form_around(place, source));
    },
};

pub const LIST: Target = Target {
    name: "list",
    iterations: 1200,
    corpus: || {
        let texts = [
            "name,label,grid\na,甲,G01\nb,乙,G02\n",
            "\u{feff}name,label\r\n\"a\",\"x\"\"y\r\nz\"\r\n",
            "name\n\n\n",
            "a;b\n1;2\n",
        ];
        texts.map(|it| it.as_bytes().to_vec()).to_vec()
    },
    mutate: |input, corpus, chance| {
        let mut output = mutate::bytes(input, corpus, chance);
        for _ in 0..chance.below(4) {
            let piece = chance.pick(&["\"", ",", "\n", "\r", "\"\"", ",,,,,,,,", "name,", "\0", "'"]);
            let at = chance.below(output.len() + 1);
            output.splice(at..at, piece.bytes());
        }
        output
    },
    run: list,
};

/// An input is a document of [`corpus::EVERYTHING`].
pub const INSTANCE: Target = Target {
    name: "instance",
    iterations: 500,
    corpus: || {
        let (form, lists) = everything();
        let mut session = Session::open(form, lists, exercise::env(), &[]);
        let empty = exercise::submission_of(&session.draft());
        exercise::fill_in(&mut session);
        vec![empty.into_bytes(), exercise::submission_of(&session.draft()).into_bytes()]
    },
    mutate: mutate_xml::mutate,
    run: instance,
};

/// An input is the bytes of a workbook; mutations go into the packed parts too.
pub const WORKBOOK: Target = Target {
    name: "workbook",
    iterations: 40,
    corpus: corpus::workbooks,
    mutate: |input, corpus, chance| {
        if chance.one_in(3) {
            return mutate::bytes(input, corpus, chance);
        }
        repacked(input, chance).unwrap_or_else(|| mutate::bytes(input, corpus, chance))
    },
    run: |input| {
        let checked = xlsform::check(input, "form");
        checked.diagnostics.iter().for_each(exercise::is_told);
        let is_refused = checked.diagnostics.iter().any(|it| it.severity == Severity::Error);
        assert_eq!(checked.form.is_none(), is_refused, "no form and no reason, or both");
        checked.xform.into_iter().for_each(|it| drop(exercise::compile(&it)));
    },
};

/// The file of a signature.
pub const STROKES: Target = Target {
    name: "strokes",
    iterations: 4_000,
    corpus: || {
        let wave = |it: u32| [f64::from(it) * 3.0, 80.0 + f64::from(it % 7), 0.5, f64::from(it) * 8.0];
        let points: Vec<f64> = (0..60).flat_map(wave).collect();
        let file = |lengths: &[u32], points: &[f64]| {
            let drawn = Drawn { size: [330.0, 200.0], started_at_ms: 1.7e12, lengths, points };
            Strokes::drawn(drawn, None).expect("our own drawing").encode()
        };
        vec![file(&[], &[]), file(&[1], &points[..4]), file(&[30, 1, 29], &points)]
    },
    mutate: mutate::bytes,
    run: |input| {
        let Ok(strokes) = Strokes::decode(input) else { return };
        assert_eq!(strokes.encode(), input, "one signature, two files");
        let n_points: usize = strokes.lines().iter().map(Vec::len).sum();
        assert!(strokes.svg().len() <= 500 + 80 * n_points, "a picture larger than its ink");
        let ink = strokes.ink();
        assert!(ink.length_px.is_finite() && ink.long_px >= 0.0 && ink.short_px >= 0.0, "{ink:?}");
        assert_eq!(strokes.pieces().iter().map(Vec::len).sum::<usize>(), n_points);
    },
};

const PATHS: [&str; 14] = [
    "/data/a",
    "/data/r/n",
    "/data/r",
    "../n",
    "..",
    "/data/b",
    "//n",
    "/data/*",
    "current()/../a",
    "instance('list')/root/item",
    "instance('list')/root/item/name",
    "instance('list')/root/item[name = /data/a ]/label",
    "/data/r[2]/n",
    "@x",
];
const PLACES: [&str; 9] =
    ["calculate", "constraint", "relevant", "required", "readonly", "count", "itemset", "output", "setvalue"];

fn expressions() -> Vec<Vec<u8>> {
    let ours = [
        "if( /data/a  = '', '', number(format-date(today(), '%Y')) - 3)",
        "sum( /data/r/n ) div count( /data/r )",
        "instance('list')/root/item[name = /data/a and label != '']/label",
        "indexed-repeat( /data/r/n , /data/r , position(..) - 1)",
        "regex(., '^[0-9]{17}[0-9X]$') and string-length(.) = 18",
        "selected( /data/a , 'a') or count-selected( /data/a ) > 1",
        "randomize(instance('list')/root/item, /data/a )",
    ];
    let ours = ours.iter().map(|it| (*it).to_owned());
    let all = ours.chain(corpus::expressions());
    all.enumerate().map(|(index, it)| format!("{}|{it}", PLACES[index % PLACES.len()]).into_bytes()).collect()
}

/// Returns a form with the expression in its place.
pub fn form_around(place: &str, source: &str) -> String {
    let source = mutate_xml::escaped(source);
    let bind = |wanted: &str| if place == wanted { format!("{wanted}=\"{source}\"") } else { String::new() };
    let count = if place == "count" { format!("jr:count=\"{source}\"") } else { String::new() };
    let itemset = match place {
        "itemset" => &source,
        _ => "instance('list')/root/item",
    };
    let output = if place == "output" { format!("<output value=\"{source}\"/>") } else { String::new() };
    let setvalue = match place {
        "setvalue" => {
            format!("<setvalue event=\"xforms-value-changed\" ref=\"/data/r/n\" value=\"{source}\"/>")
        }
        _ => String::new(),
    };
    let (calculate, constraint, relevant) = (bind("calculate"), bind("constraint"), bind("relevant"));
    let (required, readonly) = (bind("required"), bind("readonly"));
    format!(
        r#"<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml" xmlns:jr="http://openrosa.org/javarosa">
<h:head><h:title>T</h:title><model><instance><data id="t"><a/><b/><c/><r><n/><x/></r><meta><instanceID/></meta></data></instance>
<instance id="list"><root><item><name>a</name><label>A</label></item><item><name>b</name><label>B</label></item></root></instance>
<bind nodeset="/data/a" type="string" {constraint}/><bind nodeset="/data/b" {calculate} {relevant}/>
<bind nodeset="/data/r/x" {calculate}/><bind nodeset="/data/r/n" type="int" {relevant} {required} {readonly}/></model></h:head>
<h:body><input ref="/data/a"><label>A {output}</label>{setvalue}</input>
<select ref="/data/c"><itemset nodeset="{itemset}"><value ref="name"/><label ref="label"/></itemset></select>
<group ref="/data/r"><repeat nodeset="/data/r" {count}><input ref="/data/r/n"><label>{output}</label></input></repeat></group>
</h:body></h:html>"#
    )
}

fn everything() -> &'static (Arc<Form>, Arc<Lists>) {
    static FORM: OnceLock<(Arc<Form>, Arc<Lists>)> = OnceLock::new();
    FORM.get_or_init(|| {
        let form = exercise::compile(corpus::EVERYTHING).expect("our own form");
        let lists = exercise::lists_for(&form);
        (form, lists)
    })
}

fn list(input: &[u8]) {
    let Ok(table) = Table::from_csv(&String::from_utf8_lossy(input)) else { return };
    for (number, name) in table.columns().iter().enumerate() {
        let first = table.column(name).expect("a column of this name");
        assert!(first <= number);
        for row in 0..table.len() {
            let found = table.rows_where(number, table.cell(row, number));
            assert!(found.contains(&(row as u32)), "row {row} is not found by its own value");
        }
    }
    let (form, _) = everything();
    let lists = Arc::new(Lists::from([("people".to_owned(), Arc::new(table))]));
    let mut session = Session::open(form, &lists, exercise::env(), &[]);
    exercise::fill_in(&mut session);
}

fn instance(input: &[u8]) {
    let xml = String::from_utf8_lossy(input).into_owned();
    let (form, lists) = everything();
    exercise::judge(&xml, form, lists);
    let draft = serde_json::json!({
        "form_id": "everything", "version": "3", "language": "English", "chance": "1f", "offset_min": 480,
        "properties": {}, "xml": xml,
    });
    if let Ok(mut session) = Session::resume(form, lists, exercise::env(), &draft.to_string()) {
        exercise::fill_in(&mut session);
    }
    // The text as a draft by itself is none.
    assert!(Session::resume(form, lists, exercise::env(), &xml).is_err());
}

/// Unpacks a workbook, changes one of its parts, and packs it again.
fn repacked(input: &[u8], chance: &mut Chance) -> Option<Vec<u8>> {
    let mut archive = zip::ZipArchive::new(Cursor::new(input)).ok()?;
    let changed = chance.below(archive.len());
    let mut packed = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    for index in 0..archive.len() {
        let mut part = archive.by_index(index).ok()?;
        let name = part.name().ok()?.into_owned();
        let mut content = Vec::new();
        part.read_to_end(&mut content).ok()?;
        // The cells and their texts are what matters; the rest is changed now and then.
        let is_content = name.contains("sheet") || name.contains("Strings");
        if (is_content && chance.one_in(2)) || index == changed {
            content = mutate_xml::mutate(&content, std::slice::from_ref(&content), chance);
        }
        packed.start_file(name, options).ok()?;
        packed.write_all(&content).ok()?;
    }
    Some(packed.finish().ok()?.into_inner())
}
