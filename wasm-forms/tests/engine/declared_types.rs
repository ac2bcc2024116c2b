//! `web/src/engine/types.ts` declares what the engine serialises: the same keys, optional and null where they may be,
//! the same kinds of value, the same words.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::Value;
use wasm_forms::bound::SignedAnswer;
use wasm_forms::view::{
    Choice, Control, DataType, Kind, Located, Media, Question, Repeat, ViewNode, Violation,
};
use wasm_forms::{Env, Finished, Request, RequestKind};

use crate::common::env;

/// What the web app believes.
const DECLARED: &str = include_str!("../../../web/src/engine/types.ts");

/// The serialised words of an enum; a variant that is not listed does not compile.
macro_rules! words {
    ($name:ident: $($variant:ident)+) => {{
        let _every_variant_is_listed = |it: $name| match it { $($name::$variant => (),)+ };
        let words = [$($name::$variant),+].map(|it| json(&it).as_str().expect("a word").to_owned());
        words.into_iter().collect::<BTreeSet<String>>()
    }};
}

#[test]
fn the_web_declares_what_the_engine_serialises() {
    let breaches: Vec<String> = samples()
        .iter()
        .flat_map(|(name, fullest, barest)| differences(name, &fields(DECLARED, name), fullest, barest))
        .collect();
    assert!(breaches.is_empty(), "web/src/engine/types.ts is not what view.rs is:\n{}", breaches.join("\n"));
}

#[test]
fn the_web_declares_the_engines_words() {
    let kinds = words!(Kind: Root Group Repeat Instance Question);
    assert_eq!(quoted(&fields(DECLARED, "ViewNode")["kind"].text), kinds, "ViewNode.kind");
    let controls = words!(Control: Input Note SelectOne SelectMultiple Rank Upload Trigger Range);
    assert_eq!(quoted(&alias(DECLARED, "Control")), controls, "Control");
    let types = words!(DataType: String Int Decimal Boolean Date Time DateTime Geopoint Geotrace Geoshape
        Barcode Binary Intent);
    assert_eq!(quoted(&alias(DECLARED, "DataType")), types, "DataType");
}

