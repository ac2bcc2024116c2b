//! The parameters column: `key=value` pairs, and what each question type makes of them.

use super::codes;
use super::columns::Row;
use super::expression::only_reference;
use super::nearest::nearest_name;
use super::range;
use super::report::Report;
use super::shared::Shared;
use super::text::{is_name, yes_no};
use super::tree::{Action, Event, Node};

/// Pairs in order; a key stands once.
pub(super) type Pairs = Vec<(Shared, Shared)>;

/// Reads the column; `None` if it does not consist of pairs.
pub(super) fn parse(text: &str) -> Option<Pairs> {
    let mut pairs = Pairs::new();
    let spaced = text.replace('=', " = ");
    let mut words =
        spaced.split(|c: char| c.is_whitespace() || c == ',' || c == ';').filter(|it| !it.is_empty());
    while let Some(key) = words.next() {
        let (equals, value) = (words.next()?, words.next()?);
        if equals != "=" || key == "=" || value == "=" {
            return None;
        }
        let key = key.to_lowercase();
        let keeps_case = key == "label" || key == "value" || value.contains("${");
        let value = if keeps_case { value.to_owned() } else { value.to_lowercase() };
        super::tree::set(&mut pairs, key.into(), value.into());
    }
    Some(pairs)
}

/// One row's parameters while they are being used.
pub(super) struct Parameters<'a> {
    pub pairs: Pairs,
    pub row: &'a Row,
    pub report: &'a mut Report,
}

