//! The community pack that the program carries: form workbooks and task types.

use rust_embed::Embed;

#[derive(Embed)]
#[folder = "packs/community"]
struct Community;

/// Returns the text of `task_types.toml`.
#[must_use]
pub fn task_types() -> String {
    let file = Community::get("task_types.toml").map(|it| it.data.into_owned()).unwrap_or_default();
    String::from_utf8(file).unwrap_or_default()
}

/// Returns the form workbooks: file stem and bytes, by name.
#[must_use]
pub fn workbooks() -> Vec<(String, Vec<u8>)> {
    let mut names: Vec<_> =
        Community::iter().filter(|it| it.starts_with("forms/") && it.ends_with(".xlsx")).collect();
    names.sort();
    names
        .into_iter()
        .filter_map(|name| {
            let stem = name.trim_start_matches("forms/").trim_end_matches(".xlsx").to_owned();
            Some((stem, Community::get(&name)?.data.into_owned()))
        })
        .collect()
}
