//! What a name is found by: itself, its pinyin, the initials of its pinyin.

use std::fmt::Write;

use pinyin::ToPinyin;

/// Surnames that are read otherwise than the character usually is; those of two characters first.
const SURNAMES: &[(&str, &[&str])] = &[
    ("尉迟", &["yu", "chi"]),
    ("万俟", &["mo", "qi"]),
    ("长孙", &["zhang", "sun"]),
    ("澹台", &["tan", "tai"]),
    ("单于", &["chan", "yu"]),
    ("宰父", &["zai", "fu"]),
    ("曾", &["zeng"]),
    ("单", &["shan"]),
    ("解", &["xie"]),
    ("仇", &["qiu"]),
    ("区", &["ou"]),
    ("查", &["zha"]),
    ("任", &["ren"]),
    ("朴", &["piao"]),
    ("盖", &["ge"]),
    ("华", &["hua"]),
    ("洗", &["xian"]),
    ("冼", &["xian"]),
    ("折", &["she"]),
    ("员", &["yun"]),
    ("缪", &["miao"]),
    ("纪", &["ji"]),
    ("翟", &["zhai"]),
    ("晁", &["chao"]),
    ("覃", &["qin"]),
    ("乐", &["yue"]),
    ("种", &["chong"]),
    ("秘", &["bi"]),
    ("逄", &["pang"]),
    ("黑", &["he"]),
    ("召", &["shao"]),
    ("牟", &["mu"]),
    ("沈", &["shen"]),
    ("石", &["shi"]),
    ("宁", &["ning"]),
    ("卜", &["bu"]),
    ("俞", &["yu"]),
    ("柏", &["bai"]),
    ("贾", &["jia"]),
    ("葛", &["ge"]),
    ("哈", &["ha"]),
    ("妥", &["tuo"]),
    ("尕", &["ga"]),
    ("亓", &["qi"]),
    ("逯", &["lu"]),
    ("昝", &["zan"]),
];

/// Returns what a search looks in, lower case, parts separated by spaces: initials, whole pinyin, the name, then
/// the words given (building, door, …).
///
/// ```
/// assert_eq!(doorstep::register::search_key("曾丽", &["E01-2-302"]), "zl zengli 曾丽 e01-2-302");
/// ```
///
/// Characters without a known reading stand for themselves; a middle dot is passed over.
#[must_use]
pub fn search_key(name: &str, words: &[&str]) -> String {
    let (mut initials, mut whole) = (String::new(), String::new());
    for syllable in syllables(name) {
        initials.extend(syllable.chars().next());
        whole.push_str(&syllable);
    }
    let mut key = format!("{initials} {whole} {}", name.to_lowercase());
    for word in words.iter().filter(|it| !it.is_empty()) {
        let _ = write!(key, " {}", word.to_lowercase());
    }
    key
}

fn syllables(name: &str) -> Vec<String> {
    let surname = SURNAMES.iter().find(|(surname, _)| name.starts_with(surname));
    let (mut syllables, rest) = match surname {
        Some((surname, read)) => (read.iter().map(|it| (*it).to_owned()).collect(), &name[surname.len()..]),
        None => (Vec::new(), name),
    };
    for c in rest.chars().filter(|c| c.is_alphanumeric()) {
        match c.to_pinyin() {
            Some(reading) => syllables.push(reading.plain().replace('ü', "v")),
            None => syllables.push(c.to_lowercase().collect()),
        }
    }
    syllables
}

#[cfg(test)]
mod tests {
    use super::search_key;

    #[test]
    fn names_are_found_by_pinyin() {
        let check = |name: &str, expected: &str| assert_eq!(search_key(name, &[]), expected);
        check("王秀英", "wxy wangxiuying 王秀英");
        check("尉迟恭", "ycg yuchigong 尉迟恭");
        check("单雄", "sx shanxiong 单雄");
        check("解晓", "xx xiexiao 解晓");
        check("任长贵", "rzg renzhanggui 任长贵");
        check("吕文", "lw lvwen 吕文");
        check("扎西·才让", "zxcr zhaxicairang 扎西·才让");
        check("Anna Bell", "annabell annabell anna bell");
        check("", "  ");
        assert!(search_key("王𬭎", &["E01"]).ends_with("王𬭎 e01"));
    }
}
