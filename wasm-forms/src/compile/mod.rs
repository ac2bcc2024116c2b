//! Definition to [`Form`]: expressions read, paths resolved, the dependency graph ordered.

mod aggregates;
mod assemble;
mod known;
mod order;
mod problems;
mod resolve;

use crate::form::{
    Action, ActionValue, Choices, Form, Item, Itemset, Kept, Piece, Rule, RuleKind, Text, TextForms,
    TextTable,
};
use crate::grouped::{Grouped, sort};
use crate::instance;
use crate::parse::{
    self, ActionSource, BodyItem, BodyKind, Definition, Items, Part, TextSource, Texts, at, expression_text,
};
use crate::signed::Verify;
use crate::view::{self, Control};
use crate::xpath::ast::{ModelId, Path, Start};
use crate::xpath::functions::Function;
use crate::xpath::{Expr, parse_unresolved};
use crate::{Code, Diagnostic, bound};
use known::KnownExpressions;
use problems::{call_problem, expression_problem};
use resolve::{Read, Resolver};

/// Compiles a definition; absent where the model could not even be walked.
pub(crate) fn compile(
    mut definition: Definition,
    verify: Option<Verify>,
    problems: &mut Vec<Diagnostic>,
) -> Option<Form> {
    let repeats = definition.body.iter().filter(|it| it.kind == BodyKind::Repeat).filter_map(|it| it.model);
    for repeat in repeats.collect::<Vec<_>>() {
        definition.model.mark_repeat(repeat);
    }
    for item in definition.body.iter().filter(|it| it.kind == BodyKind::Repeat) {
        match (item.model, &item.count) {
            (Some(repeat), Some(_)) => definition.model.set_aside(repeat),
            (Some(repeat), None) if item.is_fixed => definition.model.ensure_instance(repeat),
            _ => {}
        }
    }
    definition.model.lay_out();
    // Texts are the bulk of many forms: they are moved, not copied.
    let texts = std::mem::take(&mut definition.texts);
    let mut compiler = Compiler::new(&definition, verify, problems);
    compiler.texts(texts);
    compiler.binds();
    compiler.signatures();
    compiler.body();
    compiler.actions();
    let parts = compiler.finish();
    assemble::assemble(definition, parts, problems).map(|it| Form { verify, ..it })
}

/// What the compiler collects before the rules are put in order.
struct Parts {
    rules: Vec<(Rule, Vec<Read>)>,
    body: Vec<Item>,
    /// What each body item reads, and which part of it.
    shown: Vec<(u32, view::Parts, Read)>,
    texts: TextTable,
    actions: Vec<Action>,
    messages: Vec<[Text; 2]>,
    /// Lists that are read otherwise than row by row, by key.
    whole_lists: Vec<u16>,
    aggregates: Vec<Kept>,
    /// By model node: whether it is read-only for good.
    is_only_read: Vec<bool>,
    signs: Vec<(ModelId, Box<[ModelId]>)>,
}

struct Compiler<'a> {
    definition: &'a Definition,
    verify: Option<Verify>,
    problems: &'a mut Vec<Diagnostic>,
    parts: Parts,
    known: KnownExpressions,
    /// What the outputs of texts read, and by the number of a text which of these its outputs do.
    text_reads: Vec<Read>,
    reads_of_text: Grouped<u32>,
    /// By model node: whether it is read-only for good and nothing is calculated there.
    is_told: Vec<bool>,
}

impl<'a> Compiler<'a> {
    fn new(definition: &'a Definition, verify: Option<Verify>, problems: &'a mut Vec<Diagnostic>) -> Self {
        let mut parts = Parts {
            rules: Vec::with_capacity(2 * definition.binds.len()),
            body: Vec::with_capacity(definition.body.len()),
            shown: Vec::new(),
            texts: TextTable::default(),
            actions: Vec::new(),
            messages: definition.model.nodes.iter().map(|_| Default::default()).collect(),
            whole_lists: Vec::new(),
            aggregates: Vec::new(),
            is_only_read: vec![false; definition.model.nodes.len()],
            signs: Vec::new(),
        };
        let mut is_told = vec![false; definition.model.nodes.len()];
        for bind in &definition.binds {
            let is_readonly = bind.readonly.as_deref().is_some_and(|it| it.trim() == "true()");
            parts.is_only_read[bind.model as usize] = is_readonly;
            is_told[bind.model as usize] = is_readonly && bind.calculate.is_none();
        }
        Self {
            definition,
            verify,
            problems,
            parts,
            known: KnownExpressions::default(),
            text_reads: Vec::new(),
            reads_of_text: Grouped::default(),
            is_told,
        }
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
        let scope = context.map(|it| self.definition.model.node(it).scope);
        if let Some(known) = self.known.find(source, scope) {
            self.parts.whole_lists.extend(&known.whole_lists);
            return Some((known.expr.clone(), known.reads.clone()));
        }
        let (n_problems, n_lists) = (self.problems.len(), self.parts.whole_lists.len());
        let compiled = self.expression_of(source, context, current, attribute, |_| {})?;
        if self.problems.len() == n_problems {
            self.known.add(source, scope, &compiled, &self.parts.whole_lists[n_lists..]);
        }
        Some(compiled)
    }

