//! Fingerprints of photos, and those near one of them among millions: multi-index hashing (M. Norouzi and others, "Fast
//! Search in Hamming Space with Multi-Index Hashing", 2012) on four plain indexes.
//!
//! A fingerprint of 64 bits has four parts of 16. Two that differ in at most 7 bits differ in at most one bit of some
//! part, so it is enough to look, for each part, at the fingerprints with the same part and with the 16 parts one bit
//! away: 68 short ranges. The table holds each fingerprint turned four ways, the part foremost, so that a range of one
//! index is such a part, and holds the whole fingerprint: the table itself is never read.
//!
//! What is found: all within 7 bits. Of those 8 bits away, the ones that differ in just two bits of each part are missed,
//! 4.7 in 100.

use std::collections::BTreeSet;

use super::db::{DbError, Tx, Value};
use crate::params;

/// Most bits in which two photos of the same differ. Among ten million unlike photos one with as few bits is found by
/// chance 7 times in 1,000; with 10 bits it would be every fifth time.
pub const MOST_BITS: u32 = 8;

const N_PARTS: u32 = 4;
const PART_BITS: u32 = 16;

/// Adds a fingerprint; it is there once.
pub fn insert(tx: &mut dyn Tx, likeness: u64) -> Result<(), DbError> {
    let [first, second, third, fourth] = [0, 1, 2, 3].map(|part| turned(likeness, part).cast_signed());
    tx.execute(
        "INSERT INTO likeness (turn_0, turn_1, turn_2, turn_3) VALUES (?1, ?2, ?3, ?4) ON CONFLICT (turn_0) DO NOTHING",
        params![first, second, third, fourth],
    )?;
    Ok(())
}

/// Removes a fingerprint that no photo has any more.
pub fn remove_unused(tx: &mut dyn Tx, likeness: u64) -> Result<(), DbError> {
    tx.execute(
        "DELETE FROM likeness WHERE turn_0 = ?1 AND NOT EXISTS (SELECT 1 FROM photo WHERE likeness = ?1)",
        params![likeness.cast_signed()],
    )?;
    Ok(())
}

/// Returns the fingerprints within [`MOST_BITS`] and how many bits they differ in, nearest first; the same one is among
/// them if it is there.
pub fn near(tx: &mut dyn Tx, likeness: u64) -> Result<Vec<(u64, u32)>, DbError> {
    let apart = |it: &u64| (it ^ likeness).count_ones();
    let near = candidates(tx, likeness)?.into_iter().filter(|it| apart(it) <= MOST_BITS);
    let sorted: BTreeSet<(u32, u64)> = near.map(|it| (apart(&it), it)).collect();
    Ok(sorted.into_iter().map(|(n_bits, it)| (it, n_bits)).collect())
}

/// Returns every fingerprint that shares a part with one, but for one bit; some more than once, most of them far away.
pub fn candidates(tx: &mut dyn Tx, likeness: u64) -> Result<Vec<u64>, DbError> {
    let mut found = Vec::new();
    for part in 0..N_PARTS {
        for row in tx.query(&ranges_sql(part), &ranges(turned(likeness, part)))? {
            found.push(row.get::<i64>(0)?.cast_unsigned().rotate_right(part * PART_BITS));
        }
    }
    Ok(found)
}

/// Returns a fingerprint with one of its parts foremost.
fn turned(likeness: u64, part: u32) -> u64 {
    likeness.rotate_left(part * PART_BITS)
}

/// One statement for all ranges of an index: on the way to PostgreSQL, round trips are what costs.
fn ranges_sql(part: u32) -> String {
    let range = |at: u32| {
        let (low, high) = (2 * at + 1, 2 * at + 2);
        format!("SELECT turn_{part} FROM likeness WHERE turn_{part} BETWEEN ?{low} AND ?{high}")
    };
    (0..=PART_BITS).map(range).collect::<Vec<_>>().join(" UNION ALL ")
}

/// Returns the ends of the ranges: the part itself, and those one bit away.
fn ranges(turned: u64) -> Vec<Value> {
    const REST: u64 = u64::MAX >> PART_BITS;
    let parts = std::iter::once(turned).chain((0..PART_BITS).map(|bit| turned ^ 1 << (64 - PART_BITS + bit)));
    let ends = parts.flat_map(|it| [it & !REST, it | REST]);
    ends.map(|it| Value::Int(it.cast_signed())).collect()
}

#[cfg(test)]
mod tests {
    use super::super::db::Db;
    use super::super::file_key::FileKey;
    use super::super::migrate::migrate;
    use super::*;

    async fn database() -> (tempfile::TempDir, Db) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("likeness.sqlite");
        let db = Db::sqlite(&path, &FileKey::of(&[7; 32])).expect("a database");
        migrate(&db).await.expect("migrated");
        (folder, db)
    }

    /// Numbers that look random and are the same every time.
    fn numbers() -> impl FnMut() -> u64 {
        let mut state = 0x2545_F491_4F6C_DD1D_u64;
        move || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state
        }
    }

    fn with_bits_changed(likeness: u64, n: u32, next: &mut impl FnMut() -> u64) -> u64 {
        let mut changed = likeness;
        while (changed ^ likeness).count_ones() < n {
            changed ^= 1 << (next() % 64);
        }
        changed
    }

    #[tokio::test]
    async fn all_within_seven_bits_are_found_and_nothing_farther_than_eight() {
        let (_folder, db) = database().await;
        let mut next = numbers();
        let asked: Vec<u64> = (0..40).map(|_| next()).collect();
        let near_them: Vec<(u64, u64, u32)> = asked
            .iter()
            .flat_map(|it| [0, 1, 3, 6, 7, 9, 12].map(|n| (*it, n)))
            .map(|(it, n)| (it, with_bits_changed(it, n, &mut next), n))
            .collect();
        let stored = near_them.clone();
        db.write(move |tx| stored.iter().try_for_each(|(_, other, _)| insert(tx, *other)))
            .await
            .expect("stored");
        for (likeness, other, n) in near_them {
            let found = db.read(move |tx| near(tx, likeness)).await.expect("found");
            assert_eq!(found.contains(&(other, n)), n <= 7, "{n} bits");
            assert!(found.is_sorted_by_key(|(_, n_bits)| *n_bits));
        }
    }

    #[tokio::test]
    async fn what_no_photo_has_goes() {
        let (_folder, db) = database().await;
        let found = db
            .write(|tx| {
                insert(tx, u64::MAX)?;
                insert(tx, u64::MAX)?;
                let before = near(tx, u64::MAX - 1)?;
                remove_unused(tx, u64::MAX)?;
                Ok::<_, DbError>((before, near(tx, u64::MAX)?))
            })
            .await;
        assert_eq!(found, Ok((vec![(u64::MAX, 1)], vec![])));
    }
}
