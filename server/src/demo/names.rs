//! Invented people's names, identity numbers and telephones.
//!
//! How a reader can tell that nobody here is real: every identity number begins with 880101 (no division has the
//! code 88; the check character is valid, so validators are exercised) and every telephone with 154 (no operator
//! has that prefix). Names are random combinations, a few with a middle dot, with rare characters or with
//! characters above U+FFFF, because real registers have them.

use std::collections::HashSet;
use std::fmt::Write;

use jiff::civil::Date;
use wasm_forms::validate::id_card::check_character;

use super::rng::Rng;

/// Surnames by rough relative frequency.
const SURNAMES: &[(u32, &str)] = &[
    (72, "王"),
    (71, "李"),
    (67, "张"),
    (54, "刘"),
    (45, "陈"),
    (31, "杨"),
    (30, "马"),
    (23, "赵"),
    (22, "黄"),
    (21, "周"),
    (20, "吴"),
    (17, "孙"),
    (16, "徐"),
    (14, "朱 胡"),
    (13, "郭 何"),
    (12, "高"),
    (11, "林"),
    (9, "罗 郑 梁 谢 宋"),
    (8, "唐 许 韩"),
    (7, "冯 邓 曹"),
    (6, "彭 曾 肖 田 董"),
    (5, "袁 潘 于 蒋 蔡 余 杜 叶 程 苏 魏 吕 丁 任"),
    (4, "沈 姚 卢 姜 崔 钟 谭 陆 汪 范 金 石"),
    (3, "廖 贾 夏 韦 付 方 白 邹 孟 熊 秦 邱 江 尹 薛 闫 段 雷 侯"),
    (2, "龙 史 陶 黎 贺 顾 毛 郝 龚 邵 万 钱 严 覃 武 戴 莫 孔 向 汤 欧阳 哈 妥 牟 祁"),
    (1, "司马 上官 东方 尉迟 尕 逯 亓 昝"),
];
/// Given-name characters by last year of birth (not included): men's, women's, chance of a second character.
const GIVEN: &[(i16, &str, &str, f64)] = &[
    (1960, "德福贵明国华荣生文林玉成万有长富金山海", "秀英兰芳珍桂玉梅凤莲香淑惠琴芝霞月花", 0.62),
    (1985, "建军伟强志勇平国斌刚峰波涛辉永宏利民东", "丽敏霞静红艳燕萍娟玲丹华莉芳琴梅", 0.55),
    (2008, "浩宇鹏杰磊超凯旭晨阳俊凡博文睿", "婷雪倩佳欣悦璐颖晶媛琪雯蕾洁怡", 0.6),
    (i16::MAX, "梓轩浩然子墨宇泽辰奕铭睿恒昊", "梓涵一诺雨桐欣妍思彤若汐语嫣可", 0.6),
];
const RARE: &str = "䶮𬭎㛃𬱖喆堃犇燚昇翀赟𠅤𬀩㵾";
const DOTTED: &[&str] = &[
    "阿依古丽·买买提",
    "艾力·吐尔逊",
    "古丽娜尔·阿不都热合曼",
    "扎西·才让",
    "卓玛·央金",
    "阿卜杜热西提·穆罕默德·艾孜则",
    "索南·达杰",
    "巴特尔·苏和",
];
const SHARE_DOTTED: f64 = 0.004;
const SHARE_RARE: f64 = 0.004;

/// A person's sex as registers write it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sex {
    /// `m`
    Male,
    /// `f`
    Female,
}

impl Sex {
    /// Returns the register's value.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Male => "m",
            Self::Female => "f",
        }
    }

    /// Returns either, equally likely.
    pub fn any(rng: &mut Rng) -> Self {
        *rng.pick(&[Self::Male, Self::Female])
    }
}

/// An invented name; a name with a middle dot has no surname to hand on.
#[derive(Debug, Clone)]
pub struct Name {
    /// The whole name.
    pub full: String,
    /// What the children bear.
    pub surname: Option<&'static str>,
}

/// The name pools, prepared once.
#[derive(Debug)]
pub struct Names {
    surnames: Vec<(&'static str, f64)>,
    given: Vec<(i16, [Vec<char>; 2], f64)>,
    rare: Vec<char>,
}

impl Names {
    /// Returns the pools.
    pub fn all() -> Self {
        let surnames = SURNAMES
            .iter()
            .flat_map(|(weight, names)| names.split(' ').map(|it| (it, f64::from(*weight))))
            .collect();
        let given = GIVEN
            .iter()
            .map(|(before, men, women, two)| {
                (*before, [men.chars().collect(), women.chars().collect()], *two)
            })
            .collect();
        Self { surnames, given, rare: RARE.chars().collect() }
    }

    /// Returns a name of the fashion of the year of birth; with `surname` given, that family's.
    pub fn invent(&self, rng: &mut Rng, sex: Sex, born: Date, surname: Option<&'static str>) -> Name {
        if surname.is_none() && rng.chance(SHARE_DOTTED) {
            return Name { full: (*rng.pick(DOTTED)).to_owned(), surname: None };
        }
        let surname = surname.unwrap_or_else(|| rng.weighted(&self.surnames));
        let fashion = self.given.iter().find(|(before, ..)| born.year() < *before).unwrap_or(&self.given[0]);
        let pool = &fashion.1[usize::from(sex == Sex::Female)];
        let first = if rng.chance(SHARE_RARE) { *rng.pick(&self.rare) } else { *rng.pick(pool) };
        let mut full = format!("{surname}{first}");
        if rng.chance(fashion.2) {
            full.push(*rng.pick(pool));
        }
        Name { full, surname: Some(surname) }
    }
}

/// Gives out identity numbers, each once.
#[derive(Debug, Default)]
pub struct IdNumbers(HashSet<String>);

impl IdNumbers {
    /// Returns a number of the invented division 880101 that nobody has yet.
    ///
    /// A day of birth has room for 499 men and 499 women, far more than one community brings forth.
    pub fn issue(&mut self, rng: &mut Rng, born: Date, sex: Sex) -> String {
        loop {
            let sequence = rng.between(0, 498) * 2 + if sex == Sex::Male { 1 } else { 2 };
            let mut number =
                format!("880101{:04}{:02}{:02}{sequence:03}", born.year(), born.month(), born.day());
            number.push(char::from(check_character(number.as_bytes())));
            if self.0.insert(number.clone()) {
                return number;
            }
        }
    }
}

/// Returns a telephone with the invented prefix 154.
pub fn phone(rng: &mut Rng) -> String {
    let mut text = "154".to_owned();
    let _ = write!(text, "{:08}", rng.between(0, 99_999_999));
    text
}