    /// Like [`Compiler::expression`], with a change made before paths are resolved.
    fn expression_of(
        &mut self,
        source: &str,
        context: Option<ModelId>,
        current: ModelId,
        attribute: &str,
        change: fn(&mut Expr),
    ) -> Option<(Expr, Vec<Read>)> {
        let mut expr = match parse_unresolved(source) {
            Ok(mut expr) => {
                change(&mut expr);
                expr
            }
            Err(error) => {
                let reference = self.definition.model.path(current);
                self.problems.push(expression_problem(&error, source, &reference, attribute));
                return None;
            }
        };
        let suggests = self.problems.len() < parse::MAX_SUGGESTIONS;
        let mut resolver = Resolver::new(self.definition, source, (current, attribute), suggests);
        resolver.resolve(&mut expr, context);
        let Resolver { reads, problems, whole_lists, .. } = resolver;
        self.problems.extend(problems);
        self.parts.whole_lists.extend(whole_lists);
        self.check_calls(&expr, current, attribute);
        aggregates::keep(&mut expr, &self.definition.model, &mut self.parts.aggregates);
        Some((expr, reads))
    }

    fn check_calls(&mut self, expr: &Expr, current: ModelId, attribute: &str) {
        let mut found = Vec::new();
        let can_verify = self.verify.is_some();
        let place = || at(&self.definition.model.path(current), attribute);
        expr.walk(&mut |it| {
            if let Expr::Call(function, arguments) = it {
                if *function == Function::ExtractSigned && !can_verify {
                    found.push(Diagnostic::error(Code::FormSignatures, place()));
                }
                found.extend(call_problem(*function, arguments, &place));
            }
        });
        self.problems.extend(found);
    }

    fn texts(&mut self, texts: Texts) {
        let (plain, rich) = texts.split();
        self.parts.texts = plain;
        let mut compiled: Vec<(usize, TextForms)> = Vec::with_capacity(rich.len());
        let mut of_text = Vec::new();
        for (number, forms) in rich {
            // A text is compiled in the context of the node its id names, else of the root.
            let path = self.parts.texts.id(number).split(':').next();
            let context = path.and_then(|it| self.definition.model.find(it)).unwrap_or(parse::ROOT);
            let mut reads = Vec::new();
            let forms = forms.into_iter();
            let forms = forms.map(|(name, parts)| (name, self.pieces(parts, context, "label", &mut reads)));
            compiled.push((number, forms.collect()));
            let first = self.text_reads.len() as u32;
            self.text_reads.append(&mut reads);
            of_text.extend((first..self.text_reads.len() as u32).map(|it| (number as u32, it)));
        }
        self.reads_of_text = Grouped::new(self.parts.texts.len(), &of_text);
        self.parts.texts.join(compiled);
    }

    /// Returns what the outputs of a text read.
    fn reads_of(&self, number: usize) -> impl Iterator<Item = &Read> {
        self.reads_of_text.of(number as u32).iter().map(|it| &self.text_reads[*it as usize])
    }

