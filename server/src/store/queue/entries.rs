//! What keeps the queue in step with the submissions: their flags, the parts of their names, their counts.

use std::collections::BTreeSet;

use super::MOST_COUNTED;
use crate::params;
use crate::store::db::{DbError, Tx};
use crate::store::submission_counts;
use crate::store::submissions::SubmissionRow;

/// Keeps the codes that a submission is flagged with in step with its flags.
pub fn set_flags(tx: &mut dyn Tx, id: &str, codes: &BTreeSet<&str>, n_flags: usize) -> Result<(), DbError> {
    let joined = codes.iter().copied().collect::<Vec<_>>().join(" ");
    tx.execute(
        "UPDATE submission SET flag_codes = ?2, n_flags = ?3 WHERE id = ?1",
        params![id, joined, n_flags],
    )?;
    tx.execute("DELETE FROM flagged WHERE submission_id = ?1", params![id])?;
    for code in codes {
        add_flagged(tx, id, code)?;
    }
    Ok(())
}

/// Puts a submission that was just stored where it is looked for.
pub fn enter(tx: &mut dyn Tx, row: &SubmissionRow) -> Result<(), DbError> {
    for code in row.flag_codes.split_whitespace() {
        add_flagged(tx, &row.id, code)?;
    }
    submission_counts::entered(tx, &row.id, &row.visited_on, &row.review_state)?;
    enter_parts(tx, (&row.id, row.received_at, &row.review_state), &row.label)
}

/// Brings the entries of a submission in step with its state.
pub fn follow_state(tx: &mut dyn Tx, id: &str, from: &str, to: &str) -> Result<(), DbError> {
    submission_counts::moved(tx, id, (from, to))?;
    tx.execute("UPDATE flagged SET review_state = ?2 WHERE submission_id = ?1", params![id, to])?;
    let sql = "SELECT received_at, label FROM submission WHERE id = ?1";
    let Some(row) = tx.first(sql, params![id])? else { return Ok(()) };
    let (received_at, label): (i64, String) = (row.get(0)?, row.get(1)?);
    for part in parts(&label.to_lowercase()) {
        tx.execute(
            "UPDATE name_part SET review_state = ?5
              WHERE part = ?1 AND review_state = ?2 AND received_at = ?3 AND submission_id = ?4",
            params![part, from, received_at, id, to],
        )?;
    }
    Ok(())
}

/// Enters submissions from before there was a search by parts; returns how many.
pub fn enter_some(tx: &mut dyn Tx, limit: usize) -> Result<usize, DbError> {
    let rows = tx.query(
        "SELECT id, received_at, review_state, label FROM submission WHERE NOT has_parts ORDER BY id LIMIT ?1",
        params![limit],
    )?;
    for row in &rows {
        let (id, state, label): (String, String, String) = (row.get(0)?, row.get(2)?, row.get(3)?);
        enter_parts(tx, (&id, row.get(1)?, &state), &label)?;
        tx.execute("UPDATE submission SET has_parts = ?2 WHERE id = ?1", params![id, true])?;
    }
    Ok(rows.len())
}

fn add_flagged(tx: &mut dyn Tx, id: &str, code: &str) -> Result<(), DbError> {
    tx.execute(
        "INSERT INTO flagged (code, review_state, received_at, submission_id)
         SELECT ?2, review_state, received_at, id FROM submission WHERE id = ?1",
        params![id, code],
    )?;
    Ok(())
}

fn enter_parts(
    tx: &mut dyn Tx,
    (id, received_at, state): (&str, i64, &str),
    label: &str,
) -> Result<(), DbError> {
    for part in parts(&label.to_lowercase()) {
        tx.execute(
            "INSERT INTO name_part (part, review_state, received_at, submission_id) VALUES (?1, ?2, ?3, ?4)",
            params![part, state, received_at, id],
        )?;
    }
    Ok(())
}

/// Returns every character of a text and every two that follow each other, each once.
pub(super) fn parts(text: &str) -> BTreeSet<String> {
    let letters: Vec<char> = text.chars().collect();
    let singles = letters.iter().map(char::to_string);
    let pairs = letters.windows(2).map(|it| it.iter().collect());
    singles.chain(pairs).collect()
}

/// Returns the part of a text that fewest labels have: of two characters where there are two. Each part is counted up to
/// [`MOST_COUNTED`].
pub(super) fn rarest_part(tx: &mut dyn Tx, text: &str) -> Result<Option<String>, DbError> {
    let mut rarest = None;
    for part in parts(text).into_iter().filter(|it| it.chars().count() == 2 || text.chars().count() == 1) {
        let counted = "SELECT count(*) FROM (SELECT 1 FROM name_part WHERE part = ?1 LIMIT ?2) AS some_parts";
        let n: i64 = tx.first(counted, params![&part, MOST_COUNTED])?.map_or(Ok(0), |row| row.get(0))?;
        if rarest.as_ref().is_none_or(|(least, _)| n < *least) {
            rarest = Some((n, part));
        }
    }
    Ok(rarest.map(|(_, part)| part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_found_by_each_of_its_parts() {
        let all: Vec<String> = parts("王小王").into_iter().collect();
        assert_eq!(all, ["小", "小王", "王", "王小"]);
    }
}
