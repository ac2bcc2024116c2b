//! "Did you mean …?": the known name that somebody most likely meant.
//!
//! Names are compared as people confuse them: upper and lower case, hyphens, underscores and spaces do not matter,
//! two letters may have changed places, a word may be missing. What people call things in Chinese, or in Excel, is
//! known by tables.

use super::types::{self, Command};
use crate::diag::nearest;

/// Returns the nearest known name. Latin names of one or two letters are near to nothing but their own other ways of
/// writing; Chinese ones of two characters may have one wrong.
pub(super) fn nearest_name<'a>(
    found: &str,
    known: impl IntoIterator<Item = &'a str> + Clone,
) -> Option<&'a str> {
    let folded = fold(found);
    let n_letters = found.chars().count();
    let same = || known.clone().into_iter().find(|it| fold(it) == folded && !folded.is_empty());
    let close = || nearest(found, known.clone()).filter(|_| n_letters > 2);
    same()
        .or_else(close)
        .or_else(|| one_character_off(found, known.clone()))
        .or_else(|| letters_changed_places(found, known.clone()))
        .or_else(|| part_of_the_name(&folded, known.clone()))
}

/// Returns a name without what people do not see: case, hyphens, underscores, spaces, full width.
fn fold(name: &str) -> String {
    let is_separator = |c: &char| matches!(c, '_' | '-' | '.') || c.is_whitespace();
    super::full_width::plain(name).to_lowercase().chars().filter(|it| !is_separator(it)).collect()
}

/// 姓民 for 姓名: of two characters one is right, at its place.
fn one_character_off<'a>(found: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let found: Vec<char> = found.chars().collect();
    if found.len() != 2 || !found.iter().all(|it| is_chinese(*it)) {
        return None;
    }
    let shares = |it: &&str| it.chars().count() == 2 && it.chars().zip(&found).any(|(a, b)| a == *b);
    only(known.into_iter().filter(shares))
}

fn letters_changed_places<'a>(found: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let letters = |text: &str| {
        let mut chars: Vec<char> = text.to_lowercase().chars().collect();
        chars.sort_unstable();
        chars
    };
    let wanted = letters(found);
    let is_long = wanted.len() > 3 || wanted.len() > 1 && wanted.iter().all(|it| is_chinese(*it));
    known.into_iter().find(|it| is_long && letters(it) == wanted)
}

/// `name` for `full_name`, 电话 for 电话号码: one name holds the other, and no second one does.
fn part_of_the_name<'a>(folded: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let is_long = |it: &str| it.chars().count() > if it.chars().all(is_chinese) { 1 } else { 3 };
    let holds = |it: &&str| {
        let other = fold(it);
        is_long(folded) && other.contains(folded) || is_long(&other) && folded.contains(&other)
    };
    only(known.into_iter().filter(holds))
}

fn only<'a>(mut found: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let first = found.next()?;
    found.all(|it| it == first).then_some(first)
}

