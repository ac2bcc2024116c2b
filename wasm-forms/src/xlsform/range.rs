//! The parameters of a range: start, end, step, ticks and their labels must fit together exactly.

use super::codes;
use super::parameters::Parameters;
use super::text::Text;
use super::tree::Node;

/// A decimal number as whole units of its last digit, so that 0.1 is exact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Decimal {
    units: i128,
    digits: u32,
}

impl Decimal {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (sign, rest) = match text.strip_prefix('-') {
            Some(rest) => (-1, rest),
            None => (1, text.strip_prefix('+').unwrap_or(text)),
        };
        let (whole, fraction) = rest.split_once('.').unwrap_or((rest, ""));
        let all = [whole, fraction].concat();
        let is_number = (1..=15).contains(&all.len()) && all.bytes().all(|it| it.is_ascii_digit());
        let units = is_number.then(|| all.parse::<i128>().ok()).flatten()?;
        Some(Self { units: sign * units, digits: fraction.len() as u32 })
    }

    fn is_whole(self) -> bool {
        self.units % 10_i128.pow(self.digits) == 0
    }
}

/// Returns the units of all numbers in the finest of them; absent if they are too far apart.
fn same_units(numbers: &[Decimal]) -> Option<Vec<i128>> {
    let digits = numbers.iter().map(|it| it.digits).max().unwrap_or(0);
    numbers.iter().map(|it| it.units.checked_mul(10_i128.checked_pow(digits - it.digits)?)).collect()
}

/// Checks the parameters and puts them on the control.
pub(super) fn apply(parameters: &mut Parameters<'_>, node: &mut Node) {
    const KEYS: [&str; 6] = ["end", "placeholder", "start", "step", "tick_interval", "tick_labelset"];
    parameters.accept(&KEYS);
    for (key, value) in [("start", "1"), ("end", "10"), ("step", "1")] {
        if parameters.get(key).is_none() {
            parameters.pairs.push((key.into(), value.into()));
        }
    }
    let appearance = node.control("appearance").unwrap_or_default();
    let has_ticks =
        ["tick_interval", "placeholder", "tick_labelset"].iter().any(|it| parameters.get(it).is_some());
    if has_ticks
        && !appearance.is_empty()
        && !appearance.contains("vertical")
        && !appearance.contains("no-ticks")
    {
        parameters.bad_range("appearance");
    }
    check(parameters);
    let decimals = parameters.pairs.iter().filter(|(key, _)| *key != "tick_labelset");
    if decimals.filter_map(|(_, value)| Decimal::parse(value)).any(|it| !it.is_whole()) {
        node.bind.retain(|(key, _)| *key != "type");
        node.bind.push(("type".into(), Text::Plain("decimal".into())));
    }
    for (key, value) in &parameters.pairs {
        match key.as_str() {
            "tick_interval" => node.set_control("odk:tick-interval", value),
            "placeholder" => node.set_control("odk:placeholder", value),
            "tick_labelset" => node.itemset = Some(value.to_string()),
            _ => node.set_control(key, value),
        }
    }
}

fn check(parameters: &mut Parameters<'_>) {
    let mut numbers: Vec<Option<Decimal>> = Vec::new();
    for key in ["start", "end", "step", "tick_interval", "placeholder"] {
        let number = parameters.get(key).map(Decimal::parse);
        if number == Some(None) {
            parameters.bad(key, "1.5");
        }
        numbers.push(number.flatten());
    }
    let (Some(start), Some(end), Some(step)) = (numbers[0], numbers[1], numbers[2]) else { return };
    let zero = Decimal { units: 0, digits: 0 };
    let all = [start, end, step, numbers[3].unwrap_or(zero), numbers[4].unwrap_or(zero)];
    let Some(units) = same_units(&all) else { return parameters.bad_range("step") };
    let [start, end, step, tick, placeholder] = units[..] else { return };
    let width = (end - start).abs();
    if step == 0 || step > width {
        parameters.bad_range("step");
        return;
    }
    if numbers[3].is_some() && (tick == 0 || tick > width || tick % step != 0) {
        parameters.bad_range("tick_interval");
    }
    let outside = placeholder < start.min(end) || placeholder > start.max(end);
    if numbers[4].is_some() && (outside || (placeholder - start) % step != 0) {
        parameters.bad_range("placeholder");
    }
}

/// Checks the list of tick labels: each is a number on a tick; without ticks only both ends have a label.
pub(super) fn labels_fit(node: &Node, names: &[&str]) -> bool {
    let numbers: Vec<Decimal> = ["start", "end", "step"]
        .iter()
        .filter_map(|it| node.control(it))
        .chain(node.control("odk:tick-interval"))
        .chain(names.iter().copied())
        .filter_map(Decimal::parse)
        .collect();
    let has_interval = node.control("odk:tick-interval").is_some();
    let first_label = if has_interval { 4 } else { 3 };
    if numbers.len() != first_label + names.len() {
        return false;
    }
    let Some(units) = same_units(&numbers) else { return false };
    let (start, end, interval) = (units[0], units[1], units[first_label - 1]);
    let labels = &units[first_label..];
    let on_tick = |it: &i128| {
        (start.min(end)..=start.max(end)).contains(it) && interval != 0 && (it - start) % interval == 0
    };
    let no_ticks = node.control("appearance").is_some_and(|it| it.contains("no-ticks"));
    let only_ends = labels.iter().all(|it| *it == start || *it == end);
    let both_ends = labels.contains(&start) && labels.contains(&end);
    labels.iter().all(on_tick) && (!no_ticks || (only_ends && both_ends))
}

impl Parameters<'_> {
    pub(super) fn bad_range(&mut self, key: &str) {
        let found = self.get(key).unwrap_or_default().to_owned();
        let params = [("parameter", key), ("found", found.as_str())];
        self.report.error(codes::BAD_RANGE, &self.row.at("parameters"), &params);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_exact() {
        let check = |text, expected: Option<(i128, u32)>| {
            assert_eq!(Decimal::parse(text).map(|it| (it.units, it.digits)), expected, "{text}");
        };
        check("1", Some((1, 0)));
        check("-0.25", Some((-25, 2)));
        check("+3.", Some((3, 0)));
        check("", None);
        check("-", None);
        check("1e5", None);
        check("1.2.3", None);
        check("inf", None);
    }

    #[test]
    fn labels_stand_on_ticks() {
        let check = |control: &[(&'static str, &'static str)], names: &[&str], expected: bool| {
            let mut node = Node::new("n", super::super::tree::Kind::Question);
            for (key, value) in [("start", "0"), ("end", "1"), ("step", "0.1")].iter().chain(control) {
                node.set_control(*key, *value);
            }
            assert_eq!(labels_fit(&node, names), expected, "{control:?} {names:?}");
        };
        check(&[], &["0", "0.3", "1.0"], true);
        check(&[], &["0.35"], false);
        check(&[], &["2"], false);
        check(&[], &["high"], false);
        check(&[("odk:tick-interval", "0.5")], &["0.5"], true);
        check(&[("odk:tick-interval", "0.5")], &["0.4"], false);
        check(&[("appearance", "no-ticks")], &["0", "1"], true);
        check(&[("appearance", "no-ticks")], &["0"], false);
        check(&[("appearance", "no-ticks")], &["0", "0.5", "1"], false);
    }
}
