//! Tokens to expressions, by precedence (XPath 1.0, section 3).

use super::ast::{Axis, Comparison, Expr, Lookup, Name, Operator, Path, Predicate, Start, Step, Test};
use super::functions::Function;
use super::lexer::{Located, Token, tokenize};

/// Deepest nesting of an expression; more is refused instead of exhausting the stack.
const MAX_DEPTH: usize = 80;
/// Most binary operators in one expression: each may nest the tree one deeper.
const MAX_OPERATORS: usize = 1000;

/// Why a text is no expression.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ParseError {
    #[error("expected {wanted} at character {at}")]
    Expected { wanted: &'static str, at: usize },
    #[error("unknown function {name}")]
    UnknownFunction { name: String },
    #[error("{name}() takes {wanted} arguments, found {found}")]
    Arguments { name: &'static str, found: usize, wanted: String },
    #[error("nested too deeply")]
    TooDeep,
}

impl ParseError {
    pub(crate) fn expected(wanted: &'static str, at: usize) -> Self {
        Self::Expected { wanted, at }
    }
}

/// Reads an expression.
pub(crate) fn parse(source: &str) -> Result<Expr, ParseError> {
    let mut parser =
        Parser { tokens: tokenize(source)?, at: 0, depth: 0, n_operators: 0, end: source.chars().count() };
    let expr = parser.or()?;
    match parser.tokens.get(parser.at) {
        None => Ok(expr),
        Some((_, at)) => Err(ParseError::expected("an operator or the end", *at)),
    }
}

struct Parser {
    tokens: Vec<Located>,
    at: usize,
    depth: usize,
    n_operators: usize,
    end: usize,
}

impl Parser {
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
            Some(Token::Text(it)) => Ok(Expr::Text(it)),
            Some(Token::Symbol("(")) => {
                let inner = self.or()?;
                self.expect(")")?;
                Ok(inner)
            }
            Some(Token::Name(name)) => {
                self.expect("(")?;
                self.call(&name)
            }
            _ => Err(ParseError::expected("a value", self.here().saturating_sub(1))),
        }
    }

    fn call(&mut self, name: &str) -> Result<Expr, ParseError> {
        let mut arguments = Vec::new();
        if !self.take(")") {
            loop {
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
        let function =
            Function::by_name(name).ok_or_else(|| ParseError::UnknownFunction { name: name.to_owned() })?;
        let (least, most) = function.arity();
        if arguments.len() < least || arguments.len() > most {
            let wanted =
                if most == usize::MAX { format!("{least} or more") } else { format!("{least} to {most}") };
            return Err(ParseError::Arguments { name: function.name(), found: arguments.len(), wanted });
        }
        Ok(Expr::Call(function, arguments))
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
        if let (Some(Token::Name(name)), Some(Token::Symbol("::"))) = (self.peek(0), self.peek(1)) {
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
        if matches!(&*name, "node" | "text") && self.take("(") {
            self.expect(")")?;
            return Ok(if &*name == "node" { Test::Node } else { Test::Text });
        }
        Ok(if &*name == "*" { Test::Any } else { Test::Name(Name::parse(&name)) })
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
            Some(Token::Number(_) | Token::Text(_) | Token::Symbol("(")) => true,
            Some(Token::Name(name)) => {
                !matches!(&**name, "node" | "text") && matches!(self.peek(1), Some(Token::Symbol("(")))
            }
            _ => false,
        }
    }

    fn starts_step(&self) -> bool {
        matches!(self.peek(0), Some(Token::Name(_) | Token::Symbol("." | ".." | "@")))
    }

    fn peek(&self, ahead: usize) -> Option<&Token> {
        self.tokens.get(self.at + ahead).map(|(token, _)| token)
    }

    fn here(&self) -> usize {
        self.tokens.get(self.at).map_or(self.end, |(_, at)| *at)
    }

    fn next(&mut self) -> Option<Token> {
        let token = self.tokens.get(self.at).map(|(token, _)| token.clone());
        self.at += 1;
        token
    }

    fn take(&mut self, symbol: &str) -> bool {
        let found = matches!(self.peek(0), Some(Token::Symbol(it)) if *it == symbol);
        self.at += usize::from(found);
        found
    }

    /// Takes an operator that is spelt like a name.
    fn take_name(&mut self, name: &str) -> bool {
        let found = matches!(self.peek(0), Some(Token::Name(it)) if &**it == name);
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, symbol: &'static str) -> Result<(), ParseError> {
        let at = self.here();
        if self.take(symbol) { Ok(()) } else { Err(ParseError::expected(symbol, at)) }
    }
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

/// Recognises `column = value` and `value = column`.
fn lookup(expr: &Expr) -> Option<Lookup> {
    let Expr::Compare(Comparison::Equal, left, right) = expr else { return None };
    let try_sides = |column: &Expr, value: &Expr| -> Option<Lookup> {
        let Expr::Path(Path { start: Start::Context, steps, .. }) = column else { return None };
        let [Step { axis: Axis::Child, test: Test::Name(name), predicates }] = steps.as_slice() else {
            return None;
        };
        (predicates.is_empty() && !value.looks_at_context())
            .then(|| Lookup { column: name.written().into(), value: Box::new(value.clone()) })
    };
    try_sides(left, right).or_else(|| try_sides(right, left))
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
        ] {
            check(source, Ok(()));
        }
    }

    #[test]
    fn says_what_is_wrong() {
        check("1 +", Err("expected a name at character 3"));
        check("'a", Err("expected a closing quotation mark at character 0"));
        check("nope(1)", Err("unknown function nope"));
        check("not()", Err("not() takes 1 to 1 arguments, found 0"));
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
    }
}
