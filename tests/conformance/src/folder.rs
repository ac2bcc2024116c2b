//! Cases as they lie in a folder. Files ending in `.gz` are unpacked and named without it.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use data_encoding::BASE64;
use serde_json::Value;

use crate::forms::FORM;
use crate::xlsform::{WORKBOOK, XFORM};
use crate::xpath::{Disagreements, JAVAROSA};
use crate::{Case, Files, Suite};

/// Returns every case of a suite below a folder, in the order of their names.
pub fn cases(suite: Suite, folder: &Path) -> Result<Vec<Case>> {
    match suite {
        Suite::Scenario => scenarios(folder),
        Suite::Forms => forms(folder),
        Suite::Xpath => expressions(folder),
        Suite::Stories => stories(folder),
        Suite::Xlsform => workbooks(folder),
    }
}

/// `area.jsonl`, a case a line, and `_docs.jsonl` with the documents they are evaluated over.
fn expressions(folder: &Path) -> Result<Vec<Case>> {
    let mut documents = BTreeMap::new();
    let mut lines = Vec::new();
    for file in files(folder)?.into_iter().filter(|it| it.extension().is_some_and(|it| it == "jsonl")) {
        let area = stem(&file);
        for line in read(&file)?.lines().filter(|it| !it.trim().is_empty()) {
            let case: Value = serde_json::from_str(line).with_context(|| file.display().to_string())?;
            let text = |name: &str| case[name].as_str().unwrap_or_default().to_owned();
            if area == "_docs" {
                documents.insert(text("doc"), text("xml"));
            } else {
                lines.push((area.clone(), case));
            }
        }
    }
    let mut disagreements = Disagreements::default();
    lines.iter().for_each(|(_, case)| disagreements.note(case));
    let case = |(area, case): (String, Value)| {
        let document = case["doc"].as_str().and_then(|it| documents.get_key_value(it));
        let mut files: Files = document.into_iter().map(|(key, xml)| (key.clone(), xml.clone())).collect();
        files.extend(disagreements.of(&case).map(|it| (JAVAROSA.to_owned(), it.to_string())));
        let id = case["id"].as_str().unwrap_or_default().to_owned();
        Case { suite: Suite::Xpath, id, area, text: case.to_string(), files }
    };
    Ok(lines.into_iter().map(case).collect())
}

/// `area/id.json`, and `blobs/` beside the areas.
fn scenarios(folder: &Path) -> Result<Vec<Case>> {
    let blobs = blobs(&folder.join("blobs"))?;
    let mut cases = Vec::new();
    for file in files(folder)? {
        let is_blob = file.parent().is_some_and(|it| it.ends_with("blobs"));
        if is_blob || file.extension().is_none_or(|it| it != "json") {
            continue;
        }
        let text = read(&file)?;
        let trace: Value = serde_json::from_str(&text).with_context(|| file.display().to_string())?;
        let mut needed = Files::new();
        for name in names(&trace) {
            if let Some(path) = blobs.get(name) {
                needed.insert(name.to_owned(), read(path)?);
            }
        }
        let area = file.parent().map_or_else(String::new, name_of);
        cases.push(Case { suite: Suite::Scenario, id: stem(&file), area, text, files: needed });
    }
    Ok(cases)
}

/// Blobs by the name that traces call them, packed or not.
fn blobs(folder: &Path) -> Result<BTreeMap<String, PathBuf>> {
    let named = |path: PathBuf| (name_of(&path).trim_end_matches(".gz").to_owned(), path);
    Ok(if folder.is_dir() { files(folder)?.into_iter().map(named).collect() } else { BTreeMap::new() })
}

/// Every text of a document that could name a file.
fn names(value: &Value) -> Vec<&str> {
    match value {
        Value::String(text) => vec![text.trim_end_matches(".gz")],
        Value::Array(items) => items.iter().flat_map(names).collect(),
        Value::Object(fields) => fields.values().flat_map(names).collect(),
        _ => Vec::new(),
    }
}

