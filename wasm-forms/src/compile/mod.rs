//! Definition to [`Form`]: expressions read, paths resolved, the dependency graph ordered.

mod order;
mod resolve;

use crate::form::{
    Action, ActionValue, Choices, Form, Item, Itemset, List, Piece, Reader, Rule, RuleKind, Text, TextTable,
};
use crate::parse::{self, BodyItem, BodyKind, Definition, Items, Part, TextSource, at, itext_id};
use crate::view::{Control, DataType};
use crate::xpath::ast::ModelId;
use crate::xpath::functions::Function;
use crate::xpath::{Expr, ParseError, parse as parse_xpath};
use crate::{Code, Diagnostic, diag};
use resolve::{Read, Resolver};

/// Compiles a definition; absent where the model could not even be walked.
pub(crate) fn compile(mut definition: Definition, problems: &mut Vec<Diagnostic>) -> Option<Form> {
    let repeats = definition.body.iter().filter(|it| it.kind == BodyKind::Repeat).filter_map(|it| it.model);
    for repeat in repeats.collect::<Vec<_>>() {
        definition.model.mark_repeat(repeat);
    }
    let mut compiler = Compiler::new(&definition, problems);
    compiler.texts();
    compiler.binds();
    compiler.body();
    compiler.actions();
    let parts = compiler.finish();
    assemble(definition, parts, problems)
}

/// What the compiler collects before the rules are put in order.
struct Parts {
    rules: Vec<(Rule, Vec<Read>)>,
    body: Vec<Item>,
    /// What each body item's texts and choices read.
    shown: Vec<(u32, Read)>,
    texts: TextTable,
    actions: Vec<Action>,
    messages: Vec<[Text; 2]>,
    /// Lists that are read otherwise than row by row, by key.
    whole_lists: Vec<u16>,
}

struct Compiler<'a> {
    definition: &'a Definition,
    problems: &'a mut Vec<Diagnostic>,
    parts: Parts,
    /// What the outputs of each text read, by number.
    text_reads: Vec<Vec<Read>>,
}

impl<'a> Compiler<'a> {
    fn new(definition: &'a Definition, problems: &'a mut Vec<Diagnostic>) -> Self {
        let texts = TextTable {
            languages: definition.texts.languages.clone(),
            default: definition.texts.default,
            ..TextTable::default()
        };
        let parts = Parts {
            rules: Vec::new(),
            body: Vec::new(),
            shown: Vec::new(),
            texts,
            actions: Vec::new(),
            messages: definition.model.nodes.iter().map(|_| Default::default()).collect(),
            whole_lists: Vec::new(),
        };
        Self { definition, problems, parts, text_reads: Vec::new() }
    }

    fn finish(self) -> Parts {
        self.parts
    }

    /// Reads and resolves one expression in the context of a model node (absent: a row of a list).
    fn expression(
        &mut self,
        source: &str,
        context: Option<ModelId>,
        current: ModelId,
        attribute: &str,
    ) -> Option<(Expr, Vec<Read>)> {
        let reference = self.definition.model.path(current);
        let mut expr = match parse_xpath(source) {
            Ok(expr) => expr,
            Err(error) => {
                self.problems.push(expression_problem(&error, source, &reference, attribute));
                return None;
            }
        };
        let mut resolver = Resolver::new(self.definition, current, &reference, attribute);
        resolver.resolve(&mut expr, context);
        let Resolver { reads, problems, whole_lists, .. } = resolver;
        self.problems.extend(problems);
        self.parts.whole_lists.extend(whole_lists);
        self.check_calls(&expr, &reference, attribute);
        Some((expr, reads))
    }

    fn check_calls(&mut self, expr: &Expr, reference: &str, attribute: &str) {
        let mut found = Vec::new();
        expr.walk(&mut |it| {
            if let Expr::Call(function, arguments) = it {
                found.extend(call_problem(*function, arguments, at(reference, attribute)));
            }
        });
        self.problems.extend(found);
    }

