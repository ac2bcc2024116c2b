//! Registers (ODK Entities): what the entities sheet declares, what questions save, and in which group each goes.
//!
//! A group, repeat or the survey holds at most one entity. It stands as deep as what it saves allows, never outside
//! the repeat its values come from.

use std::collections::BTreeMap;

use super::codes;
use super::columns::{Row, Table};
use super::expression::references;
use super::report::{Cell, Report};
use super::survey::Survey;
use super::text::{Text, is_name};
use super::tree::{Action, Event, Id, Kind, Node, ROOT, Tree};

/// A row of the entities sheet.
#[derive(Debug, Clone)]
pub(super) struct Declaration {
    pub list: String,
    entity_id: Option<String>,
    create_if: Option<String>,
    update_if: Option<String>,
    label: Option<String>,
    at: Cell,
}

/// A question whose answer goes into a register.
#[derive(Debug, Clone)]
pub(super) struct SaveTo {
    /// The group it stands in.
    container: Id,
    /// List as written before `#`; empty without one.
    list: String,
    property: String,
    at: Cell,
}

/// Reads the entities sheet.
pub(super) fn read(table: &Table, report: &mut Report) -> Vec<Declaration> {
    let known = super::column_names::ENTITIES.known;
    for (column, path) in table.columns.paths.iter().enumerate() {
        let Some(first) = path.first().filter(|it| !known.contains(&it.as_str()) && *it != "repeat") else {
            continue;
        };
        let used = table.rows.iter().any(|it| it.get(first).is_some());
        if used {
            let at = Cell::new(&table.columns.sheet, 1, Some(column));
            let meant = super::nearest::nearest_name(first, known.iter().copied()).unwrap_or_default();
            report.error(codes::UNKNOWN_COLUMN, &at, &[("column", first), ("nearest", meant)]);
        }
    }
    let mut declarations: Vec<Declaration> = Vec::new();
    for row in &table.rows {
        let Some(declaration) = declare(row, report) else { continue };
        if declarations.iter().any(|it| it.list == declaration.list) {
            report.error(codes::ENTITY_DUPLICATE, &row.at("dataset"), &[("list", &declaration.list)]);
        } else {
            declarations.push(declaration);
        }
    }
    declarations
}

fn declare(row: &Row, report: &mut Report) -> Option<Declaration> {
    let text = |step: &str| row.text(step).map(str::to_owned);
    let Some(list) = text("dataset") else {
        report.error(codes::ENTITY_WITHOUT_LIST, &row.at("dataset"), &[]);
        return None;
    };
    let at = row.at("dataset");
    check_name(&list, &at, report);
    if list.contains('.') {
        report.error(codes::BAD_NAME, &at, &[("found", &list)]);
    }
    let it = Declaration {
        list,
        entity_id: text("entity_id"),
        create_if: text("create_if"),
        update_if: text("update_if"),
        label: text("label"),
        at,
    };
    let mut error = |code: &'static str, step| report.error(code, &row.at(step), &[("list", &it.list)]);
    match (&it.entity_id, &it.create_if, &it.update_if) {
        (None, _, Some(_)) => error(codes::ENTITY_WITHOUT_ID, "entity_id"),
        (Some(_), Some(_), None) => error(codes::ENTITY_CREATE_WITH_ID, "update_if"),
        (None, ..) if it.label.is_none() => error(codes::ENTITY_LABEL, "label"),
        _ => {}
    }
    Some(it)
}

fn check_name(name: &str, at: &Cell, report: &mut Report) {
    if name.starts_with("__") {
        report.error(codes::RESERVED_NAME, at, &[("found", name)]);
    } else if !is_name(name) {
        report.error(codes::BAD_NAME, at, &[("found", name)]);
    }
}