    fn pieces(
        &mut self,
        parts: Vec<Part>,
        context: ModelId,
        attribute: &str,
        reads: &mut Vec<Read>,
    ) -> Vec<Piece> {
        let mut pieces = Vec::with_capacity(parts.len());
        for part in parts {
            match part {
                Part::Text(text) => pieces.push(Piece::Text(text)),
                Part::Output(source) => {
                    if let Some((expr, read)) = self.expression(&source, Some(context), context, attribute) {
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
            TextSource::Inline(parts) => Text::Inline(self.pieces(parts.clone(), context, attribute, reads)),
            TextSource::Itext(number) => {
                reads.extend(self.reads_of(*number).cloned());
                Text::Itext(*number)
            }
            TextSource::Unknown(id, fallback) => {
                let place = at(&self.definition.model.path(context), attribute);
                self.problems.push(Diagnostic::warning(Code::FormUnknownText, place).with("id", &**id));
                let pieces = self.pieces(fallback.clone(), context, attribute, reads);
                if pieces.is_empty() { Text::None } else { Text::Inline(pieces) }
            }
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
                    let source = if text.trim_start().starts_with("jr:itext(") {
                        expression_text(text.trim(), &self.parts.texts, Vec::new)
                    } else {
                        TextSource::Inline(vec![Part::Text(text.as_str().into())])
                    };
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

    /// Notes what each signature covers.
    fn signatures(&mut self) {
        let binds = || self.definition.binds.iter().filter(|it| !it.signs.is_empty());
        let model = &self.definition.model;
        let meta = model.child(parse::ROOT, "meta", false);
        let preloaded = self.definition.binds.iter().filter(|it| it.preload.is_some());
        let left_out: Vec<ModelId> = binds().chain(preloaded).map(|it| it.model).chain(meta).collect();
        for bind in binds() {
            let leaves = bound::leaves(model, &bind.signs, &left_out, bind.model);
            self.parts.signs.push((bind.model, leaves));
        }
    }

    fn rule(&mut self, model: ModelId, kind: RuleKind, source: &str, context: ModelId, attribute: &str) {
        if let Some((expr, reads)) = self.expression(source, Some(context), model, attribute) {
            self.add_rule(model, kind, expr, context, reads);
        }
    }

    /// `jr:count` is evaluated once for all instances, at the node around them. A path in it that begins with `..`
    /// stands at the repeat, as ODK's `${}` references write it; one that begins with a name at the node around.
    #[inline(never)]
    fn count_rule(&mut self, repeat: ModelId, source: &str) {
        let parent = self.definition.model.node(repeat).parent.unwrap_or(parse::ROOT);
        if let Some((expr, reads)) =
            self.expression_of(source, Some(parent), parent, "count", Expr::leave_node)
        {
            self.add_rule(repeat, RuleKind::Count, expr, parent, reads);
        }
    }

    fn add_rule(&mut self, model: ModelId, kind: RuleKind, expr: Expr, context: ModelId, reads: Vec<Read>) {
        let is_drawn = calls(&expr, Function::draws) && !calls(&expr, |it| it == Function::Once);
        let is_open = is_drawn || self.reads_last_saved(&expr);
        let at = self.definition.model.node(context);
        let rule = Rule {
            model,
            kind,
            expr,
            is_open,
            is_circular: false,
            is_number: false,
            scope: at.scope,
            offset: at.offset,
            place: 0,
        };
        self.parts.rules.push((rule, reads));
    }

    /// Whether an expression reads what was saved last on the phone, which nobody else has.
    fn reads_last_saved(&self, expr: &Expr) -> bool {
        let is_last_saved = |number: u16| self.definition.lists[usize::from(number)].is_last_saved;
        let mut found = false;
        expr.walk(&mut |it| {
            if let Expr::Path(Path { start: Start::Instance { number: Some(number), .. }, .. }) = it {
                found |= is_last_saved(*number);
            }
        });
        found
    }

    fn body(&mut self) {
        for (index, item) in self.definition.body.iter().enumerate() {
            let context = self.context_of(item);
            let mut reads = Vec::new();
            let label = self.optional_text(&item.label, context, "label", &mut reads);
            let hint = self.optional_text(&item.hint, context, "hint", &mut reads);
            self.shown(index, view::Parts::TEXTS, &mut reads);
            let choices = self.choices(item, context, &mut reads);
            self.shown(index, view::Parts::CHOICES, &mut reads);
            if let (BodyKind::Repeat, Some(model), Some(count)) = (item.kind, item.model, &item.count) {
                self.count_rule(model, count);
            }
            if let (BodyKind::Repeat, Some(model)) = (item.kind, item.model) {
                // Without instances there is no node to hide: whether it is shown is asked when it is presented.
                let mut own = self.parts.rules.iter().filter(|(it, _)| it.model == model);
                let relevant = own.find(|(it, _)| it.kind == RuleKind::Relevant);
                reads.extend(relevant.into_iter().flat_map(|(_, it)| it.iter().cloned()));
                self.shown(index, view::Parts::REPEAT, &mut reads);
            }
            if let (BodyKind::Question(_), Some(model)) = (item.kind, item.model) {
                // An answer that was signed changes what there is to say of the signature.
                let signs = self.parts.signs.iter().find(|(it, _)| *it == model);
                let read = |it: &ModelId| Read { model: *it, anchor: *it, is_place: false, is_set: false };
                reads.extend(signs.into_iter().flat_map(|(_, leaves)| leaves.iter().map(read)));
                self.shown(index, view::Parts::ANSWER, &mut reads);
            }
            self.parts.body.push(Item {
                kind: item.kind,
                parent: item.parent.map(|it| it as u32),
                children: item.children.iter().map(|it| *it as u32).collect(),
                model: item.model,
                context,
                scope: 0,
                place: 0,
                appearance: item.appearance.clone(),
                label,
                hint,
                choices,
                media_type: item.media_type.clone(),
                rows: item.rows,
                autoplay: item.autoplay.clone(),
                quality: String::new(),
                intent: item.intent.clone(),
                saves_incomplete: false,
                range: item.range,
                accuracy_m: item.accuracy_m,
                is_open_repeat: item.count.is_none() && !item.is_fixed,
                is_note: self.is_note(item),
            });
        }
    }

    fn shown(&mut self, item: usize, parts: view::Parts, reads: &mut Vec<Read>) {
        self.parts.shown.extend(reads.drain(..).map(|read| (item as u32, parts, read)));
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
        item.kind == BodyKind::Question(Control::Input)
            && item.model.is_some_and(|it| self.is_told[it as usize])
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
                self.itemset([nodeset, value, label], context, reads).map_or(Choices::None, Choices::Itemset)
            }
        }
    }

    #[inline(never)]
    fn itemset(
        &mut self,
        [nodeset, value, label]: [&str; 3],
        context: ModelId,
        reads: &mut Vec<Read>,
    ) -> Option<Box<Itemset>> {
        let n_whole_lists = self.parts.whole_lists.len();
        let compiled = self.expression(nodeset, Some(context), context, "itemset");
        if value == "name" && compiled.as_ref().is_some_and(|(it, _)| is_whole_list(it)) {
            // What was chosen is found by its key.
            self.parts.whole_lists.truncate(n_whole_lists);
        }
        let value = self.expression(value, None, context, "value");
        let label = self.expression(label, None, context, "label");
        let ((nodeset, read), (value, _), (label, _)) = (compiled?, value?, label?);
        if !read.is_empty() {
            self.add_rule(context, RuleKind::Choices, nodeset.clone(), context, read.clone());
            reads.extend(read);
        }
        self.label_reads(&nodeset, &label, reads);
        Some(Box::new(Itemset { nodeset, value, label }))
    }

    /// Notes what the texts read that the rows of a list in the form name as their labels.
    #[inline(never)]
    fn label_reads(&self, nodeset: &Expr, label: &Expr, reads: &mut Vec<Read>) {
        let (
            Expr::Path(Path { start: Start::Instance { number: Some(number), .. }, .. }),
            Expr::Call(Function::Itext, id),
        ) = (nodeset, label)
        else {
            return;
        };
        let Some(table) = &self.definition.lists[usize::from(*number)].table else { return };
        let Some(column) = id.first().and_then(instance::column_of).and_then(|it| table.column(it)) else {
            return;
        };
        if self.text_reads.is_empty() {
            return;
        }
        let texts = (0..table.len()).filter_map(|row| self.parts.texts.number(table.cell(row, column)));
        let mut numbers: Vec<u32> = texts.map(|it| it as u32).collect();
        sort(&mut numbers);
        numbers.dedup();
        for number in numbers {
            reads.extend(self.reads_of(number as usize).cloned());
        }
    }

    fn actions(&mut self) {
        for action in &self.definition.actions {
            let compiled = self.action(action);
            self.parts.actions.extend(compiled);
        }
    }

    #[inline(never)]
    fn action(&mut self, action: &parse::Action) -> Option<Action> {
        let value = match &action.value {
            ActionSource::Literal(text) => ActionValue::Literal(text.clone()),
            ActionSource::Location => ActionValue::Location,
            ActionSource::Expression(source) => {
                let compiled = self.expression(source, Some(action.target), action.target, "setvalue");
                ActionValue::Computed(compiled?.0)
            }
        };
        let around = match action.event {
            parse::Event::NewRepeat(node) | parse::Event::ValueChanged(node) => node,
            parse::Event::FirstLoad | parse::Event::Load => parse::ROOT,
        };
        let choice = action.choice.as_ref().and_then(|it| self.expression(it, Some(around), around, "ref"));
        let choice = choice.map(|(expr, _)| expr);
        Some(Action { event: action.event, target: action.target, choice, value })
    }
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