    fn texts(&mut self) {
        let source = &self.definition.texts;
        let numbers = &mut self.parts.texts.numbers;
        for (id, _) in source.by_language.iter().flatten() {
            let next = numbers.len();
            numbers.entry(id.clone()).or_insert(next);
        }
        let n_texts = self.parts.texts.numbers.len();
        self.text_reads = vec![Vec::new(); n_texts];
        for texts in &source.by_language {
            let mut compiled: Vec<Option<Vec<Piece>>> = (0..n_texts).map(|_| None).collect();
            for (id, forms) in texts {
                let named = |wanted: &str| forms.iter().find(|(name, _)| **name == *wanted);
                let Some((_, parts)) = ["", "long", "short"].into_iter().find_map(named) else { continue };
                // A text is compiled in the context of the node its id names, else of the root.
                let path = id.split(':').next().unwrap_or_default();
                let context = self.definition.model.find(path).unwrap_or(parse::ROOT);
                let number = self.parts.texts.numbers[id];
                let mut reads = std::mem::take(&mut self.text_reads[number]);
                compiled[number] = Some(self.pieces(parts, context, "label", &mut reads));
                self.text_reads[number] = reads;
            }
            self.parts.texts.texts.push(compiled);
        }
    }

    fn pieces(
        &mut self,
        parts: &[Part],
        context: ModelId,
        attribute: &str,
        reads: &mut Vec<Read>,
    ) -> Vec<Piece> {
        let mut pieces = Vec::new();
        for part in parts {
            match part {
                Part::Text(text) => pieces.push(Piece::Text(text.clone())),
                Part::Output(source) => {
                    if let Some((expr, read)) = self.expression(source, Some(context), context, attribute) {
                        pieces.push(Piece::Output(expr));
                        reads.extend(read);
                    }
                }
            }
        }
        pieces
    }

    fn text(
        &mut self,
        source: &TextSource,
        context: ModelId,
        attribute: &str,
        reads: &mut Vec<Read>,
    ) -> Text {
        match source {
            TextSource::Inline(parts) => Text::Inline(self.pieces(parts, context, attribute, reads)),
            TextSource::Itext(id) => match self.parts.texts.numbers.get(id) {
                Some(number) => {
                    reads.extend(self.text_reads[*number].iter().cloned());
                    Text::Itext(*number)
                }
                None => {
                    let place = at(&self.definition.model.path(context), attribute);
                    self.problems.push(Diagnostic::warning(Code::FormUnknownText, place).with("id", &**id));
                    Text::None
                }
            },
        }
    }

    fn binds(&mut self) {
        for bind in &self.definition.binds {
            let expressions = [
                (RuleKind::Relevant, &bind.relevant, "relevant"),
                (RuleKind::Calculate, &bind.calculate, "calculate"),
                (RuleKind::Readonly, &bind.readonly, "readonly"),
                (RuleKind::Required, &bind.required, "required"),
                (RuleKind::Constraint, &bind.constraint, "constraint"),
            ];
            for (kind, source, attribute) in expressions {
                let Some(source) = source.as_deref().filter(|it| !it.trim().is_empty()) else { continue };
                self.rule(bind.model, kind, source, bind.model, attribute);
            }
            let mut message = |source: &Option<String>, attribute: &str| match source {
                None => Text::None,
                Some(text) => {
                    let source = itext_id(text).map_or_else(
                        || TextSource::Inline(vec![Part::Text(text.as_str().into())]),
                        |id| TextSource::Itext(id.into()),
                    );
                    self.text(&source, bind.model, attribute, &mut Vec::new())
                }
            };
            let messages = [
                message(&bind.required_message, "requiredMsg"),
                message(&bind.constraint_message, "constraintMsg"),
            ];
            self.parts.messages[bind.model as usize] = messages;
        }
    }

    fn rule(&mut self, model: ModelId, kind: RuleKind, source: &str, context: ModelId, attribute: &str) {
        if let Some((expr, reads)) = self.expression(source, Some(context), model, attribute) {
            let draws = calls(&expr, Function::draws) && !calls(&expr, |it| it == Function::Once);
            self.parts.rules.push((Rule { model, kind, expr, draws }, reads));
        }
    }

    fn body(&mut self) {
        for (index, item) in self.definition.body.iter().enumerate() {
            let context = self.context_of(item);
            let mut reads = Vec::new();
            let label = self.optional_text(&item.label, context, "label", &mut reads);
            let hint = self.optional_text(&item.hint, context, "hint", &mut reads);
            let choices = self.choices(item, context, &mut reads);
            if let (BodyKind::Repeat, Some(model), Some(count)) = (item.kind, item.model, &item.count) {
                let parent = self.definition.model.nodes[model as usize].parent.unwrap_or(parse::ROOT);
                self.rule(model, RuleKind::Count, count, parent, "count");
            }
            self.parts.shown.extend(reads.into_iter().map(|read| (index as u32, read)));
            self.parts.body.push(Item {
                kind: item.kind,
                children: item.children.iter().map(|it| *it as u32).collect(),
                model: item.model,
                appearance: item.appearance.clone(),
                label,
                hint,
                choices,
                media_type: item.media_type.clone(),
                range: item.range,
                accuracy_m: item.accuracy_m,
                is_open_repeat: item.count.is_none() && !item.is_fixed,
                is_note: self.is_note(item),
            });
        }
    }

