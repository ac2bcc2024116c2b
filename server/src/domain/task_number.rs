//! The number that people know a task by: on the phone, at the desk, on copies of its photos.
//!
//! It is made of what never changes, the day on which the task was to begin and its id, so that it is the same wherever
//! it is made. It is for people to read out, not to look things up by: of ten thousand tasks that begin on one day, two
//! have the same once in twenty days.

use data_encoding::{BASE32, HEXLOWER_PERMISSIVE};

use crate::blob::hashes::sha256_hex;
use crate::store::tasks::TaskRow;

/// Letters behind the day. Like a receipt's they are capitals and the digits 2 to 7: no 0, 1 or 8 to be misheard.
const LETTERS: usize = 6;

/// Returns a task's number, e.g. `T1121-K7Q2M9`: month and day of its beginning, and six letters of its id's hash.
#[must_use]
pub fn of(task: &TaskRow) -> String {
    let day: String = task.opens_on.chars().skip(4).filter(char::is_ascii_digit).collect();
    let hash = sha256_hex(task.id.as_bytes());
    let letters = BASE32.encode(&HEXLOWER_PERMISSIVE.decode(hash.as_bytes()).unwrap_or_default());
    format!("T{day}-{}", &letters[..LETTERS.min(letters.len())])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(id: &str, opens_on: &str, expected: &str) {
        let task = TaskRow { id: id.to_owned(), opens_on: opens_on.to_owned(), ..TaskRow::default() };
        assert_eq!(of(&task), expected);
    }

    #[test]
    fn a_number_is_the_day_and_six_letters() {
        check("019aa1c2f3b47d0e8a5c6b7d8e9f0a1b", "2026-11-21", "T1121-SAK4CV");
        check("019aa1c2f3b47d0e8a5c6b7d8e9f0a1c", "2026-11-21", "T1121-PFISCX");
        check("short", "", "T-7GYAPC");
    }

    #[test]
    fn what_happens_to_a_task_does_not_change_its_number() {
        let task = TaskRow { id: "a".to_owned(), opens_on: "2026-11-21".to_owned(), ..TaskRow::default() };
        let later =
            TaskRow { state: "closed".to_owned(), due: "2027-01-01".to_owned(), visit_no: 2, ..task.clone() };
        assert_eq!(of(&task), of(&later));
    }
}
