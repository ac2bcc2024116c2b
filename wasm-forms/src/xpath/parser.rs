//! Tokens to expressions, by precedence (XPath 1.0, section 3).

use super::ast::{Axis, Comparison, Expr, Lookup, Name, Operator, Path, Predicate, Start, Step, Test};
use super::functions::{Function, Gives};
use super::lexer::{Located, Symbol, Token, tokenize};

/// Deepest nesting of an expression; more is refused instead of exhausting the stack.
const MAX_DEPTH: usize = 80;
/// Most binary operators in one expression: each may nest the tree one deeper.
const MAX_OPERATORS: usize = 1000;

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

    /// Turns the place from bytes, in which a text is read, into characters, in which people count.
    fn in_characters(mut self, source: &str) -> Self {
        if let Self::Expected { at, .. } | Self::UnknownFunction { at, .. } | Self::Arguments { at, .. } =
            &mut self
        {
            *at = source.bytes().take(*at).filter(|it| it & 0xc0 != 0x80).count();
        }
        self
    }
}

/// Reads an expression all parts of which can be evaluated.
pub(crate) fn parse(source: &str) -> Result<Expr, ParseError> {
    let (expr, problem) = read(source, false)?;
    problem.map_or(Ok(expr), Err)
}

/// Reads an expression whose paths are resolved next: absolute ones of plain names are left as they are written.
pub(crate) fn parse_unresolved(source: &str) -> Result<Expr, ParseError> {
    let (expr, problem) = read(source, true)?;
    problem.map_or(Ok(expr), Err)
}

/// Reads an expression; calls of what does not exist stay in it as [`Expr::Wrong`], because they do no harm where
/// they are never reached: `false() and nonsense()` is false.
#[cfg(any(test, feature = "expression"))]
pub(crate) fn parse_in_spite(source: &str) -> Result<Expr, ParseError> {
    read(source, false).map(|(expr, _)| expr)
}

/// Returns the expression and the first of the calls in it that cannot be evaluated.
fn read(source: &str, leaves_paths: bool) -> Result<(Expr, Option<ParseError>), ParseError> {
    read_tokens(source, leaves_paths).map_err(|it| it.in_characters(source))
}

fn read_tokens(source: &str, leaves_paths: bool) -> Result<(Expr, Option<ParseError>), ParseError> {
    let tokens = tokenize(source)?;
    let mut parser = Parser { source, tokens, leaves_paths, at: 0, depth: 0, n_operators: 0, problem: None };
    let expr = parser.or()?;
    match parser.tokens.get(parser.at) {
        None => Ok((expr, parser.problem)),
        Some((_, at)) => Err(ParseError::expected("an operator or the end", *at)),
    }
}

struct Parser<'s> {
    source: &'s str,
    tokens: Vec<Located<'s>>,
    leaves_paths: bool,
    at: usize,
    depth: usize,
    n_operators: usize,
    /// The first call that cannot be evaluated.
    problem: Option<ParseError>,
}

/// An operator between two operands.
#[derive(Clone, Copy)]
enum Binary {
    Or,
    And,
    Compare(Comparison),
    Arithmetic(Operator),
}

impl Binary {
    /// Returns the operator that a token is behind an operand, and how tightly it binds.
    fn of(token: Token<'_>) -> Option<(u8, Binary)> {
        Some(match token {
            Token::Name("or") => (0, Binary::Or),
            Token::Name("and") => (1, Binary::And),
            Token::Symbol(Symbol::Equal) => (2, Binary::Compare(Comparison::Equal)),
            Token::Symbol(Symbol::NotEqual) => (2, Binary::Compare(Comparison::NotEqual)),
            Token::Symbol(Symbol::Less) => (3, Binary::Compare(Comparison::Less)),
            Token::Symbol(Symbol::LessOrEqual) => (3, Binary::Compare(Comparison::LessOrEqual)),
            Token::Symbol(Symbol::Greater) => (3, Binary::Compare(Comparison::Greater)),
            Token::Symbol(Symbol::GreaterOrEqual) => (3, Binary::Compare(Comparison::GreaterOrEqual)),
            Token::Symbol(Symbol::Plus) => (4, Binary::Arithmetic(Operator::Add)),
            Token::Symbol(Symbol::Minus) => (4, Binary::Arithmetic(Operator::Subtract)),
            Token::Name("*") => (5, Binary::Arithmetic(Operator::Multiply)),
            Token::Name("div") => (5, Binary::Arithmetic(Operator::Divide)),
            Token::Name("mod") => (5, Binary::Arithmetic(Operator::Modulo)),
            _ => return None,
        })
    }

    fn join(self, left: Expr, right: Expr) -> Expr {
        let (left, right) = (Box::new(left), Box::new(right));
        match self {
            Binary::Or => Expr::Or(left, right),
            Binary::And => Expr::And(left, right),
            Binary::Compare(it) => Expr::Compare(it, left, right),
            Binary::Arithmetic(it) => Expr::Arithmetic(it, left, right),
        }
    }
}