    fn optional_text(
        &mut self,
        source: &Option<TextSource>,
        context: ModelId,
        attribute: &str,
        reads: &mut Vec<Read>,
    ) -> Text {
        source.as_ref().map_or(Text::None, |it| self.text(it, context, attribute, reads))
    }

    /// The node an item's texts are read from: its own, else that of the group around it.
    fn context_of(&self, item: &BodyItem) -> ModelId {
        std::iter::successors(Some(item), |it| it.parent.map(|parent| &self.definition.body[parent]))
            .find_map(|it| it.model)
            .unwrap_or(parse::ROOT)
    }

    fn is_note(&self, item: &BodyItem) -> bool {
        let bind = self.definition.binds.iter().find(|it| Some(it.model) == item.model);
        item.kind == BodyKind::Question(Control::Input)
            && bind.is_some_and(|it| {
                it.readonly.as_deref().is_some_and(|it| it.trim() == "true()") && it.calculate.is_none()
            })
    }

    fn choices(&mut self, item: &BodyItem, context: ModelId, reads: &mut Vec<Read>) -> Choices {
        match &item.items {
            Items::None => Choices::None,
            Items::Inline(items) => Choices::Inline(
                items
                    .iter()
                    .map(|(value, label)| (value.clone(), self.text(label, context, "item", reads)))
                    .collect(),
            ),
            Items::Itemset { nodeset, value, label } => {
                let n_whole_lists = self.parts.whole_lists.len();
                let compiled = self.expression(nodeset, Some(context), context, "itemset");
                if value == "name" && compiled.as_ref().is_some_and(|(it, _)| is_whole_list(it)) {
                    // What was chosen is found by its key.
                    self.parts.whole_lists.truncate(n_whole_lists);
                }
                let value = self.expression(value, None, context, "value");
                let label = self.expression(label, None, context, "label");
                let (Some((nodeset, read)), Some((value, _)), Some((label, _))) = (compiled, value, label)
                else {
                    return Choices::None;
                };
                if !read.is_empty() {
                    let rule =
                        Rule { model: context, kind: RuleKind::Choices, expr: nodeset.clone(), draws: false };
                    self.parts.rules.push((rule, read.clone()));
                    reads.extend(read);
                }
                Choices::Itemset(Box::new(Itemset { nodeset, value, label }))
            }
        }
    }

    fn actions(&mut self) {
        for action in &self.definition.actions {
            let value = if action.is_literal {
                ActionValue::Literal(action.value.clone())
            } else {
                match self.expression(&action.value, Some(action.target), action.target, "setvalue") {
                    Some((expr, _)) => ActionValue::Computed(expr),
                    None => continue,
                }
            };
            self.parts.actions.push(Action { event: action.event, target: action.target, value });
        }
    }
}

fn assemble(definition: Definition, parts: Parts, problems: &mut Vec<Diagnostic>) -> Option<Form> {
    let ordered = order::order(parts.rules, &definition.model, problems)?;
    let n_nodes = definition.model.nodes.len();
    let mut form = Form {
        title: definition.title,
        data_types: vec![DataType::String; n_nodes],
        rules: Vec::new(),
        rules_of: vec![Vec::new(); n_nodes],
        readers: vec![Vec::new(); n_nodes],
        shown_by: vec![Vec::new(); n_nodes],
        clock_rules: Vec::new(),
        question_of: vec![None; n_nodes],
        texts: parts.texts,
        lists: Vec::new(),
        actions: parts.actions,
        preloads: Vec::new(),
        messages: parts.messages,
        entities: entity_nodes(&definition.model),
        save_to: vec![None; n_nodes],
        max_pixels: vec![0; n_nodes],
        submission: definition.submission,
        warnings: Vec::new(),
        top_level: definition
            .body
            .iter()
            .enumerate()
            .filter(|(_, it)| it.parent.is_none())
            .map(|(index, _)| index as u32)
            .collect(),
        body: parts.body,
        model: definition.model,
    };
    form.lists = definition
        .lists
        .into_iter()
        .map(|it| List { id: it.id, file: it.file, table: it.table, is_by_key: true })
        .collect();
    for list in parts.whole_lists {
        form.lists[usize::from(list)].is_by_key = false;
    }
    for (index, (rule, reads)) in ordered.into_iter().enumerate() {
        let number = index as u32;
        form.rules_of[rule.model as usize].push(number);
        for read in reads {
            form.readers[read.model as usize].push(Reader { reader: number, anchor: read.anchor });
        }
        if calls(&rule.expr, Function::reads_clock) {
            form.clock_rules.push(number);
        }
        form.rules.push(rule);
    }
    for (item, read) in parts.shown {
        form.shown_by[read.model as usize].push(Reader { reader: item, anchor: read.anchor });
    }
    for readers in form.readers.iter_mut().chain(&mut form.shown_by) {
        readers.sort_unstable();
        readers.dedup();
    }
    for (index, item) in form.body.iter().enumerate() {
        if let (BodyKind::Question(_), Some(model)) = (item.kind, item.model) {
            form.question_of[model as usize].get_or_insert(index as u32);
        }
    }
    for bind in definition.binds {
        form.data_types[bind.model as usize] = bind.data_type;
        form.preloads.extend(bind.preload.map(|(kind, parameter)| (bind.model, kind, parameter)));
        form.save_to[bind.model as usize] = bind.save_to.map(String::into_boxed_str);
        form.max_pixels[bind.model as usize] = bind.max_pixels;
    }
    Some(form)
}

