//! The function library: XPath 1.0 and ODK XForms. One table names every function, how many arguments it takes and
//! what it gives; each kind of result has its own way in, so that a number is never made by way of a text.

mod date;
mod digest;
mod geo;
mod nodes;
mod number;
mod odk;
mod pattern;
mod text;

pub(crate) use digest::{bytes_of_base64, is_algorithm};
pub(crate) use odk::uuid;
pub(crate) use pattern::pattern_of;

use std::borrow::Cow;

use super::eval::{self, Context};
use super::{Expr, Node, Value};

const ANY: usize = usize::MAX;

/// What kind of value an expression has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Gives {
    Boolean,
    Number,
    Text,
    Nodes,
    /// A date or a moment, or empty text.
    Time,
    /// It depends on the values.
    Any,
}

macro_rules! functions {
    ($($variant:ident $name:literal $least:tt..=$most:tt $gives:ident;)+) => {
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

            /// Returns the kind of its result.
            pub fn gives(self) -> Gives {
                match self { $(Function::$variant => Gives::$gives,)+ }
            }
        }
    };
}

functions! {
    // XPath 1.0
    Last "last" 0..=0 Number; Position "position" 0..=1 Number; Count "count" 1..=1 Number; Id "id" 1..=1 Nodes;
    LocalName "local-name" 0..=1 Text; NamespaceUri "namespace-uri" 0..=1 Text; Name "name" 0..=1 Text;
    Text "string" 0..=1 Text; Concat "concat" 0..=ANY Text; StartsWith "starts-with" 2..=2 Boolean;
    Contains "contains" 2..=2 Boolean; SubstringBefore "substring-before" 2..=2 Text;
    SubstringAfter "substring-after" 2..=2 Text; Substring "substring" 2..=3 Text;
    StringLength "string-length" 0..=1 Number; NormalizeSpace "normalize-space" 0..=1 Text;
    Translate "translate" 3..=3 Text; Boolean "boolean" 1..=1 Boolean; Not "not" 1..=1 Boolean;
    True "true" 0..=0 Boolean; False "false" 0..=0 Boolean; Lang "lang" 1..=1 Boolean; Number "number" 0..=1 Number;
    Sum "sum" 1..=1 Number; Floor "floor" 1..=1 Number; Ceiling "ceiling" 1..=1 Number; Round "round" 1..=2 Number;
    // ODK: text and choices
    If "if" 3..=3 Any; Coalesce "coalesce" 2..=ANY Text; Once "once" 1..=1 Text; EndsWith "ends-with" 2..=2 Boolean;
    Substr "substr" 2..=3 Text; Join "join" 1..=ANY Text; Regex "regex" 2..=2 Boolean;
    Selected "selected" 2..=2 Boolean; SelectedAt "selected-at" 2..=2 Text; CountSelected "count-selected" 1..=1 Number;
    ChoiceName "jr:choice-name" 2..=2 Text; Itext "jr:itext" 1..=1 Text;
    BooleanFromString "boolean-from-string" 1..=1 Boolean; Checklist "checklist" 2..=ANY Boolean;
    WeightedChecklist "weighted-checklist" 2..=ANY Boolean; CountNonEmpty "count-non-empty" 1..=1 Number;
    Digest "digest" 2..=3 Text; Base64Decode "base64-decode" 1..=1 Text; PullData "pulldata" 4..=4 Text;
    ExtractSigned "extract-signed" 2..=2 Text;
    // ODK: numbers
    Int "int" 1..=1 Number; Abs "abs" 1..=1 Number; Pow "pow" 2..=2 Number; Min "min" 1..=ANY Number;
    Max "max" 1..=ANY Number; Sqrt "sqrt" 1..=1 Number; Exp "exp" 1..=1 Number; Exp10 "exp10" 1..=1 Number;
    Log "log" 1..=1 Number; Log10 "log10" 1..=1 Number; Pi "pi" 0..=0 Number; Sin "sin" 1..=1 Number;
    Cos "cos" 1..=1 Number; Tan "tan" 1..=1 Number; Asin "asin" 1..=1 Number; Acos "acos" 1..=1 Number;
    Atan "atan" 1..=1 Number; Atan2 "atan2" 2..=2 Number;
    // ODK: dates
    Today "today" 0..=0 Time; Now "now" 0..=0 Time; Date "date" 1..=1 Time; DateTime "date-time" 1..=1 Time;
    DecimalDateTime "decimal-date-time" 1..=1 Number; DecimalTime "decimal-time" 1..=1 Number;
    FormatDate "format-date" 2..=2 Text; FormatDateTime "format-date-time" 2..=2 Text;
    // ODK: places
    Area "area" 1..=1 Number; Distance "distance" 1..=ANY Number; Geofence "geofence" 2..=2 Boolean;
    Intersects "intersects" 1..=1 Boolean;
    // ODK: nodes and chance
    Instance "instance" 1..=1 Nodes; IndexedRepeat "indexed-repeat" 3..=7 Nodes; Randomize "randomize" 1..=2 Nodes;
    Random "random" 0..=0 Number; Uuid "uuid" 0..=1 Text;
}