impl<'s> Parser<'s> {
    /// A whole expression.
    fn or(&mut self) -> Result<Expr, ParseError> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(ParseError::TooDeep);
        }
        let expr = self.binary(0)?;
        self.depth -= 1;
        Ok(expr)
    }

    /// Operands and the operators between them that bind at least as tightly as `least`, from left to right.
    fn binary(&mut self, least: u8) -> Result<Expr, ParseError> {
        let mut left = self.unary()?;
        while let Some((strength, operator)) = self.peek(0).and_then(Binary::of).filter(|it| it.0 >= least) {
            self.at += 1;
            self.count_operator()?;
            left = operator.join(left, self.binary(strength + 1)?);
        }
        Ok(left)
    }

    fn count_operator(&mut self) -> Result<(), ParseError> {
        self.n_operators += 1;
        if self.n_operators > MAX_OPERATORS { Err(ParseError::TooDeep) } else { Ok(()) }
    }

    fn unary(&mut self) -> Result<Expr, ParseError> {
        let mut negations = 0;
        while self.take(Symbol::Minus) {
            self.count_operator()?;
            negations += 1;
        }
        let inner = self.union()?;
        Ok((0..negations).fold(inner, |it, _| Expr::Negate(Box::new(it))))
    }

    fn union(&mut self) -> Result<Expr, ParseError> {
        let mut left = self.path()?;
        while self.take(Symbol::Union) {
            self.count_operator()?;
            left = Expr::Union(Box::new(left), Box::new(self.path()?));
        }
        Ok(left)
    }

    fn path(&mut self) -> Result<Expr, ParseError> {
        if let Some((Token::Path(written), at)) = self.tokens.get(self.at).copied() {
            self.at += 1;
            let (from, to) = (at as u32, (at + written.len()) as u32);
            return Ok(if self.leaves_paths {
                path(Start::Written { from, to }, Vec::new())
            } else {
                path(Start::Root, plain_steps(written))
            });
        }
        if self.is_primary() {
            return self.filter();
        }
        if self.take(Symbol::AnyDepth) {
            let mut steps = vec![Self::any_depth()];
            self.steps(&mut steps)?;
            return Ok(path(Start::Root, steps));
        }
        if self.take(Symbol::Slash) {
            let mut steps = Vec::with_capacity(self.n_steps());
            if self.starts_step() {
                self.steps(&mut steps)?;
            }
            return Ok(path(Start::Root, steps));
        }
        let mut steps = Vec::with_capacity(self.n_steps());
        self.steps(&mut steps)?;
        Ok(path(Start::Context, steps))
    }

    /// A literal, number, call or parenthesis, with what may follow it.
    fn filter(&mut self) -> Result<Expr, ParseError> {
        let base = self.primary()?;
        let predicates = self.predicates()?;
        let mut steps = Vec::new();
        if self.take(Symbol::AnyDepth) {
            steps.push(Self::any_depth());
            self.steps(&mut steps)?;
        } else if self.take(Symbol::Slash) {
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
        let at = self.here();
        match self.next() {
            Some(Token::Number(it)) => Ok(Expr::Number(it)),
            Some(Token::Text(it)) => Ok(Expr::Text(it.into())),
            Some(Token::Symbol(Symbol::Open)) => {
                let inner = self.or()?;
                self.expect(Symbol::Close, ")")?;
                Ok(inner)
            }
            Some(Token::Name(name)) => {
                self.expect(Symbol::Open, "(")?;
                self.call(name, at)
            }
            _ => Err(ParseError::expected("a value", at)),
        }
    }

    fn call(&mut self, name: &str, at: usize) -> Result<Expr, ParseError> {
        let function = Function::by_name(name);
        let mut arguments = Vec::new();
        // Where the first argument stands that is no node-set and has to be.
        let mut misplaced = None;
        if !self.take(Symbol::Close) {
            loop {
                let place = self.here();
                let argument = self.or()?;
                let wants_nodes = function.is_some_and(|it| it.wants_nodes(arguments.len()));
                if wants_nodes && is_no_node_set(&argument) {
                    misplaced.get_or_insert(place);
                }
                arguments.push(argument);
                if self.take(Symbol::Close) {
                    break;
                }
                self.expect(Symbol::Comma, ",")?;
            }
        }
        match (name, arguments.as_slice()) {
            ("current", []) => return Ok(path(Start::Current, Vec::new())),
            ("instance", [Expr::Text(id)]) => {
                return Ok(path(Start::Instance { id: id.clone(), number: None }, Vec::new()));
            }
            _ => {}
        }
        let known = function.ok_or_else(|| ParseError::UnknownFunction { name: name.to_owned(), at });
        match known.and_then(|it| check_call(it, arguments.len(), at, misplaced)) {
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
            if self.take(Symbol::AnyDepth) {
                steps.push(Self::any_depth());
            } else if !self.take(Symbol::Slash) {
                return Ok(());
            }
        }
    }

    /// Returns how many steps come at least: of nearly all paths, how many there are.
    fn n_steps(&self) -> usize {
        let ahead = self.tokens.get(self.at..).unwrap_or_default();
        let is_plain = |it: &&[Located<'_>]| {
            matches!(
                it,
                [(Token::Name(_) | Token::Symbol(Symbol::Parent), _), (Token::Symbol(Symbol::Slash), _)]
            )
        };
        1 + ahead.chunks_exact(2).take_while(is_plain).count()
    }

    fn step(&mut self) -> Result<Step, ParseError> {
        let at = self.here();
        if self.take(Symbol::Parent) {
            return self.finish_step(Axis::Parent, Test::Node);
        }
        if self.take(Symbol::Itself) {
            return self.finish_step(Axis::Itself, Test::Node);
        }
        if self.take(Symbol::At) {
            let test = self.test()?;
            return self.finish_step(Axis::Attribute, test);
        }
        if let (Some(Token::Name(name)), Some(Token::Symbol(Symbol::Axis))) = (self.peek(0), self.peek(1)) {
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
        if is_node_type(name) && self.take(Symbol::Open) {
            let test = match name {
                "node" => Test::Node,
                "text" => Test::Text,
                "comment" => Test::Comment,
                _ => Test::Instruction(self.take_text()),
            };
            self.expect(Symbol::Close, ")")?;
            return Ok(test);
        }
        Ok(if name == "*" { Test::Any } else { Test::Name(Name::parse(name)) })
    }

    fn predicates(&mut self) -> Result<Vec<Predicate>, ParseError> {
        let mut predicates = Vec::new();
        while self.take(Symbol::OpenBracket) {
            let expr = self.or()?;
            self.expect(Symbol::CloseBracket, "]")?;
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
            Some(Token::Number(_) | Token::Text(_) | Token::Symbol(Symbol::Open)) => true,
            Some(Token::Name(name)) => {
                !is_node_type(name) && matches!(self.peek(1), Some(Token::Symbol(Symbol::Open)))
            }
            _ => false,
        }
    }

    fn starts_step(&self) -> bool {
        matches!(
            self.peek(0),
            Some(Token::Name(_) | Token::Symbol(Symbol::Itself | Symbol::Parent | Symbol::At))
        )
    }

    fn peek(&self, ahead: usize) -> Option<Token<'s>> {
        self.tokens.get(self.at + ahead).map(|(token, _)| *token)
    }

    fn here(&self) -> usize {
        self.tokens.get(self.at).map_or(self.source.len(), |(_, at)| *at)
    }

    fn next(&mut self) -> Option<Token<'s>> {
        let token = self.peek(0);
        self.at += 1;
        token
    }

    fn take(&mut self, symbol: Symbol) -> bool {
        let found = self.peek(0) == Some(Token::Symbol(symbol));
        self.at += usize::from(found);
        found
    }

    fn take_text(&mut self) -> Option<Box<str>> {
        let Some(Token::Text(text)) = self.peek(0) else { return None };
        self.at += 1;
        Some(text.into())
    }

    fn expect(&mut self, symbol: Symbol, written: &'static str) -> Result<(), ParseError> {
        let at = self.here();
        if self.take(symbol) { Ok(()) } else { Err(ParseError::expected(written, at)) }
    }
}

