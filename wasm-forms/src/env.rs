//! What a form may know of the world, given by the caller: the engine has no clock and no random source.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::json::Json;

/// The world as one visit sees it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Env {
    /// Milliseconds since 1970-01-01T00:00:00Z.
    pub now_ms: i64,
    /// Minutes to add to UTC for the civil time at the door; 480 in China.
    pub offset_min: i32,
    /// Where random numbers and ids of this session start. The caller draws it from a real random source;
    /// the same seed gives the same ids.
    pub seed: u64,
    /// `jr:preload="property"` values: `username`, `deviceid`, `phonenumber`, `email`, ….
    #[serde(default)]
    pub properties: BTreeMap<String, String>,
}

impl Env {
    /// Reads the JSON that the serialised form of an environment is; nothing where a number is missing.
    #[must_use]
    pub fn from_json(json: &Json) -> Option<Env> {
        let number = |name: &str| json.get(name).and_then(Json::number);
        let properties = json.get("properties").map_or(Some(Vec::new()), Json::text_pairs)?;
        let mut env = Env {
            now_ms: number("now_ms")? as i64,
            offset_min: number("offset_min")? as i32,
            seed: number("seed")? as u64,
            properties: BTreeMap::new(),
        };
        for (name, value) in properties {
            env.properties.insert(name, value);
        }
        Some(env)
    }
}
