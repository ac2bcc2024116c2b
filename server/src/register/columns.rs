//! The columns of a residents register as data: technical name, the titles people give it, what may stand in it.

use wasm_forms::validate::half_width;

/// One column the register knows.
#[derive(Debug)]
pub struct Column {
    /// Technical name; also a title.
    pub name: &'static str,
    /// Titles in use, the commonest first, as they are without spaces and remarks.
    pub titles: &'static [&'static str],
    /// What may stand in it.
    pub kind: Kind,
}

/// What may stand in a column.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    /// The row's key.
    Key,
    /// A person's name.
    Name,
    /// An identity number.
    IdNumber,
    /// A telephone.
    Phone,
    /// A day.
    Date,
    /// A whole number of this range.
    Number(i64, i64),
    /// A grid by id or label.
    Grid,
    /// One of these: value, then what people write for it, separated by spaces.
    Choice(&'static [(&'static str, &'static str)]),
    /// Several of these values, separated by spaces.
    Words,
    /// Anything.
    Text,
    /// Follows from other columns; what the file says is not read.
    Derived,
}

const YES_NO: Kind = Kind::Choice(&[("yes", "是 有 对 y true 1 √ ✓"), ("no", "否 无 没有 不是 n false 0 ×")]);

const fn column(name: &'static str, titles: &'static [&'static str], kind: Kind) -> Column {
    Column { name, titles, kind }
}

/// The columns of `residents`.
pub const COLUMNS: &[Column] = &[
    column("name", &["编号", "居民编号", "人员编号", "id"], Kind::Key),
    column("label", &["标签", "显示名"], Kind::Text),
    column("full_name", &["姓名", "居民姓名", "名字"], Kind::Name),
    column("sex", &["性别"], Kind::Choice(&[("m", "男 男性 male 1"), ("f", "女 女性 female 2")])),
    column("birth_date", &["出生日期", "出生年月日", "出生年月", "生日", "生年月日"], Kind::Date),
    column("age", &["年龄", "周岁", "岁数"], Kind::Derived),
    column(
        "id_type",
        &["证件种类", "证件类型", "证件类别"],
        Kind::Choice(&[
            ("resident_id", "居民身份证 身份证 二代身份证"),
            ("temp_id", "临时身份证"),
            ("hukou", "户口簿 户口本"),
            ("ss_card", "社会保障卡 社保卡"),
            ("hmt", "港澳台居民居住证 港澳台居住证"),
            ("foreign_pr", "外国人永久居留身份证 外国人永久居留证"),
            ("passport", "护照"),
            ("other", "其他"),
            ("none", "无证件"),
        ]),
    ),
    column(
        "id_number",
        &["证件号", "身份证号", "身份证号码", "证件号码", "公民身份号码", "居民身份证号", "身份证"],
        Kind::IdNumber,
    ),
    column("household_id", &["户编号", "家庭编号", "户号"], Kind::Text),
    column(
        "relation",
        &["与户主关系", "关系"],
        Kind::Choice(&[
            ("head", "户主 本人"),
            ("spouse", "配偶 妻子 丈夫 妻 夫"),
            ("child", "子女 儿子 女儿 子 女"),
            ("parent", "父母 父亲 母亲 父 母"),
            ("grandchild", "孙辈 孙子 孙女 外孙 外孙女"),
            ("child_in_law", "儿媳 女婿"),
            ("sibling", "兄弟姐妹"),
            ("flatmate", "合租 合租人 室友"),
            ("relative", "亲属 其他亲属"),
            ("other", "其他"),
        ]),
    ),
    column("estate", &["小区", "片区"], Kind::Text),
    column("building", &["楼栋", "楼号", "楼栋号", "幢号"], Kind::Text),
    column("stair", &["单元", "单元号"], Kind::Text),
    column("door", &["房号", "门牌", "门牌号", "室号", "房间号"], Kind::Text),
    column(
        "address",
        &["住址", "地址", "家庭住址", "现住址", "居住地址", "详细地址", "家庭地址"],
        Kind::Text,
    ),
    column("grid", &["网格", "网格编号", "所属网格", "网格号"], Kind::Grid),
    column("grid_worker", &["网格员", "网格员编号"], Kind::Text),
    column("in_charge", &["负责人", "包片人", "联系人编号"], Kind::Text),
    column(
        "hukou",
        &["户籍", "户口所在地", "户口"],
        Kind::Choice(&[("here", "本社区 本地 本辖区"), ("city", "本市 市内"), ("away", "外地 市外 外省")]),
    ),
    column(
        "residence",
        &["居住情况", "居住状态"],
        Kind::Choice(&[
            ("settled", "常住 自住"),
            ("floating", "流动 租住 暂住 租户"),
            ("away", "不在 空挂 人户分离"),
        ]),
    ),
    column(
        "phone",
        &["电话", "联系电话", "手机", "手机号", "手机号码", "电话号码", "联系方式", "本人电话"],
        Kind::Phone,
    ),
    column(
        "smartphone",
        &["智能手机", "会用智能手机", "有无智能手机"],
        Kind::Choice(&[
            ("yes", "是 有 会用 y 1"),
            ("family", "家属有 家人代用 家属代用"),
            ("no", "否 无 没有 不会用 n 0"),
        ]),
    ),
    column(
        "benefit_kind",
        &["待遇类别", "待遇种类", "待遇类型", "养老待遇", "险种"],
        Kind::Choice(&[
            ("employee", "企业职工养老保险 企业职工 企业退休 职工养老 企业养老"),
            ("civil", "机关事业单位养老保险 机关事业 机关事业单位 机关退休 事业退休"),
            ("resident", "城乡居民养老保险 城乡居民 居民养老 城居保"),
            ("injury", "工伤保险长期待遇 工伤 工伤长期待遇"),
            ("survivor", "供养亲属抚恤金 供养亲属 遗属 遗属待遇"),
            ("other", "其他待遇 其他"),
        ]),
    ),
    column("benefit_start", &["待遇开始", "领取时间", "开始领取日期", "退休日期", "退休时间"], Kind::Date),
    column(
        "cert_status",
        &["认证状态", "认证情况"],
        Kind::Choice(&[
            ("certified", "已认证 正常"),
            ("due_soon", "即将到期 快到期"),
            ("overdue", "逾期 已逾期 过期 未认证"),
        ]),
    ),
    column(
        "cert_last",
        &["上次认证", "上次认证日期", "上次认证时间", "最近认证", "认证日期", "认证时间"],
        Kind::Date,
    ),
    column("cert_due", &["认证到期", "认证到期日", "下次认证", "下次认证日期", "到期日期"], Kind::Date),
    column("cert_cycle_months", &["认证周期", "认证周期月", "认证周期月数"], Kind::Number(0, 60)),
    column(
        "cert_channel",
        &["认证方式", "认证渠道"],
        Kind::Choice(&[
            ("data", "数据比对 数据核验"),
            ("phone", "手机 手机认证 线上"),
            ("desk", "窗口 柜台"),
            ("doorstep", "上门 入户"),
        ]),
    ),
    column("last_visit", &["上次入户", "上次走访", "最近入户"], Kind::Date),
    column("last_visit_outcome", &["上次入户结果", "走访结果"], Kind::Text),
    column("archive_birth_date", &["档案出生日期", "档案生日"], Kind::Date),
    column("lunar_birthday", &["过农历生日", "农历生日"], YES_NO),
    column(
        "dis_kind",
        &["残疾类别", "残疾类型"],
        Kind::Choice(&[
            ("limb", "肢体 肢体残疾"),
            ("hearing", "听力 听力残疾"),
            ("visual", "视力 视力残疾"),
            ("mental", "精神 精神残疾"),
            ("intellect", "智力 智力残疾"),
            ("speech", "言语 言语残疾"),
            ("multi", "多重 多重残疾"),
        ]),
    ),
    column(
        "dis_level",
        &["残疾等级", "残疾级别"],
        Kind::Choice(&[
            ("l1", "一级 1级 1"),
            ("l2", "二级 2级 2"),
            ("l3", "三级 3级 3"),
            ("l4", "四级 4级 4"),
        ]),
    ),
    column("dibao", &["低保", "是否低保", "低保户"], YES_NO),
    column("living_alone", &["独居", "是否独居", "独居老人"], YES_NO),
    column(
        "selfcare",
        &["自理能力", "生活自理", "自理情况"],
        Kind::Choice(&[
            ("full", "能自理 自理 完全自理"),
            ("partial", "部分能自理 部分自理 半自理"),
            ("none", "不能自理 失能"),
            ("bedridden", "长期卧床 卧床"),
            ("unclear", "神志不清 失智"),
        ]),
    ),
    column("hardship", &["困难类别", "困难类型"], Kind::Words),
    column(
        "care_level",
        &["关爱等级", "走访等级", "探访等级"],
        Kind::Choice(&[("high", "高风险 高 每周"), ("key", "重点 每月"), ("general", "一般 每季")]),
    ),
    column("care_interval_days", &["走访间隔", "走访间隔天", "走访间隔天数"], Kind::Number(1, 366)),
    column("last_care", &["上次走访问候", "上次探访", "上次问候"], Kind::Date),
    column("alert", &["提醒", "预警"], Kind::Text),
    column("guardian_name", &["监护人", "监护人姓名", "家属姓名", "紧急联系人"], Kind::Name),
    column("guardian_phone", &["监护人电话", "家属电话", "紧急联系电话", "紧急联系人电话"], Kind::Phone),
    column("death_date", &["死亡日期", "去世日期"], Kind::Date),
    column("paired_with", &["结对人", "结对志愿者"], Kind::Text),
    column("care_note", &["备注", "上门提示", "注意事项", "说明"], Kind::Text),
    column("id_last4", &["证件号后四位", "身份证后四位"], Kind::Derived),
    column("id_masked", &["脱敏证件号", "证件号脱敏"], Kind::Derived),
    column("__version", &["版本"], Kind::Derived),
    column("serial", &["序号", "no", "no.", "#"], Kind::Derived),
];

/// Returns the column that a header cell names, by technical name or by title.
pub fn find(title: &str) -> Option<&'static Column> {
    let title = plain_title(title);
    COLUMNS.iter().find(|it| it.name == title || it.titles.contains(&title.as_str()))
}