/// Returns the function of a call at a place, or what is wrong with the call; `misplaced` is where an argument stands
/// that is no node-set and has to be.
fn check_call(
    function: Function,
    n_arguments: usize,
    at: usize,
    misplaced: Option<usize>,
) -> Result<Function, ParseError> {
    let (least, most) = function.arity();
    if n_arguments < least || n_arguments > most {
        let wanted = match most {
            usize::MAX => format!("{least} or more"),
            _ if least == most => least.to_string(),
            _ => format!("{least} to {most}"),
        };
        return Err(ParseError::Arguments { name: function.name(), found: n_arguments, wanted, at });
    }
    misplaced.map_or(Ok(function), |it| Err(ParseError::expected("a path", it)))
}

fn is_no_node_set(expr: &Expr) -> bool {
    !matches!(expr.gives(), Gives::Nodes | Gives::Any) && !matches!(expr, Expr::Wrong(_))
}

fn is_node_type(name: &str) -> bool {
    matches!(name, "node" | "text" | "comment" | "processing-instruction")
}

/// Returns the steps of an absolute path of plain names.
pub(crate) fn plain_steps(path: &str) -> Vec<Step> {
    let step = |name| Step { axis: Axis::Child, test: Test::Name(Name::parse(name)), predicates: Vec::new() };
    path.split('/').skip(1).map(step).collect()
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
