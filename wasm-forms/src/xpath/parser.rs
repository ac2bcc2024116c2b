//! Tokens to expressions, by precedence (XPath 1.0, section 3).

use super::ast::{Axis, Comparison, Expr, Lookup, Name, Operator, Path, Predicate, Start, Step, Test};
use super::functions::{Function, Gives};
use super::lexer::{Located, Symbol, Token, tokenize};

/// Deepest nesting of an expression; more is refused instead of exhausting the stack.
const MAX_DEPTH: usize = 80;
/// Most binary operators in one expression: each may nest the tree one deeper.
const MAX_OPERATORS: usize = 1000;

const OPEN: Symbol = Symbol::of("(");
const AXIS: Symbol = Symbol::of("::");

/// Why a text is no expression.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ParseError {
    #[error("expected {wanted} at character {at}")]
    Expected { wanted: &'static str, at: usize },
    #[error("unknown function {name} at character {at}")]
    UnknownFunction { name: String, at: usize },
    #[error("{name}() takes {wanted} arguments, found {found}, at character {at}")]
    Arguments { name: &'static str, found: usize, wanted: String, at: usize },
    #[error("nested too deeply")]
    TooDeep,
}

impl ParseError {
    pub(crate) fn expected(wanted: &'static str, at: usize) -> Self {
        Self::Expected { wanted, at }
    }

    /// Counts the place in characters, which was found in bytes.
    fn in_characters(mut self, source: &str) -> Self {
        match &mut self {
            Self::Expected { at, .. } | Self::UnknownFunction { at, .. } | Self::Arguments { at, .. } => {
                let begun = source.char_indices().take_while(|(start, _)| start <= at).count();
                *at = if *at < source.len() { begun - 1 } else { begun };
            }
            Self::TooDeep => {}
        }
        self
    }
}

/// Reads an expression all parts of which can be evaluated.
pub(crate) fn parse(source: &str) -> Result<Expr, ParseError> {
    let (expr, problem) = read(source)?;
    problem.map_or(Ok(expr), Err)
}

/// Reads an expression; calls of what does not exist stay in it as [`Expr::Wrong`], because they do no harm where
/// they are never reached: `false() and nonsense()` is false.
#[cfg(any(test, feature = "expression"))]
pub(crate) fn parse_in_spite(source: &str) -> Result<Expr, ParseError> {
    read(source).map(|(expr, _)| expr)
}

/// Returns the expression and the first of the calls in it that cannot be evaluated.
fn read(source: &str) -> Result<(Expr, Option<ParseError>), ParseError> {
    let whole = |tokens| {
        let mut parser = Parser { source, tokens, at: 0, depth: 0, n_operators: 0, problem: None };
        let expr = parser.or()?;
        match parser.tokens.get(parser.at) {
            None => Ok((expr, parser.problem)),
            Some((_, at)) => Err(ParseError::expected("an operator or the end", *at)),
        }
    };
    tokenize(source).and_then(whole).map_err(|it| it.in_characters(source))
}

/// Places are bytes; [`read`] makes them characters.
struct Parser<'a> {
    source: &'a str,
    tokens: Vec<Located<'a>>,
    at: usize,
    depth: usize,
    n_operators: usize,
    /// The first call that cannot be evaluated.
    problem: Option<ParseError>,
}

