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

/// The first and the last moment there is a four-digit year for, wherever one is: 0001-01-02 and 9999-12-30.
const MOMENTS: [i64; 2] = [-62_135_510_400_000, 253_402_128_000_000];
/// The offsets that a moment may be written with.
const OFFSETS: [i32; 2] = [-15 * 60, 15 * 60];

/// Returns a clock that the calendar has; one beyond it stands at its edge.
pub(crate) fn clock(now_ms: i64) -> i64 {
    now_ms.clamp(MOMENTS[0], MOMENTS[1])
}

impl Env {
    /// Returns the same with a clock and an offset that the calendar has.
    pub(crate) fn bounded(self) -> Env {
        let offset_min = self.offset_min.clamp(OFFSETS[0], OFFSETS[1]);
        Env { now_ms: clock(self.now_ms), offset_min, ..self }
    }
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
