//! What goes on in the community: wishes, notices, requests, cases, hazards, topics, visits.

use jiff::ToSpan;
use jiff::civil::Date;

use super::names::Sex;
use super::places::Team;
use super::residents::{Resident, days_ago};
use super::rng::Rng;
use super::{ListTable, Plan};

const WISHES: &[(&str, &str)] = &[
    ("想要一台大字收音机", "goods"),
    ("想装一个卫生间扶手", "repair"),
    ("想有人陪着去公园晒太阳", "company"),
    ("想学会和孙子视频", "skill"),
    ("想要一副老花镜", "goods"),
    ("想修好漏水的水龙头", "repair"),
    ("想理一次发", "service"),
    ("想要一床厚被子", "goods"),
    ("想换一个轮椅坐垫", "goods"),
    ("想吃一碗热牛肉面", "company"),
    ("想要一套绘画彩笔", "goods"),
    ("想拍一张全家福", "service"),
];
const WAYS: &[&str] = &["labour", "donate", "pair", "buy"];
const COSTS: &[&str] = &["", "30", "60", "120", "260", "480"];
const UNITS: &[&str] = &[
    "体育局竞赛管理中心(虚构)",
    "党校(虚构)",
    "福利院(虚构)",
    "晨光物业(虚构)",
    "第四支部(虚构)",
    "向阳粮油店(虚构)",
];
const NOTICES: &[(&str, &str)] = &[
    ("上门养老认证开始预约", "行动不便的老人可以预约上门办认证,不收钱。"),
    ("低保年度复核", "低保户请在月底前把收入证明交到窗口。"),
    ("残疾人两项补贴申请", "新办残疾人证的,可以申请两项补贴。"),
    ("高龄津贴年审", "领高龄津贴的老人每年审一次。"),
    ("再就业培训报名", "本月开家政和面点两个班。"),
    ("不动产登记集中办理日", "老旧小区没办证的,可到窗口登记。"),
    ("停水检修", "明早八点到十二点停水,请备水。"),
    ("供暖测试", "家里请留人,听听暖气有没有漏水。"),
    ("电动车不进楼", "电动车和电池都不要带进楼。"),
    ("周五清洁日", "每周五全域大扫除。"),
    ("义诊", "周三上午量血压、测血糖。"),
    ("防骗提醒", "办认证不要银行卡密码,也不要验证码。"),
];
const SERVICES: &[&str] =
    &["doorstep_cert", "allowance", "errand", "clean", "meal", "haircut", "medicine", "repair", "escort"];
const CASES: &[(&str, &str)] = &[
    ("楼上漏水泡了楼下", "neighbour"),
    ("楼道里堆鞋柜", "neighbour"),
    ("夜里弹琴声音大", "neighbour"),
    ("争车位", "neighbour"),
    ("兄妹为赡养吵架", "family"),
    ("飞线充电劝不听", "safety"),
    ("物业修不好漏雨", "neighbour"),
    ("孤寡老人没人送饭", "hardship"),
    ("隔离期间送药", "epidemic"),
    ("夫妻吵架打砸", "family"),
];
const HAZARDS: &[(&str, &str)] = &[
    ("flywire", "飞线充电"),
    ("indoor", "电动车进楼"),
    ("escape", "消防通道被堵"),
    ("extinguisher", "灭火器过期"),
    ("pile", "楼道堆物"),
    ("wall", "围墙破损"),
    ("cover", "井盖缺损"),
    ("sewer", "下水外溢"),
    ("rubbish", "垃圾堆积"),
    ("leak", "屋顶漏水"),
    ("lift", "电梯逾期未检"),
    ("light", "路灯不亮"),
];
const TOPICS: &[(&str, &str)] = &[
    ("楼顶防水维修", "property"),
    ("院内停车位怎么划", "parking"),
    ("供暖不热", "water_heat"),
    ("安置户办不动产证", "legacy"),
    ("健身器材装在哪", "env"),
    ("酒店门口停车", "business"),
    ("旧楼改造施工扰民", "rebuild"),
    ("充电桩选址", "parking"),
    ("小区成立业委会", "property"),
    ("背街小巷清扫", "env"),
];
/// What a hundred visits come to; the tail repeats for longer plans.
const OUTCOMES: &[(&str, usize)] =
    &[("certified", 84), ("absent", 9), ("hospital", 4), ("moved", 3), ("deceased", 2), ("refused", 2)];