impl<'a> Parser<'a> {
    fn or(&mut self) -> Result<Expr, ParseError> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(ParseError::TooDeep);
        }
        let mut left = self.and()?;
        while self.take_name("or") {
            self.count_operator()?;
            left = Expr::Or(Box::new(left), Box::new(self.and()?));
        }
        self.depth -= 1;
        Ok(left)
    }

    fn count_operator(&mut self) -> Result<(), ParseError> {
        self.n_operators += 1;
        if self.n_operators > MAX_OPERATORS { Err(ParseError::TooDeep) } else { Ok(()) }
    }

    fn and(&mut self) -> Result<Expr, ParseError> {
        let mut left = self.equality()?;
        while self.take_name("and") {
            self.count_operator()?;
            left = Expr::And(Box::new(left), Box::new(self.equality()?));
        }
        Ok(left)
    }

    fn equality(&mut self) -> Result<Expr, ParseError> {
        let mut left = self.relation()?;
        loop {
            let comparison = if self.take("=") {
                Comparison::Equal
            } else if self.take("!=") {
                Comparison::NotEqual
            } else {
                return Ok(left);
            };
            self.count_operator()?;
            left = Expr::Compare(comparison, Box::new(left), Box::new(self.relation()?));
        }
    }

    fn relation(&mut self) -> Result<Expr, ParseError> {
        let mut left = self.sum()?;
        loop {
            let comparison = if self.take("<=") {
                Comparison::LessOrEqual
            } else if self.take(">=") {
                Comparison::GreaterOrEqual
            } else if self.take("<") {
                Comparison::Less
            } else if self.take(">") {
                Comparison::Greater
            } else {
                return Ok(left);
            };
            self.count_operator()?;
            left = Expr::Compare(comparison, Box::new(left), Box::new(self.sum()?));
        }
    }

    fn sum(&mut self) -> Result<Expr, ParseError> {
        let mut left = self.product()?;
        loop {
            let operator = if self.take("+") {
                Operator::Add
            } else if self.take("-") {
                Operator::Subtract
            } else {
                return Ok(left);
            };
            self.count_operator()?;
            left = Expr::Arithmetic(operator, Box::new(left), Box::new(self.product()?));
        }
    }

    fn product(&mut self) -> Result<Expr, ParseError> {
        let mut left = self.unary()?;
        loop {
            let operator = if self.take_name("*") {
                Operator::Multiply
            } else if self.take_name("div") {
                Operator::Divide
            } else if self.take_name("mod") {
                Operator::Modulo
            } else {
                return Ok(left);
            };
            self.count_operator()?;
            left = Expr::Arithmetic(operator, Box::new(left), Box::new(self.unary()?));
        }
    }

    fn unary(&mut self) -> Result<Expr, ParseError> {
        let mut negations = 0;
        while self.take("-") {
            self.count_operator()?;
            negations += 1;
        }
        let inner = self.union()?;
        Ok((0..negations).fold(inner, |it, _| Expr::Negate(Box::new(it))))
    }

    fn union(&mut self) -> Result<Expr, ParseError> {
        let mut left = self.path()?;
        while self.take("|") {
            self.count_operator()?;
            left = Expr::Union(Box::new(left), Box::new(self.path()?));
        }
        Ok(left)
    }

    fn path(&mut self) -> Result<Expr, ParseError> {
        if self.is_primary() {
            return self.filter();
        }
        if self.take("//") {
            let mut steps = vec![Self::any_depth()];
            self.steps(&mut steps)?;
            return Ok(path(Start::Root, steps));
        }
        if self.take("/") {
            let mut steps = Vec::new();
            if self.starts_step() {
                self.steps(&mut steps)?;
            }
            return Ok(path(Start::Root, steps));
        }
        let mut steps = Vec::new();
        self.steps(&mut steps)?;
        Ok(path(Start::Context, steps))
    }

    /// A literal, number, call or parenthesis, with what may follow it.
    fn filter(&mut self) -> Result<Expr, ParseError> {
        let base = self.primary()?;
        let predicates = self.predicates()?;
        let mut steps = Vec::new();
        if self.take("//") {
            steps.push(Self::any_depth());
            self.steps(&mut steps)?;
        } else if self.take("/") {
            self.steps(&mut steps)?;
        }
        Ok(match base {
            Expr::Path(Path { start, steps: none, .. }) if none.is_empty() && predicates.is_empty() => {
                path(start, steps)
            }
            base if predicates.is_empty() && steps.is_empty() => base,
            base => Expr::Filter { base: Box::new(base), predicates, steps },
        })
    }

    fn primary(&mut self) -> Result<Expr, ParseError> {
        match self.next() {
            Some(Token::Number(it)) => Ok(Expr::Number(it)),
            Some(Token::Text(it)) => Ok(Expr::Text(it.into())),
            Some(Token::Symbol(OPEN)) => {
                let inner = self.or()?;
                self.expect(")")?;
                Ok(inner)
            }
            Some(Token::Name(name)) => {
                let at = self.tokens[self.at - 1].1;
                self.expect("(")?;
                self.call(name, at)
            }
            _ => Err(ParseError::expected("a value", self.here().saturating_sub(1))),
        }
    }

    fn call(&mut self, name: &str, at: usize) -> Result<Expr, ParseError> {
        let mut arguments = Vec::new();
        let mut places = Vec::new();
        if !self.take(")") {
            loop {
                places.push(self.here());
                arguments.push(self.or()?);
                if self.take(")") {
                    break;
                }
                self.expect(",")?;
            }
        }
        match (name, arguments.as_slice()) {
            ("current", []) => return Ok(path(Start::Current, Vec::new())),
            ("instance", [Expr::Text(id)]) => {
                return Ok(path(Start::Instance { id: id.clone(), number: None }, Vec::new()));
            }
            _ => {}
        }
        match self::call(name, &arguments, at, &places) {
            Ok(function) => Ok(Expr::Call(function, arguments)),
            Err(problem) => {
                let problem = problem.in_characters(self.source);
                self.problem.get_or_insert_with(|| problem.clone());
                Ok(Expr::Wrong(Box::new(problem)))
            }
        }
    }

    fn steps(&mut self, steps: &mut Vec<Step>) -> Result<(), ParseError> {
        loop {
            let step = self.step()?;
            steps.push(step);
            if self.take("//") {
                steps.push(Self::any_depth());
            } else if !self.take("/") {
                return Ok(());
            }
        }
    }

    fn step(&mut self) -> Result<Step, ParseError> {
        let at = self.here();
        if self.take("..") {
            return self.finish_step(Axis::Parent, Test::Node);
        }
        if self.take(".") {
            return self.finish_step(Axis::Itself, Test::Node);
        }
        if self.take("@") {
            let test = self.test()?;
            return self.finish_step(Axis::Attribute, test);
        }
        if let (Some(Token::Name(name)), Some(Token::Symbol(AXIS))) = (self.peek(0), self.peek(1)) {
            let axis = axis(name).ok_or_else(|| ParseError::expected("an axis", at))?;
            self.at += 2;
            let test = self.test()?;
            return self.finish_step(axis, test);
        }
        let test = self.test()?;
        self.finish_step(Axis::Child, test)
    }

    fn finish_step(&mut self, axis: Axis, test: Test) -> Result<Step, ParseError> {
        Ok(Step { axis, test, predicates: self.predicates()? })
    }

    fn test(&mut self) -> Result<Test, ParseError> {
        let at = self.here();
        let Some(Token::Name(name)) = self.next() else { return Err(ParseError::expected("a name", at)) };
        if is_node_type(name) && self.take("(") {
            let test = match name {
                "node" => Test::Node,
                "text" => Test::Text,
                "comment" => Test::Comment,
                _ => Test::Instruction(self.take_text()),
            };
            self.expect(")")?;
            return Ok(test);
        }
        Ok(if name == "*" { Test::Any } else { Test::Name(Name::parse(name)) })
    }

    fn predicates(&mut self) -> Result<Vec<Predicate>, ParseError> {
        let mut predicates = Vec::new();
        while self.take("[") {
            let expr = self.or()?;
            self.expect("]")?;
            let lookup = lookup(&expr);
            predicates.push(Predicate { expr, lookup });
        }
        Ok(predicates)
    }

    fn any_depth() -> Step {
        Step { axis: Axis::DescendantOrSelf, test: Test::Node, predicates: Vec::new() }
    }

    /// Whether what follows is a value rather than a step: a call is a value unless it is a node test.
    fn is_primary(&self) -> bool {
        match self.peek(0) {
            Some(Token::Number(_) | Token::Text(_) | Token::Symbol(OPEN)) => true,
            Some(Token::Name(name)) => {
                !is_node_type(name) && matches!(self.peek(1), Some(Token::Symbol(OPEN)))
            }
            _ => false,
        }
    }

    fn starts_step(&self) -> bool {
        const BEGINNINGS: [Symbol; 3] = [Symbol::of("."), Symbol::of(".."), Symbol::of("@")];
        match self.peek(0) {
            Some(Token::Name(_)) => true,
            Some(Token::Symbol(it)) => BEGINNINGS.contains(&it),
            _ => false,
        }
    }

    fn peek(&self, ahead: usize) -> Option<Token<'a>> {
        self.tokens.get(self.at + ahead).map(|(token, _)| *token)
    }

    fn here(&self) -> usize {
        self.tokens.get(self.at).map_or(self.source.len(), |(_, at)| *at)
    }

    fn next(&mut self) -> Option<Token<'a>> {
        let token = self.peek(0);
        self.at += 1;
        token
    }

    #[inline]
    fn take(&mut self, symbol: &str) -> bool {
        let found = matches!(self.peek(0), Some(Token::Symbol(it)) if it == Symbol::of(symbol));
        self.at += usize::from(found);
        found
    }

    /// Takes an operator that is spelt like a name.
    fn take_name(&mut self, name: &str) -> bool {
        let found = matches!(self.peek(0), Some(Token::Name(it)) if it == name);
        self.at += usize::from(found);
        found
    }

    fn take_text(&mut self) -> Option<Box<str>> {
        let Some(Token::Text(text)) = self.peek(0) else { return None };
        self.at += 1;
        Some(text.into())
    }

    fn expect(&mut self, symbol: &'static str) -> Result<(), ParseError> {
        let at = self.here();
        if self.take(symbol) { Ok(()) } else { Err(ParseError::expected(symbol, at)) }
    }
}

