//! The settings sheet.

use super::choices::plain_texts;
use super::codes;
use super::columns::Table;
use super::report::Report;
use super::shared::Shared;
use super::text::{is_name, yes_no};

/// What names a form that does not name itself.
#[derive(Debug, Clone)]
pub struct Options {
    /// Name of the root element.
    pub root_name: String,
    /// Form id, and title.
    pub form_id: String,
    /// Language of columns that have none.
    pub default_language: String,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            root_name: "data".to_owned(),
            form_id: "data".to_owned(),
            default_language: "default".to_owned(),
        }
    }
}

/// The settings as they hold for the form.
#[derive(Debug, Clone, Default)]
pub(super) struct Settings {
    pub root_name: String,
    pub form_id: String,
    pub title: String,
    pub version: Option<String>,
    pub style: Option<String>,
    pub default_language: String,
    pub instance_name: Option<String>,
    /// Preload of `meta/instanceID`; `None` where the form omits it.
    pub instance_id: Option<String>,
    pub instance_xmlns: Option<String>,
    pub namespaces: Vec<(String, String)>,
    /// Further attributes of the root node.
    pub attributes: Vec<(Shared, Shared)>,
    /// Attributes of the submission element.
    pub submission: Vec<(String, String)>,
    pub allow_choice_duplicates: bool,
    pub clean_text: bool,
    pub add_none_option: bool,
    /// Groups are not submitted.
    pub is_flat: bool,
}

impl Settings {
    pub(super) fn read(table: Option<&Table>, options: &Options, report: &mut Report) -> Self {
        let row = table.and_then(|it| it.rows.first());
        let text = |key: &str| row.and_then(|it| it.text(key)).filter(|it| !it.is_empty()).map(str::to_owned);
        let flag = |key: &str, otherwise| text(key).and_then(|it| yes_no(&it)).unwrap_or(otherwise);
        let form_id = text("id_string").unwrap_or_else(|| options.form_id.clone());
        let mut settings = Self {
            root_name: text("name").unwrap_or_else(|| options.root_name.clone()),
            title: text("title").unwrap_or_else(|| form_id.clone()),
            form_id,
            version: text("version"),
            style: text("style"),
            default_language: text("default_language").map_or_else(
                || options.default_language.clone(),
                |it| if it.contains('（') { super::full_width::plain(&it.replace('（', " (")) } else { it },
            ),
            instance_name: text("instance_name"),
            instance_id: Some(text("instance_id").unwrap_or_else(|| "uid".to_owned())),
            instance_xmlns: text("instance_xmlns"),
            namespaces: text("namespaces").map_or_else(Vec::new, |it| read_namespaces(&it)),
            attributes: row.map_or_else(Vec::new, |it| plain_texts(it.map("attribute"))),
            submission: Vec::new(),
            allow_choice_duplicates: flag("allow_choice_duplicates", false),
            clean_text: flag("clean_text_values", true),
            add_none_option: flag("add_none_option", false),
            is_flat: flag("flat", false),
        };
        if let Some(row) = row.filter(|_| !is_name(&settings.root_name)) {
            report.error(codes::BAD_NAME, &row.at("name"), &[("found", &settings.root_name)]);
        }
        if text("omit_instanceID").or_else(|| text("omit_instanceid")).and_then(|it| yes_no(&it))
            == Some(true)
        {
            settings.instance_id = None;
            if let Some(row) = row.filter(|it| it.text("public_key").is_some()) {
                let params = [("parameter", "omit_instanceID"), ("wanted", "no")];
                report.error(codes::BAD_PARAMETER, &row.at("omit_instanceID"), &params);
            }
        }
        let mut submit = |name: &str, value: Option<String>| {
            settings.submission.extend(value.map(|it| (name.to_owned(), it)));
        };
        submit("method", text("submission_url").map(|_| "post".to_owned()));
        submit("action", text("submission_url"));
        submit("base64RsaPublicKey", text("public_key"));
        submit("orx:auto-send", text("auto_send"));
        submit("orx:auto-delete", text("auto_delete"));
        submit("odk:client-editable", flag("client_editable", false).then(|| "true".to_owned()));
        let mut attribute = |name: &'static str, value: Option<String>| {
            settings.attributes.extend(value.map(|it| (name.into(), it.into())));
        };
        attribute("odk:prefix", text("prefix"));
        attribute("odk:delimiter", text("delimiter"));
        settings
    }
}

/// Settings that old workbooks have in a row of the survey: the row's types for the title, and for the form's id.
const IN_SURVEY: [[&str; 2]; 2] = [["form_title", "set_form_title"], ["form_id", "set_form_id"]];

/// Returns whether a row of the survey with this type is a setting.
pub(super) fn is_setting(question_type: &str) -> bool {
    IN_SURVEY.as_flattened().contains(&question_type)
}

impl Settings {
    /// Reads the settings that stand in rows of the survey.
    pub(super) fn read_survey(&mut self, survey: &Table) {
        for row in &survey.rows {
            let (Some(kind), Some(text)) = (row.text("type"), row.text("name")) else { continue };
            if IN_SURVEY[0].contains(&kind) {
                text.clone_into(&mut self.title);
            } else if IN_SURVEY[1].contains(&kind) {
                text.clone_into(&mut self.form_id);
            }
        }
    }
}

/// Reads `a="http://…" b="http://…"`.
fn read_namespaces(text: &str) -> Vec<(String, String)> {
    let pair = |it: &str| match it.split('=').collect::<Vec<_>>()[..] {
        [prefix, uri] if !prefix.is_empty() => Some((prefix.to_owned(), uri.replace(['"', '\''], ""))),
        _ => None,
    };
    text.split_whitespace().filter_map(pair).collect()
}