fn is_chinese(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

/// Returns the meaning that a table gives a name.
fn by_table(name: &str, table: &[(&str, &'static str)]) -> Option<&'static str> {
    let folded = fold(name);
    let row = |(words, _): &&(&str, &'static str)| words.split(' ').any(|it| fold(it) == folded);
    table.iter().find(row).map(|(_, meaning)| *meaning)
}

/// What people call question types, separated by spaces, and the type.
const TYPES: &[(&str, &str)] = &[
    (
        "单选 单选题 单项选择 单项选择题 选择 选择题 下拉 下拉框 select radio dropdown choice single_choice",
        "select_one",
    ),
    (
        "多选 多选题 多项选择 多项选择题 复选 复选框 checkbox checkboxes multiple_choice multi_select",
        "select_multiple",
    ),
    ("文本 文字 文字题 填空 填空题 简答 简答题 问答 问答题 输入 字符串 textarea input txt", "text"),
    ("数字 数值 整数 整数题 数字题 number num whole_number", "integer"),
    ("小数 小数题 金额 浮点数 float double", "decimal"),
    ("日期 日期题 年月日", "date"),
    ("时间 时刻", "time"),
    ("日期时间 时间日期 datetime_local", "dateTime"),
    ("照片 拍照 图片 图像 拍照题 签名 签字 手写签名 picture signature camera", "image"),
    ("录音 音频 语音", "audio"),
    ("视频 录像", "video"),
    ("文件 附件 attachment upload", "file"),
    ("定位 位置 坐标 经纬度 地点 map position coordinates", "geopoint"),
    ("轨迹 路线", "geotrace"),
    ("区域 面积 范围图", "geoshape"),
    ("说明 说明文字 提示 文字说明 注释 info message paragraph", "note"),
    ("计算 计算题 公式 formula calc calculation", "calculate"),
    ("隐藏 隐藏题", "hidden"),
    ("条码 条形码 二维码 扫码 qrcode qr", "barcode"),
    ("排序 排序题 ranking", "rank"),
    ("滑块 滑动条 范围 评分 打分 slider rating scale", "range"),
    ("确认 同意 勾选 bool boolean yesno", "acknowledge"),
    ("今天 当天日期", "today"),
    ("开始时间", "start"),
    ("结束时间", "end"),
    ("组 分组 开始组 组开始 开始分组 题组 group section", "begin_group"),
    ("结束组 组结束 结束分组 分组结束", "end_group"),
    ("重复 重复组 开始重复 重复开始 循环 repeat loop", "begin_repeat"),
    ("结束重复 重复结束 重复组结束 结束循环", "end_repeat"),
];

/// Types that are written with a list.
const WITH_LIST: [&str; 6] = [
    "select_one",
    "select_multiple",
    "select_one_from_file",
    "select_multiple_from_file",
    "select_one_external",
    "rank",
];

/// Returns what to write in the type column instead of `found`: the whole cell, with its list.
pub(super) fn type_cell(found: &str) -> Option<String> {
    let words: Vec<&str> = found.split_whitespace().collect();
    // `select1` is never what anybody is told to write.
    let known = types::known_names().filter(|it| *it != "select1");
    let one_word =
        |name: &str| by_table(name, TYPES).or_else(|| nearest_name(&name.to_lowercase(), known.clone()));
    // Of several words the last may be a list already: only what is about as long is the same.
    let several = |name: &str| {
        let is_as_long = |it: &&str| it.len().abs_diff(name.len()) < 2;
        by_table(name, TYPES)
            .or_else(|| nearest_by_letters(&name.to_lowercase(), known.clone().filter(is_as_long).collect()))
    };
    let (meant, rest) = [2, 3, 1].into_iter().filter(|it| *it <= words.len()).find_map(|length| {
        let (name, rest) = words.split_at(length);
        let meant = if length == 1 { one_word(name[0]) } else { several(&name.join("_")) };
        Some((meant.filter(|it| rest.is_empty() || WITH_LIST.contains(it))?, rest))
    })?;
    let cell = std::iter::once(meant).chain(rest.iter().copied()).collect::<Vec<_>>().join(" ");
    (types::command(&cell) != Command::Unknown).then_some(cell)
}

/// What people call columns, and the column.
const COLUMNS: &[(&str, &str)] = &[
    ("题型 类型 题目类型 问题类型 字段类型", "type"),
    ("名称 变量名 变量 字段名 字段 题目名 题目编号 选项值 选项名 选项编码 编码", "name"),
    ("标签 题目 题干 问题 标题 显示文字 显示名称 题目文字 选项文字 question", "label"),
    ("提示 提示语 填写提示", "hint"),
    ("必填 是否必填 必答 mandatory", "required"),
    ("必填提示 必填消息", "required_message"),
    ("条件 显示条件 出现条件 跳转条件 逻辑 show_if visible", "relevant"),
    ("约束 校验 限制 限制条件 校验规则 validation", "constraint"),
    ("约束提示 错误提示 校验提示 出错提示", "constraint_message"),
    ("公式 计算 计算公式 formula", "calculation"),
    ("默认 默认值", "default"),
    ("外观 样式 显示方式", "appearance"),
    ("只读 是否只读", "readonly"),
    ("参数", "parameters"),
    ("筛选 选项筛选 筛选条件", "choice_filter"),
    ("重复次数 份数", "repeat_count"),
    ("触发 触发题目", "trigger"),
    ("列表 列表名 列表名称 选项表 选项表名 选项组 listname", "list_name"),
];

/// Returns the column that a header most likely means, of those in `known`.
pub(super) fn column<'a>(header: &str, known: impl IntoIterator<Item = &'a str> + Clone) -> Option<&'a str> {
    let by_word =
        by_table(header, COLUMNS).and_then(|meant| known.clone().into_iter().find(|it| *it == meant));
    by_word.or_else(|| nearest_by_letters(header, known.into_iter().filter(|it| it.len() > 3).collect()))
}

/// Columns are matched narrowly: most workbooks have columns of their own, which are nobody's mistake.
fn nearest_by_letters<'a>(found: &str, known: Vec<&'a str>) -> Option<&'a str> {
    let folded = fold(found);
    let same = known.iter().find(|it| fold(it) == folded).copied();
    let is_long = found.chars().count() > 2;
    same.or_else(|| nearest(found, known.iter().copied()).filter(|_| is_long))
        .or_else(|| letters_changed_places(found, known.iter().copied()))
}

/// What people call the sheets, and the sheet.
const SHEETS: &[(&str, &str)] = &[
    ("问卷 调查 题目 问题 表单 表 questions form", "survey"),
    ("选项 选项表 选择 列表 choice_list options lists", "choices"),
    ("设置 配置 config", "settings"),
];

/// Returns the sheet that was probably meant to be `wanted`, as it is called.
///
/// An underscore in front of a sheet's name says that it is meant as it is.
pub(super) fn sheet(wanted: &str, names: &[String]) -> Option<String> {
    let names: Vec<String> = names.iter().filter(|it| !it.starts_with('_')).cloned().collect();
    let by_word = names.iter().find(|it| by_table(it, SHEETS) == Some(wanted));
    let lower: Vec<String> = names.iter().map(|it| it.trim().to_lowercase()).collect();
    let by_letters = || {
        let others = lower.iter().map(String::as_str).filter(|it| *it != wanted);
        let meant = nearest_by_letters(wanted, others.collect())?;
        lower.iter().position(|it| it == meant).map(|it| &names[it])
    };
    by_word.or_else(by_letters).cloned()
}

/// Functions of Excel and other programs, and the one that does the same here.
const FUNCTIONS: &[(&str, &str)] = &[
    ("len length strlen", "string-length"),
    ("mid left right substring-of", "substr"),
    ("concatenate textjoin join-text", "concat"),
    ("iif ifs ifelse switch choose 如果", "if"),
    ("countif counta", "count"),
    ("sumif sumifs", "sum"),
    ("vlookup xlookup lookup", "pulldata"),
    ("ceil roundup", "ceiling"),
    ("rounddown trunc", "floor"),
    ("text datestring", "format-date"),
    ("power", "pow"),
    ("enclosed-area", "area"),
    ("includes has", "selected"),
    ("match regexp matches", "regex"),
    ("trim", "normalize-space"),
    ("replace substitute", "translate"),
    ("curdate getdate", "today"),
    ("label choice-label choicename jr-choice-name", "jr:choice-name"),
];

/// Returns the function that was probably meant.
pub(super) fn function<'a>(found: &str, known: impl IntoIterator<Item = &'a str> + Clone) -> Option<&'a str> {
    let by_word = by_table(found, FUNCTIONS);
    by_word.or_else(|| {
        let others = known.into_iter().collect::<Vec<_>>();
        nearest_by_letters(&found.to_lowercase(), others)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_names_as_people_confuse_them() {
        let known = ["full_name", "phone", "住址", "电话号码", "Q1", "年龄"];
        let check = |found, expected| assert_eq!(nearest_name(found, known), expected, "{found}");
        check("fullname", Some("full_name"));
        check("Full-Name", Some("full_name"));
        check("ful_name", Some("full_name"));
        check("name", Some("full_name"));
        check("phnoe", Some("phone"));
        check("q1", Some("Q1"));
        check("q2", None);
        check("电话", Some("电话号码"));
        check("址住", Some("住址"));
        check("住宅", Some("住址"));
        check("年纪", Some("年龄"));
        check("孙子", None);
        check("zzz", None);
    }

    #[test]
    fn says_what_to_write_in_the_type_column() {
        let check =
            |found, expected: Option<&str>| assert_eq!(type_cell(found).as_deref(), expected, "{found}");
        check("integr", Some("integer"));
        check("Interger", Some("integer"));
        check("selectone yesno", Some("select_one yesno"));
        check("select-one yes_no", Some("select_one yes_no"));
        check("slect one yes_no", Some("select_one yes_no"));
        check("select_mulitple 需要 or_other", Some("select_multiple 需要 or_other"));
        check("单选题 需要", Some("select_one 需要"));
        check("单选题", Some("select_one"));
        check("多选 需要", Some("select_multiple 需要"));
        check("填空题", Some("text"));
        check("begin gruop", Some("begin_group"));
        check("end-repeat", Some("end_repeat"));
        check("beginrepeat", Some("begin_repeat"));
        check("重复组", Some("begin_repeat"));
        check("number", Some("integer"));
        check("dancing", None);
    }

    #[test]
    fn finds_functions_columns_and_sheets() {
        let functions = ["string-length", "count-selected", "if", "concat", "today", "sum"];
        let check = |found, expected| assert_eq!(function(found, functions), expected, "{found}");
        check("LEN", Some("string-length"));
        check("string_length", Some("string-length"));
        check("countSelected", Some("count-selected"));
        check("IF", Some("if"));
        check("Today", Some("today"));
        check("frobnicate", None);

        let columns = ["type", "name", "label", "relevant", "constraint_message"];
        let check = |found, expected| assert_eq!(column(found, columns), expected, "{found}");
        check("lable", Some("label"));
        check("题型", Some("type"));
        check("显示条件", Some("relevant"));
        check("constraint message", Some("constraint_message"));
        check("备注", None);
        check("label_old", None);

        let names = ["Sheet1".to_owned(), "选项".to_owned(), "servey".to_owned()];
        assert_eq!(sheet("choices", &names).as_deref(), Some("选项"));
        assert_eq!(sheet("survey", &names).as_deref(), Some("servey"));
        assert_eq!(sheet("settings", &names), None);
    }
}
