//! Inputs to begin with: the pack's forms, forms of other projects where they are at hand, and small forms of ours.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use wasm_forms::xlsform;

/// Larger forms only make each run slower.
const MOST_BYTES: u64 = 60_000;
/// How many of the pack's workbooks, the smallest first, are converted.
const N_WORKBOOKS: usize = 7;
/// How many forms of other projects are read.
const N_SHARED: usize = 60;

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Returns `shared/{path}` beside the repository or above it; `None`, said aloud, where it is missing.
pub fn shared(path: &str) -> Option<PathBuf> {
    let named = std::env::var_os("DOORSTEP_SHARED").map(|it| PathBuf::from(it).join(path));
    let root = repository().canonicalize().ok()?;
    let mut beside = root.ancestors().skip(1).map(|it| it.join("shared").join(path));
    let found = named.filter(|it| it.is_dir()).or_else(|| beside.find(|it| it.is_dir()));
    if found.is_none() {
        println!("skipped: no ../shared/{path}");
    }
    found
}

/// Returns the pack's workbooks, the smallest first.
pub fn workbooks() -> Vec<Vec<u8>> {
    smallest(&repository().join("server/packs/community/forms"), "xlsx", N_WORKBOOKS)
}

/// Returns forms as XML: the pack's, other projects', and one that holds all we know.
pub fn forms() -> Vec<Vec<u8>> {
    static FORMS: OnceLock<Vec<Vec<u8>>> = OnceLock::new();
    let all = FORMS.get_or_init(|| {
        let convert = |it: Vec<u8>| xlsform::convert(&it, "form").xform.expect("the pack converts");
        let mut forms: Vec<Vec<u8>> = workbooks().into_iter().map(|it| convert(it).into_bytes()).collect();
        if let Some(folder) = shared("conformance/forms") {
            let mut projects: Vec<PathBuf> =
                std::fs::read_dir(folder).expect("a folder").map(|it| it.expect("an entry").path()).collect();
            projects.retain(|it| it.is_dir());
            projects.sort();
            let each = N_SHARED / projects.len().max(1);
            forms.extend(projects.iter().flat_map(|it| smallest(it, "xml", each)));
        }
        forms.push(EVERYTHING.as_bytes().to_vec());
        forms
    });
    all.clone()
}

fn smallest(folder: &Path, extension: &str, n: usize) -> Vec<Vec<u8>> {
    let entries = std::fs::read_dir(folder).expect("a folder").map(|it| it.expect("an entry").path());
    let right = entries.filter(|it| it.extension().is_some_and(|it| it == extension));
    let mut sized: Vec<(u64, PathBuf)> =
        right.map(|it| (std::fs::metadata(&it).map_or(0, |it| it.len()), it)).collect();
    sized.retain(|(size, _)| *size < MOST_BYTES);
    sized.sort();
    sized.into_iter().take(n).map(|(_, path)| std::fs::read(path).expect("a file")).collect()
}

/// Returns expressions other projects test their functions with.
pub fn expressions() -> Vec<String> {
    let Some(folder) = shared("conformance/xpath") else { return Vec::new() };
    let mut paths: Vec<PathBuf> =
        std::fs::read_dir(folder).expect("a folder").map(|it| it.expect("an entry").path()).collect();
    paths.sort();
    let mut found = Vec::new();
    for path in paths {
        let text = std::fs::read_to_string(path).expect("a file");
        for line in text.lines().step_by(7) {
            let case: serde_json::Value = serde_json::from_str(line).unwrap_or_default();
            found.extend(case["expr"].as_str().map(str::to_owned));
        }
    }
    found
}

/// A form with one of everything.
pub const EVERYTHING: &str = r#"<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml"
 xmlns:jr="http://openrosa.org/javarosa" xmlns:orx="http://openrosa.org/xforms" xmlns:ev="http://www.w3.org/2001/xml-events"
 xmlns:entities="http://www.opendatakit.org/xforms/entities"><h:head><h:title>Everything</h:title><model>