/// Returns the function of a call, or what is wrong with the call.
fn call(name: &str, arguments: &[Expr], at: usize, places: &[usize]) -> Result<Function, ParseError> {
    let function =
        Function::by_name(name).ok_or_else(|| ParseError::UnknownFunction { name: name.to_owned(), at })?;
    let name = function.name();
    let (least, most) = function.arity();
    if arguments.len() < least || arguments.len() > most {
        let wanted = match most {
            usize::MAX => format!("{least} or more"),
            _ if least == most => least.to_string(),
            _ => format!("{least} to {most}"),
        };
        return Err(ParseError::Arguments { name, found: arguments.len(), wanted, at });
    }
    let is_no_node_set =
        |it: &Expr| !matches!(it.gives(), Gives::Nodes | Gives::Any) && !matches!(it, Expr::Wrong(_));
    let wrong = (0..arguments.len()).find(|it| function.wants_nodes(*it) && is_no_node_set(&arguments[*it]));
    wrong.map_or(Ok(function), |it| Err(ParseError::expected("a path", places[it])))
}

fn is_node_type(name: &str) -> bool {
    matches!(name, "node" | "text" | "comment" | "processing-instruction")
}

fn path(start: Start, steps: Vec<Step>) -> Expr {
    Expr::Path(Path { start, steps, fixed: None })
}