/// Takes what a question's `save_to` says; its bind keeps the property's name alone.
pub(super) fn take_save_to(survey: &mut Survey<'_>, row: &Row, node: &mut Node, container: Id) {
    let Some(text) = node.bind("entities:saveto").map(str::to_owned) else { return };
    let (list, property) = text.split_once('#').unwrap_or(("", text.as_str()));
    node.set_bind("entities:saveto", property.to_owned());
    let at = row.at("bind entities:saveto");
    survey.save_to.push(SaveTo { container, list: list.to_owned(), property: property.to_owned(), at });
}

/// What ties one declaration to the survey: the groups its values come from.
#[derive(Debug, Default)]
struct Ties {
    /// Container, cell, and whether it is a `save_to`.
    found: Vec<(Id, Cell, bool)>,
}

/// Puts every declared entity into its group and returns the version of the entities specification the form needs.
pub(super) fn place(
    tree: &mut Tree,
    declarations: &[Declaration],
    save_to: &[SaveTo],
    report: &mut Report,
) -> Option<&'static str> {
    let ties = collect_ties(tree, declarations, save_to, report);
    if declarations.is_empty() {
        return None;
    }
    let places = Placement::new(tree, declarations, &ties).run(report);
    let in_repeat = places
        .iter()
        .any(|(container, _)| tree.is_in_repeat(*container) || tree[*container].kind == Kind::Repeat);
    for (container, declaration) in &places {
        add_entity(tree, *container, &declarations[*declaration]);
    }
    Some(if declarations.len() > 1 || in_repeat { "2025.1.0" } else { "2024.1.0" })
}

fn collect_ties(
    tree: &Tree,
    declarations: &[Declaration],
    save_to: &[SaveTo],
    report: &mut Report,
) -> Vec<Ties> {
    let mut ties: Vec<Ties> = declarations.iter().map(|_| Ties::default()).collect();
    let mut filled: BTreeMap<(usize, String), u32> = BTreeMap::new();
    for it in save_to {
        let Some(index) = declaration_of(it, declarations, report) else { continue };
        if matches!(it.property.to_lowercase().as_str(), "name" | "label") {
            report.error(codes::RESERVED_NAME, &it.at, &[("found", &it.property)]);
        } else {
            check_name(&it.property, &it.at, report);
        }
        let first = *filled.entry((index, it.property.clone())).or_insert(it.at.row);
        if first != it.at.row {
            let params = [("found", it.property.as_str()), ("row", &first.to_string())];
            report.error(codes::SAVE_TO_DUPLICATE, &it.at, &params);
        }
        ties[index].found.push((it.container, it.at.clone(), true));
    }
    for (index, declaration) in declarations.iter().enumerate() {
        let columns =
            [&declaration.entity_id, &declaration.create_if, &declaration.update_if, &declaration.label];
        let names: Vec<&str> =
            columns.into_iter().flatten().flat_map(|it| references(it)).map(|it| it.name).collect();
        for id in tree.document_order() {
            let node = &tree[id];
            if let Some(parent) = node.parent.filter(|_| names.contains(&node.name.as_str())) {
                ties[index].found.push((parent, declaration.at.clone(), false));
            }
        }
        ties[index].found.sort_by_key(|(_, at, saved)| if *saved { at.row } else { u32::MAX });
    }
    ties
}

fn declaration_of(it: &SaveTo, declarations: &[Declaration], report: &mut Report) -> Option<usize> {
    if declarations.is_empty() {
        report.error(codes::SAVE_TO_WITHOUT_ENTITY, &it.at, &[]);
        return None;
    }
    let only = (declarations.len() == 1 && it.list.is_empty()).then_some(0);
    let found = only.or_else(|| declarations.iter().position(|known| known.list == it.list));
    if found.is_none() || it.property.contains('#') {
        report.error(codes::SAVE_TO_LIST, &it.at, &[("found", &it.list)]);
    }
    found.filter(|_| !it.property.contains('#'))
}

/// Finds a group for every declaration.
struct Placement<'a> {
    tree: &'a Tree,
    declarations: &'a [Declaration],
    ties: &'a [Ties],
}

