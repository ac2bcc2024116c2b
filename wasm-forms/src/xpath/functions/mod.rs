//! The function library: XPath 1.0 and ODK XForms. One table names every function and how many arguments it takes.

mod date;
mod nodes;
mod number;
mod odk;
mod text;

pub(crate) use odk::uuid;
pub(crate) use text::pattern_of;

use super::eval::{Context, evaluate};
use super::{Expr, Value};

const ANY: usize = usize::MAX;

macro_rules! functions {
    ($($variant:ident $name:literal $least:tt..=$most:tt;)+) => {
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Function { $($variant,)+ }

        impl Function {
            pub const NAMES: &'static [&'static str] = &[$($name,)+];

            pub fn by_name(name: &str) -> Option<Function> {
                match name { $($name => Some(Function::$variant),)+ _ => None }
            }

            pub fn name(self) -> &'static str {
                match self { $(Function::$variant => $name,)+ }
            }

            /// Returns the least and the most arguments.
            pub fn arity(self) -> (usize, usize) {
                match self { $(Function::$variant => ($least, $most),)+ }
            }
        }
    };
}

functions! {
    // XPath 1.0
    Last "last" 0..=0; Position "position" 0..=1; Count "count" 1..=1; LocalName "local-name" 0..=1; Name "name" 0..=1;
    Text "string" 0..=1; Concat "concat" 0..=ANY; StartsWith "starts-with" 2..=2; Contains "contains" 2..=2;
    SubstringBefore "substring-before" 2..=2; SubstringAfter "substring-after" 2..=2; Substring "substring" 2..=3;
    StringLength "string-length" 0..=1; NormalizeSpace "normalize-space" 0..=1; Translate "translate" 3..=3;
    Boolean "boolean" 1..=1; Not "not" 1..=1; True "true" 0..=0; False "false" 0..=0;
    Number "number" 0..=1; Sum "sum" 1..=1; Floor "floor" 1..=1; Ceiling "ceiling" 1..=1; Round "round" 1..=2;
    // ODK: text and choices
    If "if" 3..=3; Coalesce "coalesce" 2..=ANY; Once "once" 1..=1; EndsWith "ends-with" 2..=2; Substr "substr" 2..=3;
    Join "join" 2..=ANY; Regex "regex" 2..=2; Selected "selected" 2..=2; SelectedAt "selected-at" 2..=2;
    CountSelected "count-selected" 1..=1; ChoiceName "jr:choice-name" 2..=2; Itext "jr:itext" 1..=1;
    BooleanFromString "boolean-from-string" 1..=1; Checklist "checklist" 2..=ANY; WeightedChecklist "weighted-checklist" 2..=ANY;
    CountNonEmpty "count-non-empty" 1..=1; Digest "digest" 2..=3;
    // ODK: numbers
    Int "int" 1..=1; Abs "abs" 1..=1; Pow "pow" 2..=2; Min "min" 1..=ANY; Max "max" 1..=ANY; Sqrt "sqrt" 1..=1;
    Exp "exp" 1..=1; Exp10 "exp10" 1..=1; Log "log" 1..=1; Log10 "log10" 1..=1; Pi "pi" 0..=0; Sin "sin" 1..=1; Cos "cos" 1..=1;
    Tan "tan" 1..=1; Asin "asin" 1..=1; Acos "acos" 1..=1; Atan "atan" 1..=1; Atan2 "atan2" 2..=2;
    // ODK: dates
    Today "today" 0..=0; Now "now" 0..=0; Date "date" 1..=1; DateTime "date-time" 1..=1; DecimalDateTime "decimal-date-time" 1..=1;
    DecimalTime "decimal-time" 1..=1; FormatDate "format-date" 2..=2; FormatDateTime "format-date-time" 2..=2;
    // ODK: nodes and chance
    IndexedRepeat "indexed-repeat" 3..=7; Randomize "randomize" 1..=2; Random "random" 0..=0; Uuid "uuid" 0..=1;
}

impl Function {
    /// Whether the call looks at the context node, position or size by itself.
    pub fn reads_context(self, n_arguments: usize) -> bool {
        match self {
            Function::Last | Function::Once => true,
            Function::Position
            | Function::LocalName
            | Function::Name
            | Function::Text
            | Function::StringLength
            | Function::NormalizeSpace
            | Function::Number => n_arguments == 0,
            _ => false,
        }
    }

    /// Whether the value is true or false.
    pub fn is_truth(self) -> bool {
        matches!(
            self,
            Function::Boolean
                | Function::Not
                | Function::True
                | Function::False
                | Function::StartsWith
                | Function::EndsWith
                | Function::Contains
                | Function::Regex
                | Function::Selected
                | Function::BooleanFromString
                | Function::Checklist
                | Function::WeightedChecklist
        )
    }

    /// Whether the value changes with the clock.
    pub fn reads_clock(self) -> bool {
        matches!(self, Function::Today | Function::Now)
    }

    /// Whether the value is drawn by chance.
    pub fn draws(self) -> bool {
        matches!(self, Function::Random | Function::Uuid | Function::Randomize)
    }
}

/// Evaluates a call. Arity was checked when the expression was read.
pub(crate) fn call(function: Function, arguments: &[Expr], cx: &Context<'_>) -> Value {
    let args = Arguments { exprs: arguments, cx };
    text::call(function, &args)
        .or_else(|| number::call(function, &args))
        .or_else(|| date::call(function, &args))
        .or_else(|| nodes::call(function, &args))
        .or_else(|| odk::call(function, &args))
        .unwrap_or_else(Value::empty)
}

/// The arguments of one call, evaluated when they are asked for.
struct Arguments<'a> {
    exprs: &'a [Expr],
    cx: &'a Context<'a>,
}

impl Arguments<'_> {
    fn len(&self) -> usize {
        self.exprs.len()
    }

    fn value(&self, index: usize) -> Value {
        self.exprs.get(index).map_or_else(Value::empty, |it| evaluate(it, self.cx))
    }

    fn text(&self, index: usize) -> String {
        self.value(index).into_text(self.cx.world)
    }

    /// Returns the argument as text, or the context node's text where it is left out.
    fn text_or_context(&self, index: usize) -> String {
        if index < self.len() { self.text(index) } else { self.cx.world.text(self.cx.node).into_owned() }
    }

    fn number(&self, index: usize) -> f64 {
        self.value(index).to_number(self.cx.world)
    }

    fn boolean(&self, index: usize) -> bool {
        self.value(index).to_boolean()
    }

    /// Returns the texts of all arguments from `first` on; a node-set gives one text a node.
    fn texts(&self, first: usize) -> Vec<String> {
        let world = self.cx.world;
        (first..self.len())
            .flat_map(|index| match self.value(index) {
                Value::Nodes(nodes) => nodes.into_iter().map(|it| world.text(it).into_owned()).collect(),
                other => vec![other.into_text(world)],
            })
            .collect()
    }
}