fn axis(name: &str) -> Option<Axis> {
    Some(match name {
        "child" => Axis::Child,
        "parent" => Axis::Parent,
        "self" => Axis::Itself,
        "attribute" => Axis::Attribute,
        "descendant" => Axis::Descendant,
        "descendant-or-self" => Axis::DescendantOrSelf,
        "ancestor" => Axis::Ancestor,
        "ancestor-or-self" => Axis::AncestorOrSelf,
        "following" => Axis::Following,
        "following-sibling" => Axis::FollowingSibling,
        "preceding" => Axis::Preceding,
        "namespace" => Axis::Namespace,
        "preceding-sibling" => Axis::PrecedingSibling,
        _ => return None,
    })
}

/// Recognises `column = value` and `value = column`, alone or as one of several conditions that must all hold. Where
/// positions are asked for, all rows are wanted.
fn lookup(expr: &Expr) -> Option<Lookup> {
    match expr {
        Expr::Compare(Comparison::Equal, left, right) => {
            lookup_in(left, right).or_else(|| lookup_in(right, left))
        }
        Expr::And(left, right) if !asks_for_position(expr) => lookup(left).or_else(|| lookup(right)),
        _ => None,
    }
}

fn lookup_in(column: &Expr, value: &Expr) -> Option<Lookup> {
    let Expr::Path(Path { start: Start::Context, steps, .. }) = column else { return None };
    let [Step { axis: Axis::Child, test: Test::Name(name), predicates }] = steps.as_slice() else {
        return None;
    };
    (predicates.is_empty() && !value.looks_at_context())
        .then(|| Lookup { column: name.written().into(), value: Box::new(value.clone()) })
}