/// What one declaration asks for.
struct Request {
    declaration: usize,
    /// The repeat, or the survey, that its values come from.
    scope: Id,
    wanted: Id,
    saved_in: Vec<Id>,
}

impl<'a> Placement<'a> {
    fn new(tree: &'a Tree, declarations: &'a [Declaration], ties: &'a [Ties]) -> Self {
        Self { tree, declarations, ties }
    }

    fn run(&self, report: &mut Report) -> Vec<(Id, usize)> {
        let mut requests: Vec<Request> = Vec::new();
        for (index, ties) in self.ties.iter().enumerate() {
            if ties.found.is_empty() {
                requests.push(Request {
                    declaration: index,
                    scope: ROOT,
                    wanted: ROOT,
                    saved_in: Vec::new(),
                });
            } else {
                requests.extend(self.request(index, ties, report));
            }
        }
        if let [only] = &requests[..]
            && only.scope == ROOT
        {
            return vec![(ROOT, only.declaration)];
        }
        self.allocate(&requests, report)
    }

    /// Returns the chain from `container` up to the survey.
    fn chain(&self, container: Id) -> Vec<Id> {
        std::iter::once(container).chain(self.tree.ancestors(container)).collect()
    }

    fn scope(&self, container: Id) -> Id {
        let is_scope = |it: &Id| *it == ROOT || self.tree[*it].kind == Kind::Repeat;
        self.chain(container).into_iter().find(is_scope).unwrap_or(ROOT)
    }

    /// Returns how many repeats hold `container`, and how many groups stand between it and the innermost.
    fn depth(&self, container: Id) -> (usize, usize) {
        let chain = self.chain(container);
        let repeats = chain.iter().filter(|it| self.tree[**it].kind == Kind::Repeat).count();
        let scope = self.scope(container);
        (repeats, chain.iter().take_while(|it| **it != scope).count())
    }

    fn request(&self, declaration: usize, ties: &Ties, report: &mut Report) -> Option<Request> {
        let deepest = |saved_only: bool| {
            let of_kind = ties.found.iter().filter(|(.., saved)| *saved || !saved_only).map(|(it, ..)| *it);
            // The first of several equally deep ones.
            of_kind.fold(None, |best: Option<Id>, it| match best {
                Some(best) if self.depth(best) >= self.depth(it) => Some(best),
                _ => Some(it),
            })
        };
        let innermost = deepest(false)?;
        let scope = self.scope(innermost);
        let mut saved_in: Vec<Id> = Vec::new();
        for (container, _, saved) in &ties.found {
            if *saved && !saved_in.contains(container) {
                saved_in.push(*container);
            }
        }
        let wanted = match (deepest(true), &saved_in[..]) {
            (Some(saved), [_, _, ..]) => {
                let common = self.common(&saved_in);
                let outer = self.scope(saved);
                if self.depth(outer) >= self.depth(common) { outer } else { common }
            }
            (Some(saved), _) => saved,
            (None, _) => innermost,
        };
        let mut fits = true;
        for (container, at, saved) in &ties.found {
            let own = self.scope(*container);
            if !self.chain(scope).contains(&own) || (*saved && own != self.scope(wanted)) {
                fits = false;
                let (found, wanted) = (self.tree.path(*container), self.tree.path(innermost));
                let params = [
                    ("list", self.declarations[declaration].list.as_str()),
                    ("found", found),
                    ("wanted", wanted),
                ];
                report.error(codes::ENTITY_SCOPE, at, &params);
            }
        }
        fits.then_some(Request { declaration, scope, wanted, saved_in })
    }

    /// Returns the innermost container that holds all of `containers`.
    fn common(&self, containers: &[Id]) -> Id {
        let holds_all = |it: &Id| containers.iter().all(|other| self.chain(*other).contains(it));
        self.chain(containers[0]).into_iter().find(holds_all).unwrap_or(ROOT)
    }

