//! What a draft keeps: the instance, hidden answers included, and what stands beside it.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::json::Json;

/// See the module; written as JSON.
#[derive(Debug, Default, PartialEq, Serialize)]
pub(crate) struct Draft {
    pub form_id: String,
    pub version: String,
    pub language: String,
    /// Where the session's chance stands, in hex: JSON numbers are too short for it.
    pub chance: String,
    pub offset_min: i32,
    pub properties: BTreeMap<String, String>,
    pub xml: String,
    /// Paths of nodes that wait for the device's location.
    pub awaited: Vec<String>,
    /// By path with positions: what was typed, where the document holds it otherwise.
    pub typed: BTreeMap<String, String>,
    /// The same: what was chosen before a filter took some of it away.
    pub withheld: BTreeMap<String, String>,
    /// The same: what was put in the place of a calculated value.
    pub overridden: BTreeMap<String, String>,
    /// The same: what signatures were given under, in hex.
    pub signed: BTreeMap<String, String>,
}

impl Draft {
    pub fn write(&self) -> String {
        serde_json::to_string(self)
            .unwrap_or_else(|_| unreachable!("texts and maps of text always serialise"))
    }

    /// Reads what [`Draft::write`] wrote; the lists after the document may be missing.
    pub fn read(text: &str) -> Option<Draft> {
        let json = Json::parse(text)?;
        let text = |name: &str| json.get(name).and_then(Json::text).map(str::to_owned);
        let awaited = json.get("awaited").and_then(Json::list).unwrap_or_default();
        Some(Draft {
            form_id: text("form_id")?,
            version: text("version")?,
            language: text("language")?,
            chance: text("chance")?,
            offset_min: json.get("offset_min")?.number()? as i32,
            properties: texts(json.get("properties"))?,
            xml: text("xml")?,
            awaited: awaited.iter().map(|it| it.text().map(str::to_owned)).collect::<Option<_>>()?,
            typed: texts(json.get("typed"))?,
            withheld: texts(json.get("withheld"))?,
            overridden: texts(json.get("overridden"))?,
            signed: texts(json.get("signed"))?,
        })
    }
}

fn texts(json: Option<&Json>) -> Option<BTreeMap<String, String>> {
    let mut texts = BTreeMap::new();
    for (name, value) in json.map_or(Some(Vec::new()), Json::text_pairs)? {
        texts.insert(name, value);
    }
    Some(texts)
}

#[cfg(test)]
mod tests {
    use super::Draft;

    #[test]
    fn a_draft_is_read_as_it_was_written() {
        let draft = Draft {
            form_id: "visit".to_owned(),
            chance: "ffff0123456789ab".to_owned(),
            offset_min: -420,
            xml: "<data a=\"1\">李\n</data>".to_owned(),
            awaited: vec!["/data/p[2]/where".to_owned()],
            typed: [("/data/n".to_owned(), "1,5".to_owned())].into(),
            overridden: [("/data/p[2]/sum".to_owned(), "7".to_owned())].into(),
            ..Draft::default()
        };
        assert_eq!(Draft::read(&draft.write()), Some(draft));
        assert_eq!(Draft::read("{}"), None);
    }
}