fn asks_for_position(expr: &Expr) -> bool {
    let mut found = false;
    expr.walk(&mut |it| found |= matches!(it, Expr::Call(Function::Position | Function::Last, _)));
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(source: &str, expected: Result<(), &str>) {
        assert_eq!(
            parse(source).map(|_| ()).map_err(|it| it.to_string()),
            expected.map_err(str::to_owned),
            "{source}"
        );
    }

    #[test]
    fn reads_what_forms_contain() {
        for source in [
            "instance('residents')/root/item[name= /data/pick/resident ]/full_name",
            ". >= 1 and . <= 9",
            "if( /data/a  = '', '', number(format-date(today(), '%Y')) - 3)",
            "not(selected(., 'none') and count-selected(.) > 1)",
            "../../../h_kind != ''",
            "count( /data/party [p_willing = 'no'])",
            "-5 div 2 mod 3 * -1",
            "//item[1]/@name | /data//x",
            "child::a/descendant-or-self::node()/text()",
            "once(string(int(random() * 9000) + 1000))",
            "/data/div-2/and",
            "1div2 and/data/and2 or 3mod 2",
            "comment() | processing-instruction('x') | p:*",
        ] {
            check(source, Ok(()));
        }
    }

    #[test]
    fn says_what_is_wrong() {
        check("1 +", Err("expected a name at character 3"));
        check("'a", Err("expected a closing quotation mark at character 0"));
        check("1 + nope(1)", Err("unknown function nope at character 4"));
        check("false() and nope(1)", Err("unknown function nope at character 12"));
        check("not()", Err("not() takes 1 arguments, found 0, at character 0"));
        check("count('a')", Err("expected a path at character 6"));
        check("indexed-repeat(/a/b/c, /a/b, 1, 2, 3)", Err("expected a path at character 32"));
        check("(1", Err("expected ) at character 2"));
        check("1 2", Err("expected an operator or the end at character 2"));
        check(&"(".repeat(100_000), Err("nested too deeply"));
        check(&"1+".repeat(100_000), Err("nested too deeply"));
        check(&"-".repeat(100_000), Err("nested too deeply"));
    }

    #[test]
    fn an_equality_on_a_column_is_a_lookup() {
        let Ok(Expr::Path(path)) = parse("instance('r')/root/item[name=/data/x]/phone") else {
            panic!("not a path")
        };
        assert!(path.steps[1].predicates[0].lookup.is_some());
        let Ok(Expr::Path(path)) = parse("instance('r')/root/item[name=phone]") else { panic!("not a path") };
        assert!(path.steps[1].predicates[0].lookup.is_none(), "both sides look at the row");
        let both = |source| match parse(source) {
            Ok(Expr::Path(path)) => {
                path.steps[1].predicates[0].lookup.as_ref().map(|it| it.column.to_string())
            }
            _ => None,
        };
        assert_eq!(both("instance('r')/root/item[b > 1 and name=/data/x]").as_deref(), Some("name"));
        assert_eq!(both("instance('r')/root/item[name=/data/x and position() = 1]"), None);
        assert_eq!(both("instance('r')/root/item[name=/data/x or b = 1]"), None);
    }
}