    fn allocate(&self, requests: &[Request], report: &mut Report) -> Vec<(Id, usize)> {
        let mut places: Vec<(Id, usize)> = Vec::new();
        let mut reserved: BTreeMap<Id, usize> = BTreeMap::new();
        let mut order: Vec<&Request> = requests.iter().collect();
        let scope_rank = |it: &Request| requests.iter().position(|other| other.scope == it.scope);
        order.sort_by_key(|it| (scope_rank(it), self.declarations[it.declaration].at.row));
        for request in order {
            let mut taken_by = None;
            for place in self.chain(request.wanted) {
                if !self.chain(place).contains(&request.scope) {
                    break;
                }
                let Some(other) = reserved.get(&place) else {
                    places.push((place, request.declaration));
                    reserved.insert(place, request.declaration);
                    for leaf in &request.saved_in {
                        for it in self.chain(*leaf).into_iter().take_while(|it| *it != place) {
                            reserved.insert(it, request.declaration);
                        }
                    }
                    taken_by = None;
                    break;
                };
                taken_by = Some(*other);
                if request.saved_in.iter().any(|it| reserved.contains_key(it)) {
                    break;
                }
            }
            if let Some(other) = taken_by {
                let it = &self.declarations[request.declaration];
                let params = [("list", it.list.as_str()), ("other", self.declarations[other].list.as_str())];
                report.error(codes::ENTITY_NO_ROOM, &it.at, &params);
            }
        }
        places
    }
}

/// Adds `meta/entity` with its attributes below `container`.
fn add_entity(tree: &mut Tree, container: Id, it: &Declaration) {
    let in_repeat = tree[container].kind == Kind::Repeat || tree.is_in_repeat(container);
    let mut meta = Node::new("meta", Kind::Group);
    meta.is_meta = true;
    let meta = tree.add(container, meta);
    let entity = tree.add(meta, Node { cell: it.at.clone(), ..Node::new("entity", Kind::Entity) });
    let calculated = |name: &str, value: &str, calculate: Option<&str>| {
        let mut node = Node::new(name, Kind::Attribute);
        value.clone_into(&mut node.value);
        if let Some(calculate) = calculate {
            bind_calculation(&mut node, Some(calculate));
        }
        node
    };
    tree.add(entity, calculated("dataset", &it.list, None));
    if it.entity_id.is_none() || it.create_if.is_some() {
        tree.add(entity, calculated("create", "1", it.create_if.as_deref()));
    }
    if let Some(id) = &it.entity_id {
        tree.add(entity, calculated("update", "1", it.update_if.as_deref()));
        let row = format!("instance('{}')/root/item[name={id}]", it.list);
        for (name, column) in
            [("baseVersion", "__version"), ("trunkVersion", "__trunkVersion"), ("branchId", "__branchId")]
        {
            tree.add(entity, calculated(name, "", Some(&format!("{row}/{column}"))));
        }
    }
    let mut id = Node::new("id", Kind::Attribute);
    bind_calculation(&mut id, it.entity_id.as_deref());
    if it.entity_id.is_none() {
        let uuid = || Some("uuid()".into());
        id.actions.push(Action::set_value(Event::FirstLoad, uuid()));
        if in_repeat {
            id.actions.push(Action::set_value(Event::NewRepeat, uuid()));
        }
    }
    tree.add(entity, id);
    if let Some(label) = &it.label {
        let mut node = Node::new("label", Kind::EntityLabel);
        bind_calculation(&mut node, Some(label));
        tree.add(entity, node);
    }
}

fn bind_calculation(node: &mut Node, calculate: Option<&str>) {
    if let Some(calculate) = calculate {
        node.bind.push(("calculate".into(), Text::Plain(calculate.to_owned().into())));
    }
    node.set_bind("readonly", "true()");
    node.set_bind("type", "string");
}
