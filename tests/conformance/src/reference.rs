//! Paths as cases write them: `/data/r[2]/a`.

use wasm_forms::inspect::{Row, RowKind};

/// Returns the row a path means. Positions may be left out: then the first instance is meant.
pub fn find<'a>(rows: &'a [Row], reference: &str) -> Option<&'a Row> {
    let exact = |it: &&Row| it.reference == reference && !is_repeat(it);
    rows.iter().find(exact).or_else(|| {
        let wanted: Vec<&str> = reference.split('/').collect();
        rows.iter().find(|it| !is_repeat(it) && means(&it.reference, &wanted))
    })
}

/// Returns the row of a repeat as a whole.
pub fn find_repeat<'a>(rows: &'a [Row], reference: &str) -> Option<&'a Row> {
    let exact = |it: &&Row| it.reference == reference && is_repeat(it);
    rows.iter().find(exact).or_else(|| {
        let wanted: Vec<&str> = reference.split('/').collect();
        rows.iter().find(|it| is_repeat(it) && means(&it.reference, &wanted))
    })
}

/// Returns whether a row stands for a repeat as a whole.
pub fn is_repeat(row: &Row) -> bool {
    matches!(row.kind, RowKind::OpenRepeat | RowKind::CountedRepeat)
}

/// Whether each step is the wanted one; a wanted step without a position means the first.
fn means(reference: &str, wanted: &[&str]) -> bool {
    let mut steps = reference.split('/');
    let all = wanted.iter().all(|wanted| {
        steps.next().is_some_and(|step| {
            step == *wanted
                || step.strip_suffix("[1]") == Some(wanted)
                || wanted.strip_suffix("[1]") == Some(step)
        })
    });
    all && steps.next().is_none()
}

/// Returns the path without its last step's position.
pub fn without_position(reference: &str) -> &str {
    match (reference.rfind('['), reference.rfind('/')) {
        (Some(bracket), Some(slash)) if bracket > slash => &reference[..bracket],
        _ => reference,
    }
}

/// Returns the position of the last step; 1 where none is written.
pub fn position(reference: &str) -> u32 {
    let last = reference.rsplit('/').next().unwrap_or_default();
    let inside = last.split_once('[').and_then(|(_, rest)| rest.strip_suffix(']'));
    inside.and_then(|it| it.trim().parse().ok()).unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_positions() {
        assert_eq!((without_position("/a/b[2]"), position("/a/b[2]")), ("/a/b", 2));
        assert_eq!((without_position("/a[3]/b"), position("/a[3]/b")), ("/a[3]/b", 1));
        assert!(means("/a/b[1]/c", &["", "a", "b", "c"]) && means("/a/b", &["", "a[1]", "b"]));
        assert!(!means("/a/b[2]", &["", "a", "b"]) && !means("/a/b/c", &["", "a", "b"]));
    }
}