<itext><translation lang="中文" default="true()"><text id="a:label"><value>甲 <output value=" /data/b "/></value><value form="image">jr://images/a.png</value></text>
<text id="c1"><value>一</value></text><text id="c2"><value>二</value></text></translation>
<translation lang="English"><text id="a:label"><value>A</value></text><text id="c1"><value>one</value></text></translation></itext>
<instance><data id="everything" version="3"><a>1</a><b/><c/><d>2026-11-23</d><g><e/><f/></g>
<r jr:template=""><n/><m/><s><x/></s></r><k><y/></k><many/><place/><photo/><rank/><total/>
<meta><instanceID/><instanceName/><entity dataset="people" create="" id=""><label/></entity></meta></data></instance>
<instance id="list"><root><item><name>c1</name><kind>1</kind><itextId>c1</itextId></item><item><name>c2</name><kind>2</kind><itextId>c2</itextId></item></root></instance>
<instance id="people" src="jr://file-csv/people.csv"/>
<bind nodeset="/data/a" type="int" constraint=". &gt; 0 and . &lt; 100" jr:constraintMsg="no" required="true()"/>
<bind nodeset="/data/b" type="decimal" calculate=" /data/a * 2 + count( /data/r ) "/>
<bind nodeset="/data/c" type="string" relevant=" /data/a &gt; 1 " constraint="regex(., '^c[0-9]+$')"/>
<bind nodeset="/data/d" type="date" readonly=" /data/a = 3 "/>
<bind nodeset="/data/g" relevant=" /data/c != '' "/>
<bind nodeset="/data/g/e" type="dateTime"/><bind nodeset="/data/g/f" type="geopoint"/>
<bind nodeset="/data/r/n" type="int" calculate="position(..)"/>
<bind nodeset="/data/r/m" type="decimal" required="../n = 2"/>
<bind nodeset="/data/r/s/x" type="string" calculate="concat(../../m, indexed-repeat( /data/r/m , /data/r , 1))"/>
<bind nodeset="/data/k/y" type="string"/>
<bind nodeset="/data/many" type="string"/><bind nodeset="/data/place" type="geotrace"/><bind nodeset="/data/photo" type="binary"/>
<bind nodeset="/data/total" calculate="sum( /data/r/m ) + number(once(random())) * 0" type="decimal"/>
<bind nodeset="/data/meta/instanceID" jr:preload="uid" type="string"/>
<bind nodeset="/data/meta/instanceName" calculate="concat( /data/c , '-', instance('people')/root/item[name = /data/c ]/label)"/>
<setvalue event="odk-instance-first-load" ref="/data/d" value="today()"/></model></h:head><h:body>
<input ref="/data/a"><label ref="jr:itext('a:label')"/><hint>h</hint><setvalue event="xforms-value-changed" ref="/data/k/y" value="string( /data/a )"/></input>
<select1 ref="/data/c"><label>C</label><itemset nodeset="instance('list')/root/item[kind &lt;= /data/a ]"><value ref="name"/><label ref="jr:itext(itextId)"/></itemset></select1>
<input ref="/data/d"><label>D <output value=" /data/b "/></label></input>
<group ref="/data/g"><label>G</label><input ref="/data/g/e"/><input ref="/data/g/f"/></group>
<group ref="/data/r"><label>R</label><repeat nodeset="/data/r"><input ref="/data/r/m"><label>M</label></input>
<setvalue event="odk-new-repeat" ref="/data/r/m" value="position(../..)"/></repeat></group>
<group ref="/data/k"><label>K</label><repeat nodeset="/data/k" jr:count=" /data/a "><input ref="/data/k/y"><label>Y</label></input></repeat></group>
<select ref="/data/many"><label>S</label><item><label>P</label><value>p</value></item><item><label>Q</label><value>q</value></item></select>
<input ref="/data/place"/><upload ref="/data/photo" mediatype="image/*"><label>U</label></upload>
<rank ref="/data/rank"><label>K</label><itemset nodeset="randomize(instance('people')/root/item, 3)"><value ref="name"/><label ref="label"/></itemset></rank>
</h:body></h:html>"#;