#[test]
fn what_differs_is_named() {
    let source = "export interface A {\n  n: number;\n}\n/** B. */\nexport interface B extends A {\n  \
        gone: string;\n  opt?: C;\n  nil: string | null;\n  list: string[];\n}\n";
    let told = |fullest: &str, barest: &str| {
        let read = |text: &str| serde_json::from_str(text).expect("JSON");
        differences("B", &fields(source, "B"), &read(fullest), &read(barest))
    };
    let (full, bare) =
        (r#"{"n":1,"gone":"","opt":{},"nil":"","list":[]}"#, r#"{"n":1,"gone":"","nil":null,"list":[]}"#);
    assert!(told(full, bare).is_empty());
    assert_eq!(
        told(r#"{"n":"","opt":{},"nil":"","list":[],"new":1}"#, r#"{"n":null,"opt":{},"list":[],"new":1}"#),
        [
            "B.gone is declared and never sent",
            "B.n is a number in the declaration and a string in fact",
            "B.n may be null, which the declaration denies",
            "B.nil may be absent, which the declaration denies",
            "B.opt is declared as sometimes absent and always sent",
            "B.new is sent and not declared",
        ]
    );
}

/// Every type of the boundary by its declared name, with everything set and with nothing set that need not be.
fn samples() -> Vec<(&'static str, Value, Value)> {
    let violation = Violation { code: "answer.type".to_owned(), message: String::new() };
    let media = Media { form: String::new(), address: String::new() };
    let choice = Choice { value: String::new(), label: String::new(), media: vec![media.clone()] };
    let bare_choice = Choice { media: Vec::new(), ..choice.clone() };
    let repeat = Repeat { count: 1, can_add: true, can_remove: true };
    let question = Question {
        control: Control::Input,
        data_type: DataType::Int,
        value: String::new(),
        display: String::new(),
        readonly: false,
        required: true,
        violation: Some(violation.clone()),
        choices: vec![choice.clone()],
        n_choices: 1,
        media_type: String::new(),
        rows: Some(5),
        autoplay: "audio".to_owned(),
        quality: "normal".to_owned(),
        save_incomplete: true,
        max_pixels: 0,
        range: Some([0.0, 1.0, 0.5]),
        accuracy_m: [5.0, 100.0],
    };
    let bare_question = Question {
        violation: None,
        range: None,
        rows: None,
        autoplay: String::new(),
        quality: String::new(),
        save_incomplete: false,
        ..question.clone()
    };
    let node = ViewNode {
        id: 1,
        parent: Some(0),
        kind: Kind::Question,
        reference: String::new(),
        name: String::new(),
        children: Vec::new(),
        label: String::new(),
        short: "?".to_owned(),
        media: vec![media.clone()],
        hint: String::new(),
        guidance: "?".to_owned(),
        appearance: Vec::new(),
        intent: "?".to_owned(),
        relevant: true,
        question: Some(question.clone()),
        repeat: Some(repeat),
    };
    let bare_node = ViewNode {
        parent: None,
        question: None,
        repeat: None,
        media: Vec::new(),
        short: String::new(),
        intent: String::new(),
        guidance: String::new(),
        ..node.clone()
    };
    let located = Located { node: 1, page: 1, label: String::new(), violation: violation.clone() };
    let request = Request { id: 1, kind: RequestKind::Geopoint, reference: String::new() };
    let finished = Finished {
        xml: String::new(),
        instance_id: String::new(),
        instance_name: String::new(),
        attachments: Vec::new(),
    };
    let signed = SignedAnswer {
        reference: String::new(),
        label: String::new(),
        display: String::new(),
        is_changed: true,
    };
    vec![
        ("ViewNode", json(&node), json(&bare_node)),
        ("Repeat", json(&repeat), json(&repeat)),
        ("Question", json(&question), json(&bare_question)),
        ("Choice", json(&choice), json(&bare_choice)),
        ("Media", json(&media), json(&media)),
        ("Violation", json(&violation), json(&violation)),
        ("Located", json(&located), json(&located)),
        ("DeviceRequest", json(&request), json(&request)),
        ("SignedAnswer", json(&signed), json(&signed)),
        ("Finished", json(&finished), json(&finished)),
        ("Env", json::<Env>(&env()), json::<Env>(&env())),
    ]
}

/// One declared field.
#[derive(Debug)]
struct Field {
    may_be_absent: bool,
    /// Its type as TypeScript.
    text: String,
}

impl Field {
    fn may_be_null(&self) -> bool {
        self.text.ends_with("| null")
    }

    /// What `JSON.parse` gives for it, `null` aside.
    fn kind(&self) -> &'static str {
        match self.text.trim_end_matches("| null").trim_end() {
            it if it.ends_with("[]") || it.starts_with('[') => "list",
            it if it.starts_with('"') => "string",
            "string" | "Control" | "DataType" => "string",
            "number" | "NodeId" => "number",
            "boolean" => "boolean",
            _ => "object",
        }
    }
}

fn differences(
    name: &str,
    declared: &BTreeMap<String, Field>,
    fullest: &Value,
    barest: &Value,
) -> Vec<String> {
    let mut told = Vec::new();
    for (key, field) in declared {
        let mut tell = |what: String| told.push(format!("{name}.{key} {what}"));
        let denied = |may: &str| format!("may be {may}, which the declaration denies");
        let Some(value) = fullest.get(key) else {
            tell("is declared and never sent".to_owned());
            continue;
        };
        if kind(value) != field.kind() {
            tell(format!("is a {} in the declaration and a {} in fact", field.kind(), kind(value)));
        }
        match barest.get(key) {
            None if !field.may_be_absent => tell(denied("absent")),
            Some(Value::Null) if !field.may_be_null() => tell(denied("null")),
            Some(_) if field.may_be_absent => {
                tell("is declared as sometimes absent and always sent".to_owned());
            }
            Some(bare) if field.may_be_null() && !bare.is_null() => {
                tell("is declared as sometimes null and never is".to_owned());
            }
            _ => {}
        }
    }
    let sent = fullest.as_object().into_iter().flat_map(|it| it.keys());
    told.extend(
        sent.filter(|key| !declared.contains_key(*key))
            .map(|key| format!("{name}.{key} is sent and not declared")),
    );
    told
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "list",
        Value::Object(_) => "object",
    }
}

/// Returns the fields of `export interface name`, those of what it extends included.
fn fields(source: &str, name: &str) -> BTreeMap<String, Field> {
    let head = format!("export interface {name} ");
    let (_, rest) = source.split_once(&head).unwrap_or_else(|| panic!("types.ts declares no {name}"));
    let (parents, rest) = rest.split_once('{').expect("a body");
    let (body, _) = rest.split_once("\n}").expect("an end");
    let mut fields: BTreeMap<String, Field> =
        parents.trim().strip_prefix("extends ").map(|it| self::fields(source, it)).unwrap_or_default();
    for line in body.lines().map(str::trim).filter(|it| !it.is_empty() && !it.starts_with(['/', '*'])) {
        let (key, text) = line.split_once(": ").unwrap_or_else(|| panic!("{name}: cannot read {line}"));
        let (key, may_be_absent) = key.strip_suffix('?').map_or((key, false), |it| (it, true));
        fields.insert(key.to_owned(), Field { may_be_absent, text: text.trim_end_matches(';').to_owned() });
    }
    fields
}

/// Returns what `export type name` stands for.
fn alias(source: &str, name: &str) -> String {
    let found = source.split_once(&format!("export type {name} ="));
    let (text, _) = found.and_then(|(_, rest)| rest.split_once(';')).expect("types.ts declares it");
    text.to_owned()
}

/// Returns the words between double quotes.
fn quoted(text: &str) -> BTreeSet<String> {
    text.split('"').skip(1).step_by(2).map(str::to_owned).collect()
}

fn json<T: Serialize>(value: &T) -> Value {
    serde_json::to_value(value).expect("the engine's types are plain data")
}