impl Function {
    /// Whether the call looks at the context node, position or size by itself.
    pub fn reads_context(self, n_arguments: usize) -> bool {
        match self {
            Function::Last | Function::Once | Function::Lang | Function::Id => true,
            Function::Position
            | Function::LocalName
            | Function::NamespaceUri
            | Function::Name
            | Function::Text
            | Function::StringLength
            | Function::NormalizeSpace
            | Function::Number => n_arguments == 0,
            _ => false,
        }
    }

    /// Whether the value changes with the clock.
    pub fn reads_clock(self) -> bool {
        matches!(self, Function::Today | Function::Now)
    }

    /// Whether the value is drawn by chance.
    pub fn draws(self) -> bool {
        matches!(self, Function::Random | Function::Uuid | Function::Randomize)
    }

    /// Whether an argument must be a node-set.
    pub fn wants_nodes(self, index: usize) -> bool {
        match self {
            Function::Count
            | Function::CountNonEmpty
            | Function::LocalName
            | Function::NamespaceUri
            | Function::Name
            | Function::Position
            | Function::Sum
            | Function::Randomize => index == 0,
            Function::IndexedRepeat => index == 0 || index % 2 == 1,
            _ => false,
        }
    }
}

/// Calls a function that gives a number. How many arguments there are was checked when the expression was read.
pub(super) fn number(function: Function, arguments: &[Expr], cx: &Context<'_>) -> f64 {
    let args = Arguments { exprs: arguments, cx: *cx };
    match function {
        Function::Last | Function::Position | Function::Count | Function::CountNonEmpty => {
            nodes::number(function, &args)
        }
        Function::StringLength | Function::CountSelected => text::number(function, &args),
        Function::DecimalDateTime | Function::DecimalTime => date::number(function, &args),
        Function::Area => geo::area(&args),
        Function::Distance => geo::distance(&args),
        _ => number::number(function, &args),
    }
}

/// Calls a function that gives a boolean.
pub(super) fn boolean(function: Function, arguments: &[Expr], cx: &Context<'_>) -> bool {
    let args = Arguments { exprs: arguments, cx: *cx };
    match function {
        Function::StartsWith
        | Function::EndsWith
        | Function::Contains
        | Function::Regex
        | Function::Selected => text::boolean(function, &args),
        Function::Lang => nodes::is_in_language(&args),
        Function::Geofence => geo::is_inside(&args),
        Function::Intersects => geo::intersects(&args),
        _ => odk::boolean(function, &args),
    }
}

