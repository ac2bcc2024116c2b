//! One spelling for what people type in many: spaces, full-width letters, middle dots, dates.

use jiff::ToSpan;
use jiff::civil::Date;
use wasm_forms::validate::half_width;

/// Days that Excel's serial numbers count from; its year 1900 has a day too many, which this start undoes for
/// every day after February 1900.
const EXCEL_START: Date = jiff::civil::date(1899, 12, 30);
/// Serial numbers read as dates: 1906-01-08 to 2199-12-31. Smaller ones are years or ages.
const SERIAL_RANGE: std::ops::RangeInclusive<f64> = 2200.0..=109_574.0;

/// Returns the text trimmed, without control and zero-width characters, runs of spaces as one.
pub fn text(raw: &str) -> String {
    let mut clean = String::with_capacity(raw.len());
    for c in raw.chars() {
        match c {
            '\u{200b}'..='\u{200f}' | '\u{feff}' | '\u{2060}' => {}
            c if c.is_whitespace() || c.is_control() => {
                if !clean.is_empty() && !clean.ends_with(' ') {
                    clean.push(' ');
                }
            }
            c => clean.push(c),
        }
    }
    clean.truncate(clean.trim_end().len());
    clean
}

/// Returns the text of a code or number: half-width, without spaces.
pub fn code(raw: &str) -> String {
    raw.chars()
        .map(half_width)
        .filter(|c| !c.is_whitespace() && !c.is_control() && *c != '\u{feff}')
        .collect()
}

/// Returns a person's name: full-width letters in half width, every kind of middle dot as `·`, no spaces beside
/// Chinese characters (`张 三` is `张三`, `Anna Bell` keeps its space).
pub fn name(raw: &str) -> String {
    let mut clean = String::with_capacity(raw.len());
    let typed: Vec<char> = text(raw).chars().map(half_width).map(middle_dot).collect();
    for (index, &c) in typed.iter().enumerate() {
        let is_latin =
            |at: Option<usize>| at.and_then(|it| typed.get(it)).is_some_and(|it| it.is_ascii_graphic());
        if c != ' ' || is_latin(index.checked_sub(1)) && is_latin(Some(index + 1)) {
            clean.push(c);
        }
    }
    clean
}

fn middle_dot(c: char) -> char {
    match c {
        '•' | '‧' | '・' | '･' | '∙' | '⋅' | '．' | '●' | '\u{16eb}' | '\u{2024}' => '·',
        other => other,
    }
}

/// Reads a day as people write it: `1952-3-15`, `1952/3/15`, `1952.3.15`, `1952年3月15日`, `19520315`, with a time
/// behind it or not, and Excel's serial number as text.
pub fn date(raw: &str) -> Option<Date> {
    let text: String = text(raw).chars().map(half_width).collect();
    let day = text.split([' ', 'T']).next().unwrap_or_default();
    if day.bytes().all(|it| it.is_ascii_digit() || it == b'.') && day.matches('.').count() < 2 {
        return digits_date(day);
    }
    let parts: Vec<&str> =
        day.split(['-', '/', '.', '年', '月', '日', '号']).filter(|it| !it.is_empty()).collect();
    let [year, month, day] = parts[..] else { return None };
    let has_full_year = year.len() == 4;
    has_full_year.then(|| Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok())?
}

fn digits_date(digits: &str) -> Option<Date> {
    if digits.len() == 8 && !digits.contains('.') {
        let part = |range| digits.get(range).and_then(|it: &str| it.parse::<i16>().ok());
        return Date::new(part(0..4)?, part(4..6)? as i8, part(6..8)? as i8).ok();
    }
    serial_date(digits.parse().ok()?)
}

/// Returns the day of an Excel serial number; its time of day is dropped.
pub fn serial_date(serial: f64) -> Option<Date> {
    SERIAL_RANGE.contains(&serial).then(|| EXCEL_START.saturating_add((serial as i64).days()))
}

/// Returns a number as it is read aloud: whole numbers without decimals.
pub fn number(value: f64) -> String {
    if value.fract() == 0.0 && value.abs() < 1e15 { format!("{value:.0}") } else { value.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_get_one_spelling() {
        let check = |raw: &str, expected: &str| assert_eq!(name(raw), expected, "{raw}");
        check(" 张\u{3000}三 ", "张三");
        check("阿依古丽•买买提", "阿依古丽·买买提");
        check("阿依古丽 ‧ 买买提", "阿依古丽·买买提");
        check("扎西・才让", "扎西·才让");
        check("Ａｎｎａ  Bell", "Anna Bell");
        check("王𬭎\u{200b}\n", "王𬭎");
    }

    #[test]
    fn dates_are_read_as_people_write_them() {
        for raw in [
            "1952-03-15",
            "1952/3/15",
            "1952.3.15",
            "1952年3月15日",
            "１９５２－３－１５",
            " 1952/3/15 0:00:00",
            "19520315",
            "1952-03-15T08:00:00",
            "19068",
            "19068.5",
            "1952年3月15号",
        ] {
            assert_eq!(date(raw).map(|it| it.to_string()).as_deref(), Some("1952-03-15"), "{raw}");
        }
        for raw in [
            "",
            "1952",
            "52-3-15",
            "1952-02-30",
            "1952-13-01",
            "三月",
            "3/15/1952",
            "1952-03",
            "-5",
            "NaN",
            "1.2.3.4",
        ] {
            assert_eq!(date(raw), None, "{raw}");
        }
    }

    #[test]
    fn numbers_lose_nothing() {
        assert_eq!(number(15_400_000_000.0), "15400000000");
        assert_eq!(number(12.5), "12.5");
    }
}
