//! `features.toml`: everything that the specification has, area by area.

use std::collections::BTreeMap;

use serde::Deserialize;

/// Every area in the order of the matrix.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Features {
    /// The areas.
    pub area: Vec<Area>,
}

/// One part of the specification.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Area {
    /// What a case writes before the dot: `bind`.
    pub key: String,
    /// Heading in the matrix.
    pub title: String,
    /// Where the specification speaks of it.
    pub section: String,
    /// Names, in order.
    pub features: Vec<String>,
    /// Features that have no case, and why.
    #[serde(default)]
    pub no_case: BTreeMap<String, String>,
}

impl Features {
    /// Reads the file.
    pub fn read(text: &str) -> Result<Self, String> {
        toml::from_str(text).map_err(|error| format!("features.toml: {error}"))
    }

    /// Returns whether there is a feature `area.name`.
    #[must_use]
    pub fn has(&self, feature: &str) -> bool {
        self.area.iter().any(|area| area.names().any(|it| it == feature))
    }
}

impl Area {
    /// Returns the full names: `bind.relevant`.
    pub fn names(&self) -> impl Iterator<Item = String> + '_ {
        self.features.iter().map(|it| format!("{}.{it}", self.key))
    }
}