fn entity_nodes(model: &parse::Model) -> Vec<(ModelId, String)> {
    let is_entity = |id: &ModelId| {
        let node = &model.nodes[*id as usize];
        let in_meta = node.parent.is_some_and(|it| parse::same_name(&model.nodes[it as usize].name, "meta"));
        !node.is_attribute && in_meta && parse::same_name(&node.name, "entity")
    };
    let nodes = (0..model.nodes.len() as ModelId).filter(is_entity);
    nodes
        .filter_map(|it| Some((it, model.default_of(model.child(it, "dataset", true)?)?.trim().to_owned())))
        .collect()
}

/// Whether an itemset offers all rows of a list.
fn is_whole_list(nodeset: &Expr) -> bool {
    matches!(nodeset, Expr::Path(path) if path.steps.len() == 2 && path.steps.iter().all(|it| it.predicates.is_empty()))
}

fn calls(expr: &Expr, wanted: impl Fn(Function) -> bool) -> bool {
    let mut found = false;
    expr.walk(&mut |it| found |= matches!(it, Expr::Call(function, _) if wanted(*function)));
    found
}

fn expression_problem(error: &ParseError, source: &str, reference: &str, attribute: &str) -> Diagnostic {
    let place = at(reference, attribute);
    match error {
        ParseError::UnknownFunction { name } => {
            let nearest = diag::nearest(name, Function::NAMES.iter().copied()).unwrap_or_default();
            Diagnostic::error(Code::FormUnknownFunction, place)
                .with("function", name)
                .with("nearest", nearest)
        }
        ParseError::Arguments { name, found, wanted } => Diagnostic::error(Code::FormArguments, place)
            .with("function", *name)
            .with("found", found.to_string())
            .with("wanted", wanted),
        ParseError::Expected { wanted, at } => Diagnostic::error(Code::FormExpression, place)
            .with("expression", source)
            .with("expected", *wanted)
            .with("at", (at + 1).to_string()),
        ParseError::TooDeep => Diagnostic::error(Code::FormExpression, place)
            .with("expression", source.chars().take(60).collect::<String>())
            .with("expected", "fewer brackets")
            .with("at", "1"),
    }
}

/// What can be known to be wrong with a call from its literals alone.
fn call_problem(function: Function, arguments: &[Expr], place: crate::Place) -> Option<Diagnostic> {
    let literal = |index: usize| match arguments.get(index) {
        Some(Expr::Text(text)) => Some(&**text),
        _ => None,
    };
    match function {
        Function::Regex => {
            let pattern = literal(1)?;
            crate::xpath::functions::pattern_of(pattern).err()?;
            Some(Diagnostic::error(Code::FormPattern, place).with("pattern", pattern))
        }
        Function::Digest if literal(1)? != "SHA-256" => {
            let found = format!("digest(…, '{}')", literal(1)?);
            Some(
                Diagnostic::error(Code::FormUnknownFunction, place)
                    .with("function", found)
                    .with("nearest", "digest(…, 'SHA-256')"),
            )
        }
        Function::ChoiceName => {
            // A literal path was replaced while resolving; what is left has none.
            Some(
                Diagnostic::error(Code::FormArguments, place)
                    .with("function", "jr:choice-name")
                    .with("found", "an expression")
                    .with("wanted", "a literal path"),
            )
        }
        _ => None,
    }
}