impl Parameters<'_> {
    pub(super) fn get(&self, key: &str) -> Option<&str> {
        self.pairs.iter().find(|(it, _)| *it == key).map(|(_, value)| value.as_str())
    }

    pub(super) fn bad(&mut self, key: &str, wanted: &str) {
        let found = self.get(key).unwrap_or_default().to_owned();
        let params = [("parameter", key), ("found", found.as_str()), ("wanted", wanted)];
        self.report.error(codes::BAD_PARAMETER, &self.row.at("parameters"), &params);
    }

    pub(super) fn accept(&mut self, accepted: &[&str]) {
        for (key, _) in &self.pairs {
            if !accepted.contains(&key.as_str()) {
                let meant = nearest_name(key, accepted.iter().copied()).unwrap_or_default();
                let wanted = accepted.join(", ");
                let params = [("parameter", key.as_str()), ("nearest", meant), ("wanted", wanted.as_str())];
                self.report.error(codes::UNKNOWN_PARAMETER, &self.row.at("parameters"), &params);
            }
        }
    }

    fn one_of(&mut self, key: &str, accepted: &[&str]) -> Option<String> {
        let value = self.get(key)?.to_owned();
        if !accepted.contains(&value.as_str()) {
            self.bad(key, &accepted.join(", "));
        }
        Some(value)
    }

    fn number(&mut self, key: &str) -> Option<String> {
        let value = self.get(key)?.to_owned();
        if value.parse::<f64>().is_err() {
            self.bad(key, "1.5");
        }
        Some(value)
    }

    fn integer(&mut self, key: &str) -> Option<String> {
        let value = self.get(key)?.to_owned();
        if value.parse::<i64>().is_err() {
            self.bad(key, "1");
        }
        Some(value)
    }

    /// Applies the parameters of a question that has no choices to its node.
    pub(super) fn apply(&mut self, node: &mut Node) {
        match node.question_type {
            "text" => {
                self.accept(&["rows"]);
                self.integer("rows").into_iter().for_each(|it| node.set_control("rows", it));
            }
            "image" => self.image(node),
            "audio" => {
                self.accept(&["quality"]);
                let quality = self.one_of("quality", &["voice-only", "low", "normal", "external"]);
                quality.into_iter().for_each(|it| node.set_bind("odk:quality", it));
            }
            "background-audio" => {
                self.accept(&["quality"]);
                let quality = self.one_of("quality", &["voice-only", "low", "normal"]);
                let attributes = quality.map(|it| ("odk:quality".into(), it.into())).into_iter().collect();
                let action = Action { name: "odk:recordaudio", event: Event::Load, value: None, attributes };
                node.actions.push(action);
            }
            "geopoint" | "geotrace" | "geoshape" => self.location(node),
            "audit" => self.audit(node),
            "range" => range::apply(self, node),
            _ => {}
        }
    }

    fn image(&mut self, node: &mut Node) {
        self.accept(&["app", "max-pixels"]);
        self.integer("max-pixels").into_iter().for_each(|it| node.set_bind("orx:max-pixels", it));
        let own_app = matches!(node.control("appearance"), None | Some("annotate"));
        if let Some(app) = self.get("app").filter(|_| own_app).map(str::to_owned) {
            let is_segment = |it: &str| {
                it.starts_with(|c: char| c.is_ascii_alphabetic())
                    && it.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
            };
            if !app.contains('.') || !app.split('.').all(is_segment) {
                self.bad("app", "org.example.camera");
            }
            node.set_control("intent", app);
        }
    }

    fn location(&mut self, node: &mut Node) {
        if node.question_type == "geopoint" {
            self.accept(&[
                "allow-mock-accuracy",
                "capture-accuracy",
                "reference-geometry",
                "warning-accuracy",
            ]);
            self.number("capture-accuracy")
                .into_iter()
                .for_each(|it| node.set_control("accuracyThreshold", it));
            let warning = self.number("warning-accuracy");
            warning.into_iter().for_each(|it| node.set_control("unacceptableAccuracyThreshold", it));
        } else {
            self.accept(&["allow-mock-accuracy", "incremental", "reference-geometry"]);
            if let Some(value) = self.get("incremental").map(str::to_owned) {
                if yes_no(&value) != Some(true) {
                    self.bad("incremental", "true");
                }
                node.set_control("incremental", "true");
            }
        }
        let mock = self.one_of("allow-mock-accuracy", &["true", "false"]);
        mock.into_iter().for_each(|it| node.set_bind("odk:allow-mock-accuracy", it));
        node.itemset = self.get("reference-geometry").map(str::to_owned);
    }

    fn audit(&mut self, node: &mut Node) {
        const LOCATION: [&str; 3] = ["location-priority", "location-min-interval", "location-max-age"];
        self.accept(&[&LOCATION[..], &["track-changes", "track-changes-reasons", "identify-user"]].concat());
        for key in ["track-changes", "identify-user"] {
            let value = self.one_of(key, &["true", "false"]);
            value.into_iter().for_each(|it| node.set_bind(format!("odk:{key}"), it));
        }
        let reasons = self.one_of("track-changes-reasons", &["on-form-edit"]);
        reasons.into_iter().for_each(|it| node.set_bind("odk:track-changes-reasons", it));
        if LOCATION.iter().all(|it| self.get(it).is_none()) {
            return;
        }
        for key in LOCATION {
            if self.get(key).is_none() {
                let at = self.row.at("parameters");
                self.report.error(codes::MISSING_PARAMETER, &at, &[("parameter", key)]);
            }
        }
        let priority = self.one_of(LOCATION[0], &["no-power", "low-power", "balanced", "high-accuracy"]);
        let (interval, age) = (self.integer(LOCATION[1]), self.integer(LOCATION[2]));
        let seconds = |it: &Option<String>| it.as_ref().and_then(|it| it.parse::<i64>().ok());
        if seconds(&interval).is_some_and(|it| it < 0) {
            self.bad(LOCATION[1], "0");
        }
        if seconds(&age).is_some_and(|it| it < seconds(&interval).unwrap_or(0).max(0)) {
            self.bad(LOCATION[2], interval.as_deref().unwrap_or("0"));
        }
        for (key, value) in LOCATION.iter().zip([priority, interval, age]) {
            value.into_iter().for_each(|it| node.set_bind(format!("odk:{key}"), it));
        }
    }

    /// Checks the parameters of a question with choices.
    pub(super) fn check_select(&mut self, from_file: bool) {
        if from_file {
            self.accept(&["label", "randomize", "seed", "value"]);
            for key in ["label", "value"] {
                if self.get(key).is_some_and(|it| !is_name(it)) {
                    self.bad(key, "name");
                }
            }
        } else {
            self.accept(&["randomize", "seed"]);
        }
        if self.get("randomize").is_some() {
            self.one_of("randomize", &["true", "false"]);
            let is_seed = |it: &str| only_reference(it).is_some() || it.parse::<f64>().is_ok();
            if self.get("seed").is_some_and(|it| !is_seed(it)) {
                self.bad("seed", "123, ${name}");
            }
        } else if self.get("seed").is_some() {
            let at = self.row.at("parameters");
            self.report.error(codes::MISSING_PARAMETER, &at, &[("parameter", "randomize=true")]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn reads_pairs() {
        let check = |text, expected: Option<&[(&str, &str)]>| {
            let found = parse(text);
            let found =
                found.as_ref().map(|it| it.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect::<Vec<_>>());
            assert_eq!(found.as_deref(), expected, "{text}");
        };
        check("max-pixels=1280", Some(&[("max-pixels", "1280")]));
        check("Start = 1, end=5; step=0.5", Some(&[("start", "1"), ("end", "5"), ("step", "0.5")]));
        check("value=Code randomize=TRUE", Some(&[("value", "Code"), ("randomize", "true")]));
        check("seed=${Seed}", Some(&[("seed", "${Seed}")]));
        check("rows", None);
        check("rows=", None);
        check("a==b", None);
    }
}
