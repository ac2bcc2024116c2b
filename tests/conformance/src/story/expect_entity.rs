//! Expectations about what a submission asks the registers to become.

use wasm_forms::{EntityChange, Operation};

use super::Failure;
use super::words::Words;

/// One fact of an entity's change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum EntityFact {
    Does { operation: &'static str, list: String },
    Is { what: &'static str, value: String },
    Property { name: String, value: Option<String> },
}

const OPERATIONS: [(&str, Operation); 3] =
    [("creates", Operation::Create), ("updates", Operation::Update), ("upserts", Operation::Upsert)];

pub(super) fn read(words: &mut Words<'_>) -> Result<EntityFact, Failure> {
    if let Some((operation, _)) = OPERATIONS.iter().find(|it| words.take(it.0)) {
        return Ok(EntityFact::Does { operation, list: words.wanted("a list")? });
    }
    if words.take("property") {
        let name = words.wanted("a property")?;
        return match () {
            () if words.take("absent") => Ok(EntityFact::Property { name, value: None }),
            () if words.take("=") => Ok(EntityFact::Property { name, value: Some(words.text()?) }),
            () => Err(words.failure(format!("`= VALUE` or `absent` of {name}"))),
        };
    }
    for what in ["id", "base", "label", "trunk", "branch"] {
        if words.take(what) {
            let _ = words.take("=");
            return Ok(EntityFact::Is { what, value: words.text()? });
        }
    }
    Err(words.failure(format!("an unknown fact of an entity `{}`", words.rest())))
}

/// Returns what is wrong about a change, if anything.
pub(super) fn judge(
    fact: &EntityFact,
    change: &EntityChange,
    of: impl Fn(&str) -> Option<String>,
) -> Option<String> {
    let (found, expected) = match fact {
        EntityFact::Does { operation, list } => {
            let does = OPERATIONS.iter().find(|it| it.1 == change.operation).map_or("", |it| it.0);
            (format!("{does} {}", change.list), format!("{operation} {list}"))
        }
        EntityFact::Property { name, value: None } => {
            let found = change.properties.get(name)?;
            return Some(format!("property {name} is {found:?}, expected none"));
        }
        EntityFact::Property { name, value: Some(value) } => {
            (format!("{name} = {:?}", change.properties.get(name)), format!("{name} = {:?}", Some(value)))
        }
        EntityFact::Is { what, value } => match of(what) {
            Some(found) => (found, value.clone()),
            None => return Some(format!("the engine does not tell an entity's {what}")),
        },
    };
    (found != expected).then(|| format!("entity {found:?}, expected {expected:?}"))
}