/// `source/form.xml`: documents whose root is an XForm; the others of a source are its attachments.
fn forms(folder: &Path) -> Result<Vec<Case>> {
    let mut cases = Vec::new();
    let all = files(folder)?;
    for file in &all {
        let name = name_of(file);
        if !name.trim_end_matches(".gz").ends_with(".xml") {
            continue;
        }
        let text = read(file)?;
        if !is_form(&text) {
            continue;
        }
        let mut needed = Files::from([(FORM.to_owned(), text)]);
        let wanted: Vec<String> = sources(&needed[FORM]);
        for other in all.iter().filter(|it| it.parent() == file.parent()) {
            let plain = name_of(other).trim_end_matches(".gz").to_owned();
            // Folders were flattened with double underscores; the last part is the file's own name.
            let own = plain.rsplit("__").next().unwrap_or(&plain).to_owned();
            if wanted.contains(&own) {
                needed.insert(own, read(other)?);
            }
        }
        let area = file.parent().map_or_else(String::new, name_of);
        cases.push(Case { suite: Suite::Forms, id: name, area, text: String::new(), files: needed });
    }
    Ok(cases)
}

/// `name.md`, a file a case: it holds many stories.
fn stories(folder: &Path) -> Result<Vec<Case>> {
    let is_markdown = |it: &PathBuf| it.extension().is_some_and(|it| it == "md");
    let case = |file: PathBuf| {
        let (suite, id, text) = (Suite::Stories, stem(&file), read(&file)?);
        Ok(Case { suite, area: id.clone(), id, text, files: Files::new() })
    };
    files(folder)?.into_iter().filter(is_markdown).map(case).collect()
}

/// `area/id.json` with the tables of a workbook, and `index.json` beside workbooks as files.
fn workbooks(folder: &Path) -> Result<Vec<Case>> {
    let mut cases = Vec::new();
    for file in files(folder)?.into_iter().filter(|it| it.extension().is_some_and(|it| it == "json")) {
        let text = read(&file)?;
        let parsed: Value = serde_json::from_str(&text).with_context(|| file.display().to_string())?;
        let area = file.parent().map_or_else(String::new, name_of);
        if parsed["sheets"].is_object() {
            cases.push(Case { suite: Suite::Xlsform, id: stem(&file), area, text, files: Files::new() });
        } else if name_of(&file) == "index.json" {
            let beside = file.parent().unwrap_or(folder);
            for entry in parsed.as_array().into_iter().flatten().filter(|it| it["expect"].is_string()) {
                cases.push(workbook(entry, beside, &area)?);
            }
        }
    }
    Ok(cases)
}

fn workbook(entry: &Value, folder: &Path, area: &str) -> Result<Case> {
    let id = entry["file"].as_str().unwrap_or_default().to_owned();
    let bytes = std::fs::read(folder.join(&id)).with_context(|| id.clone())?;
    let mut files = Files::from([(WORKBOOK.to_owned(), BASE64.encode(&bytes))]);
    if let Some(xform) = entry["xform"].as_str() {
        files.insert(XFORM.to_owned(), read(&folder.join(xform))?);
    }
    Ok(Case { suite: Suite::Xlsform, id, area: area.to_owned(), text: entry.to_string(), files })
}

/// A form, well-formed or not, says so near its beginning.
fn is_form(text: &str) -> bool {
    let head: String = text.chars().take(4000).collect();
    head.contains("<h:html") || head.contains("<html") || head.contains(":html")
}

/// The file names that a form's instances are read from.
fn sources(xform: &str) -> Vec<String> {
    let values = xform.split("src=").skip(1).filter_map(|it| {
        let quote = it.chars().next().filter(|it| matches!(it, '"' | '\''))?;
        it.get(1..)?.split(quote).next()
    });
    values.filter_map(|it| it.rsplit('/').next()).map(str::to_owned).collect()
}

/// Every file below a folder, sorted.
fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let entries = std::fs::read_dir(folder).with_context(|| folder.display().to_string())?;
    for entry in entries {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(files(&path)?);
        } else {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

fn read(file: &Path) -> Result<String> {
    let bytes = std::fs::read(file).with_context(|| file.display().to_string())?;
    let bytes = if file.extension().is_some_and(|it| it == "gz") {
        let mut plain = Vec::new();
        flate2::read::GzDecoder::new(bytes.as_slice())
            .read_to_end(&mut plain)
            .with_context(|| file.display().to_string())?;
        plain
    } else {
        bytes
    };
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn name_of(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn stem(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}