/// Calls a function that gives text.
pub(super) fn text<'a>(function: Function, arguments: &'a [Expr], cx: &Context<'a>) -> Cow<'a, str> {
    let args = Arguments { exprs: arguments, cx: *cx };
    match function {
        Function::LocalName | Function::NamespaceUri | Function::Name => nodes::name(function, &args),
        Function::FormatDate | Function::FormatDateTime => Cow::Owned(date::format(&args)),
        Function::Coalesce
        | Function::Once
        | Function::ChoiceName
        | Function::Itext
        | Function::Digest
        | Function::PullData
        | Function::ExtractSigned
        | Function::Uuid => odk::text(function, &args),
        _ => text::text(function, &args),
    }
}

/// Calls a function that gives nodes.
pub(super) fn nodes(function: Function, arguments: &[Expr], cx: &Context<'_>, out: &mut Vec<Node>) {
    nodes::nodes(function, &Arguments { exprs: arguments, cx: *cx }, out);
}

/// Calls a function that gives a date or a moment.
pub(super) fn time(function: Function, arguments: &[Expr], cx: &Context<'_>) -> Value {
    date::time(function, &Arguments { exprs: arguments, cx: *cx })
}

/// The arguments of one call, evaluated when they are asked for.
struct Arguments<'a> {
    exprs: &'a [Expr],
    cx: Context<'a>,
}

impl<'a> Arguments<'a> {
    fn len(&self) -> usize {
        self.exprs.len()
    }

    fn gives(&self, index: usize) -> Gives {
        self.exprs.get(index).map_or(Gives::Text, Expr::gives)
    }

    fn value(&self, index: usize) -> Value {
        self.exprs.get(index).map_or_else(Value::empty, |it| eval::evaluate(it, &self.cx))
    }

    fn text(&self, index: usize) -> Cow<'a, str> {
        self.exprs.get(index).map_or(Cow::Borrowed(""), |it| eval::text(it, &self.cx))
    }

    /// Returns the argument as text, or the context node's text where it is left out.
    fn text_or_context(&self) -> Cow<'a, str> {
        if self.len() > 0 { self.text(0) } else { self.cx.world.text(self.cx.node) }
    }

    fn number(&self, index: usize) -> f64 {
        self.exprs.get(index).map_or(f64::NAN, |it| eval::number(it, &self.cx))
    }

    fn boolean(&self, index: usize) -> bool {
        self.exprs.get(index).is_some_and(|it| eval::boolean(it, &self.cx))
    }

    fn nodes(&self, index: usize) -> Vec<Node> {
        let mut found = Vec::new();
        if let Some(expr) = self.exprs.get(index) {
            eval::nodes(expr, &self.cx, &mut found);
        }
        found
    }

    fn first_node(&self, index: usize) -> Option<Node> {
        self.exprs.get(index).and_then(|it| eval::first_node(it, &self.cx))
    }

    /// Calls `visit` with the texts of all arguments from `first` on; a node-set gives one text a node.
    fn each_text(&self, first: usize, visit: &mut dyn FnMut(&str)) {
        for index in first..self.len() {
            match self.gives(index) {
                Gives::Nodes => {
                    self.nodes(index).into_iter().for_each(|it| visit(&self.cx.world.text(it)));
                }
                Gives::Any => match self.value(index) {
                    Value::Nodes(nodes) => nodes.into_iter().for_each(|it| visit(&self.cx.world.text(it))),
                    other => visit(&other.into_text(self.cx.world)),
                },
                _ => visit(&self.text(index)),
            }
        }
    }

    /// Calls `visit` with the numbers of all arguments; a node-set gives one a node.
    fn each_number(&self, visit: &mut dyn FnMut(f64)) {
        for index in 0..self.len() {
            match self.gives(index) {
                Gives::Nodes => {
                    self.nodes(index).into_iter().for_each(|it| visit(self.cx.world.number(it)));
                }
                Gives::Any => match self.value(index) {
                    Value::Nodes(nodes) => {
                        nodes.into_iter().for_each(|it| visit(self.cx.world.number(it)));
                    }
                    other => visit(other.to_number(self.cx.world)),
                },
                _ => visit(self.number(index)),
            }
        }
    }
}