const N_FOLLOW_UPS: usize = 60;

/// What the lists of events are drawn from.
#[derive(Debug)]
pub struct Extras<'a> {
    /// Scale and day.
    pub plan: &'a Plan,
    /// Everybody.
    pub residents: &'a [Resident],
    /// Places to name.
    pub places: &'a ListTable,
    /// People in charge.
    pub team: &'a Team,
}

impl Extras<'_> {
    fn rng(&self, subject: &str) -> Rng {
        Rng::stream(self.plan.seed, subject, 0)
    }

    fn ago(&self, rng: &mut Rng, low: i64, high: i64) -> Date {
        days_ago(self.plan.today, rng.between(low, high))
    }

    fn ahead(&self, rng: &mut Rng, low: i64, high: i64) -> String {
        self.plan.today.saturating_add(rng.between(low, high).days()).to_string()
    }

    fn in_care(&self) -> Vec<&Resident> {
        self.residents.iter().filter(|it| it.care.is_some()).collect()
    }

    /// Returns the list `wishes`: first the fulfilled, then the claimed, then the open ones.
    pub fn wishes(&self) -> ListTable {
        let mut rng = self.rng("wishes");
        let mut table = ListTable::new(
            "wishes",
            &[
                "name",
                "label",
                "subject",
                "wish",
                "kind",
                "who",
                "cost",
                "status",
                "wanted_by",
                "claimer",
                "way",
                "promise",
                "lit_date",
                "shown_name",
            ],
        );
        let in_care = self.in_care();
        for index in 0..if in_care.is_empty() { 0 } else { self.plan.n_wishes } {
            let person = *rng.pick(&in_care);
            let (wish, kind) = *rng.pick(WISHES);
            let status = match index {
                it if it < self.plan.n_lit => "lit",
                it if it < self.plan.n_lit + self.plan.n_claimed => "claimed",
                _ => "open",
            };
            let call = if person.sex == Sex::Female { "奶奶" } else { "爷爷" };
            let surname: String = person.name.chars().take(1).collect();
            let who = match () {
                () if person.disability.is_some() => "disabled",
                () if person.has_dibao => "dibao",
                () => "elder",
            };
            let cost = if matches!(kind, "goods" | "repair") { *rng.pick(COSTS) } else { "" };
            let (claimer, way) =
                if status == "open" { ("", "") } else { (*rng.pick(UNITS), *rng.pick(WAYS)) };
            let promise = if status == "claimed" { self.ahead(&mut rng, 1, 45) } else { String::new() };
            let lit = if status == "lit" { self.ago(&mut rng, 3, 200).to_string() } else { String::new() };
            table.push([
                &format!("X{:03}", index + 1),
                &format!("{surname}{call}:{wish}"),
                &person.id,
                wish,
                kind,
                who,
                cost,
                status,
                &self.ahead(&mut rng, 5, 90),
                claimer,
                way,
                &promise,
                &lit,
                "",
            ]);
        }
        table
    }

    /// Returns the list `notices`.
    pub fn notices(&self) -> ListTable {
        let mut rng = self.rng("notices");
        let mut table = ListTable::new(
            "notices",
            &["name", "label", "body", "steps", "materials", "deadline", "phone", "published"],
        );
        for (index, (title, body)) in NOTICES.iter().take(self.plan.n_notices).enumerate() {
            table.push([
                &format!("N{:02}", index + 1),
                *title,
                *body,
                "打社区电话、在群里确认,或者让网格员代办",
                "身份证",
                &self.ahead(&mut rng, 3, 60),
                "15400000000",
                &self.ago(&mut rng, 1, 120).to_string(),
            ]);
        }
        table
    }

    /// Returns the list `requests`: most done, a few accepted, the rest new.
    pub fn requests(&self) -> ListTable {
        let mut rng = self.rng("requests");
        let mut table = ListTable::new(
            "requests",
            &[
                "name",
                "label",
                "kind",
                "subject",
                "full_name",
                "phone",
                "address",
                "detail",
                "urgency",
                "preferred_time",
                "status",
                "reply_by",
                "satisfaction",
                "received",
            ],
        );
        let in_care = self.in_care();
        for index in 0..if in_care.is_empty() { 0 } else { self.plan.n_requests } {
            let person = *rng.pick(&in_care);
            let kind = SERVICES[index % SERVICES.len()];
            let status = match index {
                ..22 => "done",
                22..27 => "accepted",
                _ => "new",
            };
            let guardian_phone = person.guardian.as_ref().map_or("", |it| it.1.as_str());
            let phone = if person.phone.is_empty() { guardian_phone } else { &person.phone };
            let satisfaction = if status == "done" { *rng.pick(&["s5", "s4", "s5", "s3"]) } else { "" };
            table.push([
                &format!("R{:03}", index + 1),
                &format!("{} {kind}", person.name),
                kind,
                &person.id,
                &person.name,
                phone,
                &person.address(),
                "",
                *rng.pick(&["soon", "normal", "normal", "now"]),
                *rng.pick(&["morning", "afternoon", "any"]),
                status,
                &self.ahead(&mut rng, 0, 3),
                satisfaction,
                &self.ago(&mut rng, 0, 90).to_string(),
            ]);
        }
        table
    }

    /// Returns the list `cases`.
    pub fn cases(&self) -> ListTable {
        let mut rng = self.rng("cases");
        let mut table = ListTable::new(
            "cases",
            &[
                "name",
                "label",
                "title",
                "kind",
                "status",
                "owner",
                "place",
                "received",
                "due_date",
                "next_date",
                "terms",
                "dissatisfied",
            ],
        );
        for index in 0..self.plan.n_cases {
            let (title, kind) = CASES[index % CASES.len()];
            let status = rng.weighted(&[
                ("accepted", 14.0),
                ("agreed", 14.0),
                ("closed", 60.0),
                ("advisers", 6.0),
                ("referred", 6.0),
            ]);
            let received = self.ago(&mut rng, 1, 240);
            let place = self.places.cell(rng.between(0, self.places.len() as i64 - 1) as usize, "label");
            let owner = if self.team.members.is_empty() { "" } else { rng.pick(&self.team.members).as_str() };
            let terms = if matches!(status, "agreed" | "closed") {
                "约好各让一步,三天内收拾干净"
            } else {
                ""
            };
            table.push([
                &format!("C{:03}", index + 1),
                &format!("{title} · {place}"),
                title,
                kind,
                status,
                owner,
                place,
                &received.to_string(),
                &received.saturating_add(30.days()).to_string(),
                &self.ahead(&mut rng, 0, 20),
                terms,
                "0",
            ]);
        }
        table
    }

    /// Returns the list `hazards`.
    pub fn hazards(&self) -> ListTable {
        let mut rng = self.rng("hazards");
        let mut table = ListTable::new(
            "hazards",
            &["name", "label", "kind", "level", "status", "spot", "place", "owner", "deadline", "found"],
        );
        for index in 0..self.plan.n_hazards {
            let (kind, label) = HAZARDS[index % HAZARDS.len()];
            let row = rng.between(0, self.places.len() as i64 - 1) as usize;
            let spot = self.places.cell(row, "label");
            let status =
                rng.weighted(&[("open", 30.0), ("closed", 50.0), ("overdue", 14.0), ("reported", 6.0)]);
            let deadline = match status {
                "overdue" => self.ago(&mut rng, 1, 20).to_string(),
                _ => self.ahead(&mut rng, 0, 25),
            };
            table.push([
                &format!("H{:03}", index + 1),
                &format!("{label} · {spot}"),
                kind,
                rng.weighted(&[("low", 70.0), ("high", 25.0), ("major", 5.0)]),
                status,
                spot,
                self.places.cell(row, "name"),
                *rng.pick(&["物业", "住户", "社区"]),
                &deadline,
                &self.ago(&mut rng, 21, 60).to_string(),
            ]);
        }
        table
    }

    /// Returns the list `topics`.
    pub fn topics(&self) -> ListTable {
        let mut rng = self.rng("topics");
        let mut table =
            ListTable::new("topics", &["name", "label", "kind", "status", "reply_by", "owner", "phone"]);
        let n_team = self.team.table.len() as i64;
        for (index, (label, kind)) in TOPICS.iter().enumerate() {
            let owner = self.team.table.cell(rng.between(0, n_team - 1) as usize, "full_name");
            table.push([
                &format!("T{:02}", index + 1),
                *label,
                *kind,
                *rng.pick(&["open", "decided", "closed"]),
                &self.ahead(&mut rng, 1, 40),
                owner,
                "15400000001",
            ]);
        }
        table
    }

    /// Returns the list `cert_visits`: visits to people who were last certified at their door.
    pub fn cert_visits(&self) -> ListTable {
        let mut visited: Vec<(&Resident, Date)> = self
            .residents
            .iter()
            .filter_map(|it| Some((it, it.certification?)))
            .filter(|(_, it)| it.channel == "doorstep" && it.status == "certified")
            .map(|(resident, it)| (resident, it.last))
            .collect();
        self.rng("visits").shuffle(&mut visited);
        let outcomes: Vec<&str> =
            OUTCOMES.iter().flat_map(|(outcome, n)| std::iter::repeat_n(*outcome, *n)).collect();
        let mut table = ListTable::new(
            "cert_visits",
            &["name", "resident", "full_name", "visited", "outcome", "volunteer", "visit_no", "card_left"],
        );
        for (index, (resident, on)) in visited.into_iter().take(self.plan.n_visits).enumerate() {
            table.push([
                &format!("D{:03}", index + 1),
                &resident.id,
                &resident.name,
                &on.to_string(),
                outcomes[index % outcomes.len()],
                &resident.in_charge,
                "1",
                "yes",
            ]);
        }
        table
    }

    /// Returns the list `follow_ups`: people overdue whom a telephone will hardly reach.
    pub fn follow_ups(&self) -> ListTable {
        let mut rng = self.rng("follow_ups");
        let mut table = ListTable::new(
            "follow_ups",
            &["name", "label", "kind", "subject", "due_date", "status", "detail"],
        );
        let overdue = self
            .residents
            .iter()
            .filter(|it| it.selfcare != "full" && it.certification.is_some_and(|it| it.status == "overdue"));
        for (index, resident) in overdue.take(N_FOLLOW_UPS).enumerate() {
            table.push([
                &format!("F{:03}", index + 1),
                &format!("{} 再次上门", resident.name),
                "certify.doorstep",
                &resident.id,
                &self.ahead(&mut rng, 0, 30),
                "open",
                "",
            ]);
        }
        table
    }
}

/// Returns the list `policies`. Amounts and ages are examples; each place fills in its own.
pub fn policies() -> ListTable {
    let mut table =
        ListTable::new("policies", &["name", "label", "threshold", "materials", "timing", "note"]);
    for row in [
        [
            "dibao",
            "最低生活保障",
            "830",
            "申请书、身份证、户口簿、收入和财产情况",
            "随时申请;街道审核后县区确认",
            "金额为示例,请按当地公布的标准填",
        ],
        ["two_sub", "残疾人两项补贴", "", "残疾人证、身份证、银行账户;困难补贴另带低保证明", "随时申请", ""],
        [
            "aged",
            "高龄津贴",
            "80",
            "身份证、户口簿、近照、银行账户",
            "满龄当月可申请",
            "年龄为示例,请按当地规定填",
        ],
        ["training", "再就业培训", "", "身份证、失业登记", "看当月开班通知", ""],
        [
            "realty",
            "不动产登记",
            "",
            "身份证、购房合同或安置协议、完税证明、婚姻证明",
            "按窗口预约",
            "历史遗留的先登记情况",
        ],
        ["power", "用电补助", "", "申请书、低保证、户号", "随时申请", ""],
    ] {
        table.push(row);
    }
    table
}