/// Returns the technical name or title nearest to an unknown one.
pub fn nearest(title: &str) -> Option<&'static str> {
    let known = COLUMNS.iter().flat_map(|it| std::iter::once(&it.name).chain(it.titles)).copied();
    wasm_forms::diag::nearest(&plain_title(title), known)
}

/// Returns a title without spaces, stars, colons and remarks in brackets, in half width and lower case:
/// `＊身份证号（必填）` is `身份证号`.
fn plain_title(title: &str) -> String {
    let plain = title.chars().map(half_width).take_while(|c| !matches!(c, '(' | '[' | '【'));
    plain
        .filter(|c| !c.is_whitespace() && !matches!(c, '*' | ':' | '\u{feff}'))
        .flat_map(char::to_lowercase)
        .collect()
}

/// Returns the value that a text stands for in a column of choices.
pub fn choice(choices: &'static [(&'static str, &'static str)], text: &str) -> Option<&'static str> {
    let text = text.to_lowercase();
    choices
        .iter()
        .find(|(value, words)| *value == text || words.split(' ').any(|it| it == text))
        .map(|it| it.0)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn titles_are_found_as_people_write_them() {
        let check =
            |title: &str, name: Option<&str>| assert_eq!(find(title).map(|it| it.name), name, "{title}");
        check("full_name", Some("full_name"));
        check(" 姓 名 ", Some("full_name"));
        check("＊身份证号（必填）", Some("id_number"));
        check("ＩＤ", Some("name"));
        check("电话:", Some("phone"));
        check("爱好", None);
        assert_eq!(nearest("身份征号码"), Some("身份证号码"));
    }

    #[test]
    fn no_title_names_two_columns() {
        let mut seen = BTreeSet::new();
        for column in COLUMNS {
            for title in std::iter::once(&column.name).chain(column.titles) {
                assert_eq!(plain_title(title), *title, "a title stands in its plain form");
                assert!(seen.insert(*title), "{title} twice");
            }
        }
    }

    #[test]
    fn every_column_of_the_invented_register_is_known() {
        for name in crate::demo::rows::COLUMNS {
            assert!(find(name).is_some(), "{name}");
        }
    }

    #[test]
    fn choices_are_read_by_value_and_by_word() {
        let Some(Kind::Choice(choices)) = find("待遇类别").map(|it| it.kind) else {
            panic!("no choices")
        };
        assert_eq!(choice(choices, "企业退休"), Some("employee"));
        assert_eq!(choice(choices, "civil"), Some("civil"));
        assert_eq!(choice(choices, "企业"), None);
    }
}
