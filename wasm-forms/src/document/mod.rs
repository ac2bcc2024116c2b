//! An XML document as it was written: an arena over its text.
//!
//! Nodes are numbered in document order, and each knows where what is below it ends: children are found by stepping from
//! end to end. Names and texts are pieces of the source; only what reads otherwise than it is written (references,
//! line ends) is kept apart. `reader` says what is refused.
//!
//! Forms are read while a person waits, by code that was compiled a moment ago: what is asked of every node is written
//! out over plain slices.

mod bytes;
#[cfg(feature = "xlsform")]
mod drafted;
mod reader;

#[cfg(feature = "xlsform")]
pub(crate) use bytes::{HIGHS, ONES, below};
#[cfg(feature = "xlsform")]
pub(crate) use drafted::{Drafted, Written};
#[cfg(any(test, feature = "expression"))]
pub(crate) use reader::read_with_doctype;
pub(crate) use reader::{Unreadable, read, read_taking};

/// The namespace that the prefix `xml` always has.
pub(crate) const XML_NAMESPACE: &str = "http://www.w3.org/XML/1998/namespace";

/// What a node is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Document,
    Element,
    Text,
    Comment,
    /// Its value is kept as its one attribute.
    Instruction,
}

/// A document that does not change.
#[derive(Debug)]
pub(crate) struct Document<'t> {
    text: &'t str,
    nodes: Vec<Record>,
    attributes: Vec<AttributeRecord>,
    scopes: Vec<Scope>,
    declarations: Vec<(Piece, Piece)>,
    /// What reads otherwise than it is written.
    made: String,
}

/// A range of the source, or of what was made of it.
#[derive(Debug, Clone, Copy)]
struct Piece {
    from: u32,
    to: u32,
    is_made: bool,
}

/// A name as written, and where its local part begins in the source.
#[derive(Debug, Clone, Copy)]
struct Name {
    from: u32,
    local: u32,
    to: u32,
}

#[derive(Debug, Clone, Copy)]
struct Record {
    parent: u32,
    /// The first node after all that is below this one.
    end: u32,
    /// The name of elements and instructions; of texts and comments where they stand.
    name: Name,
    first_attribute: u32,
    /// The namespaces declared here, else those around.
    scope: u32,
    /// Never more than [`reader::MAX_ATTRIBUTES`].
    n_attributes: u16,
    kind: Kind,
    /// Whether a text is a range of what was made.
    is_made: bool,
}

impl Record {
    /// The text of a text or comment.
    fn text(&self) -> Piece {
        Piece { from: self.name.from, to: self.name.to, is_made: self.is_made }
    }
}

#[derive(Debug, Clone, Copy)]
struct AttributeRecord {
    name: Name,
    value: Piece,
}

/// What one element declares, inside of what is declared around it.
#[derive(Debug, Clone, Copy)]
struct Scope {
    outer: u32,
    /// From where to where in the declarations: prefix and namespace.
    from: u32,
    to: u32,
}

impl Document<'_> {
    /// Returns the element that holds all others.
    pub fn root_element(&self) -> Node<'_, '_> {
        let root = Node { document: self, number: 0 };
        root.elements().next().unwrap_or(root)
    }

    /// Returns the document's own node.
    pub fn root(&self) -> Node<'_, '_> {
        Node { document: self, number: 0 }
    }

    fn piece(&self, piece: Piece) -> &str {
        let buffer = if piece.is_made { &self.made } else { self.text };
        &buffer[piece.from as usize..piece.to as usize]
    }

    fn written(&self, name: Name) -> &str {
        &self.text[name.from as usize..name.to as usize]
    }

    fn local(&self, name: Name) -> &str {
        &self.text[name.local as usize..name.to as usize]
    }

    fn prefix(&self, name: Name) -> &str {
        let end = if name.local > name.from { name.local - 1 } else { name.from };
        &self.text[name.from as usize..end as usize]
    }

    /// Whether a name's local part is this; names are compared so often that no slice of a text is made for it.
    #[inline(always)]
    fn is_local(&self, name: Name, wanted: &str) -> bool {
        (name.to - name.local) as usize == wanted.len()
            && same_bytes(self.text.as_bytes(), name.local as usize, wanted.as_bytes())
    }

    /// Returns the first attribute of an element that has this local name, and no prefix where that is asked for.
    fn find_attribute(&self, element: &Record, wanted: &str, is_plain: bool) -> Option<&AttributeRecord> {
        if element.kind != Kind::Element {
            return None;
        }
        let first = element.first_attribute as usize;
        let own = self.attributes.as_slice().get(first..first + element.n_attributes as usize)?;
        let is_wanted = |it: &AttributeRecord| {
            self.is_local(it.name, wanted) && (!is_plain || it.name.local == it.name.from)
        };
        own.iter().find(|it| is_wanted(it))
    }

    /// Returns the namespace of a prefix in a scope; empty for the default one.
    fn namespace(&self, scope: u32, prefix: &str) -> Option<&str> {
        if prefix == "xml" {
            return Some(XML_NAMESPACE);
        }
        let declared = self.in_scope(scope).find(|(known, _)| *known == prefix);
        declared.map(|(_, namespace)| namespace).filter(|it| !it.is_empty())
    }

    /// Returns prefixes and namespaces, the innermost first.
    fn in_scope(&self, scope: u32) -> impl Iterator<Item = (&str, &str)> {
        let outward = std::iter::successors(Some(scope), |it| {
            let outer = self.scopes[*it as usize].outer;
            (outer != *it).then_some(outer)
        });
        outward.flat_map(|it| {
            let Scope { from, to, .. } = self.scopes[it as usize];
            let own = &self.declarations[from as usize..to as usize];
            own.iter().map(|(prefix, namespace)| (self.piece(*prefix), self.piece(*namespace)))
        })
    }
}

/// A node of a document.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Node<'d, 't> {
    document: &'d Document<'t>,
    number: u32,
}

/// An attribute of an element; declarations of namespaces are none.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Attribute<'d, 't> {
    document: &'d Document<'t>,
    number: u32,
    scope: u32,
}

impl PartialEq for Node<'_, '_> {
    fn eq(&self, other: &Self) -> bool {
        self.number == other.number && std::ptr::eq(self.document, other.document)
    }
}

impl<'d, 't> Node<'d, 't> {
    #[inline(always)]
    fn record(&self) -> &'d Record {
        let nodes: &'d [Record] = self.document.nodes.as_slice();
        &nodes[self.number as usize]
    }

    fn at(&self, number: u32) -> Node<'d, 't> {
        Node { document: self.document, number }
    }

    /// Returns its number in the document.
    pub fn number(&self) -> u32 {
        self.number
    }

    pub fn kind(&self) -> Kind {
        self.record().kind
    }

    pub fn is_element(&self) -> bool {
        self.kind() == Kind::Element
    }

    pub fn is_text(&self) -> bool {
        self.kind() == Kind::Text
    }

    /// Whether it is an element of this local name. Namespaces are not looked at, because forms in the field bind them in
    /// many ways.
    pub fn is_named(&self, name: &str) -> bool {
        let record = self.record();
        record.kind == Kind::Element && self.document.is_local(record.name, name)
    }

    /// Returns the local name of an element; empty for other nodes.
    pub fn name(&self) -> &'d str {
        self.document.local(self.record().name)
    }

    /// Returns the name as written, prefix included; the target of an instruction.
    pub fn qualified_name(&self) -> &'d str {
        self.document.written(self.record().name)
    }

    /// Returns the namespace of an element.
    pub fn namespace(&self) -> Option<&'d str> {
        self.document.namespace(self.record().scope, self.prefix())
    }

    /// Returns the prefix of an element; empty where it has none.
    pub fn prefix(&self) -> &'d str {
        self.document.prefix(self.record().name)
    }

    /// Returns a number that is the same for nodes with the same namespaces.
    pub fn scope(&self) -> u32 {
        self.record().scope
    }

    /// Returns the namespace that names without a prefix have here.
    pub fn default_namespace(&self) -> Option<&'d str> {
        self.document.namespace(self.record().scope, "")
    }

    /// Returns the prefix that a namespace has here; empty for the default one.
    pub fn lookup_prefix(&self, namespace: &str) -> Option<&'d str> {
        if namespace == XML_NAMESPACE {
            return Some("xml");
        }
        let found = self.namespaces().find(|(_, known)| *known == namespace);
        found.map(|(prefix, _)| prefix)
    }

    /// Returns prefixes and namespaces in scope, the innermost first; those that are declared anew further in hide others.
    pub fn namespaces(&self) -> impl Iterator<Item = (&'d str, &'d str)> {
        let (document, scope) = (self.document, self.record().scope);
        let is_visible = move |(prefix, namespace): &(&str, &str)| {
            document.in_scope(scope).find(|(known, _)| known == prefix).is_some_and(|it| it.1 == *namespace)
        };
        document.in_scope(scope).filter(is_visible)
    }

    /// Returns prefixes and namespaces that this element itself declares otherwise than what is around it.
    pub fn declarations(&self) -> impl Iterator<Item = (&'d str, &'d str)> {
        let outer = self.parent().map_or(0, |it| it.record().scope);
        let (document, scope) = (self.document, self.record().scope);
        let Scope { from, to, .. } = document.scopes[scope as usize];
        let own = if scope == outer { 0..0 } else { from as usize..to as usize };
        let own = document.declarations[own].iter();
        let own = own.map(|(prefix, namespace)| (document.piece(*prefix), document.piece(*namespace)));
        own.filter(move |(prefix, namespace)| {
            document.namespace(outer, prefix).unwrap_or_default() != *namespace
        })
    }

    /// Returns the attributes in the order they are written.
    pub fn attributes(&self) -> impl ExactSizeIterator<Item = Attribute<'d, 't>> + use<'d, 't> {
        let Record { first_attribute, n_attributes, scope, .. } = *self.record();
        let (document, n) = (self.document, if self.is_element() { n_attributes } else { 0 });
        (first_attribute..first_attribute + u32::from(n)).map(move |number| Attribute {
            document,
            number,
            scope,
        })
    }

    /// Returns the value of an attribute without a namespace.
    pub fn attribute(&self, name: &str) -> Option<&'d str> {
        let found = self.document.find_attribute(self.record(), name, true);
        found.map(|it| self.document.piece(it.value))
    }

    /// Returns the value of the first attribute of this local name.
    pub fn attr(&self, name: &str) -> Option<&'d str> {
        let found = self.document.find_attribute(self.record(), name, false);
        found.map(|it| self.document.piece(it.value))
    }

    /// Returns the value of an attribute of a namespace.
    pub fn attribute_of(&self, namespace: &str, name: &str) -> Option<&'d str> {
        let is_wanted = |it: &Attribute<'_, '_>| it.is_named(name) && it.namespace() == Some(namespace);
        self.attributes().find(is_wanted).map(|it| it.value())
    }

    /// Returns the nodes right below.
    pub fn children(&self) -> Children<'d, 't> {
        Children { document: self.document, next: self.number + 1, end: self.record().end }
    }

    /// Returns the elements right below.
    pub fn elements(&self) -> impl Iterator<Item = Node<'d, 't>> + use<'d, 't> {
        self.children().filter(Node::is_element)
    }

    pub fn first_element(&self) -> Option<Node<'d, 't>> {
        self.elements().next()
    }

    /// Returns the first element of a local name right below.
    pub fn child(&self, name: &str) -> Option<Node<'d, 't>> {
        self.children().find(|it| it.is_named(name))
    }

    /// Returns the node itself and all below it in document order.
    pub fn descendants(&self) -> impl Iterator<Item = Node<'d, 't>> + use<'d, 't> {
        let document = self.document;
        (self.number..self.record().end).map(move |number| Node { document, number })
    }

    pub fn parent(&self) -> Option<Node<'d, 't>> {
        (self.number != 0).then(|| self.at(self.record().parent))
    }

    pub fn parent_element(&self) -> Option<Node<'d, 't>> {
        self.parent().filter(Node::is_element)
    }

    /// Returns the node itself and all around it, outward.
    pub fn ancestors(&self) -> impl Iterator<Item = Node<'d, 't>> + use<'d, 't> {
        std::iter::successors(Some(*self), Node::parent)
    }

    /// Returns the text of a text or comment; of an element the text it begins with.
    pub fn text(&self) -> Option<&'d str> {
        match self.kind() {
            Kind::Text | Kind::Comment => Some(self.document.piece(self.record().text())),
            Kind::Instruction => {
                let value = self.record().first_attribute as usize;
                Some(self.document.piece(self.document.attributes[value].value))
            }
            Kind::Element | Kind::Document => {
                self.children().next().filter(Node::is_text).and_then(|it| it.text())
            }
        }
    }

    /// Returns all text inside, without comments.
    pub fn all_text(&self) -> String {
        self.descendants().filter(Node::is_text).filter_map(|it| it.text()).collect()
    }

    /// Returns how many nodes there are below.
    pub fn n_below(&self) -> usize {
        (self.record().end - self.number - 1) as usize
    }
}

/// See [`Node::children`].
#[derive(Debug, Clone)]
pub(crate) struct Children<'d, 't> {
    document: &'d Document<'t>,
    next: u32,
    end: u32,
}

impl<'d, 't> Iterator for Children<'d, 't> {
    type Item = Node<'d, 't>;

    fn next(&mut self) -> Option<Self::Item> {
        let number = self.next;
        if number >= self.end {
            return None;
        }
        let nodes = self.document.nodes.as_slice();
        self.next = nodes[number as usize].end;
        Some(Node { document: self.document, number })
    }
}

/// Whether bytes stand at a place. Names are short: nothing is called for them.
#[inline(always)]
fn same_bytes(bytes: &[u8], at: usize, wanted: &[u8]) -> bool {
    (at..).zip(wanted).all(|(next, byte)| bytes.get(next) == Some(byte))
}

impl<'d> Attribute<'d, '_> {
    fn record(&self) -> &'d AttributeRecord {
        &self.document.attributes[self.number as usize]
    }

    /// Returns the local name.
    pub fn name(&self) -> &'d str {
        self.document.local(self.record().name)
    }

    /// Whether this is its local name.
    pub fn is_named(&self, name: &str) -> bool {
        self.document.is_local(self.record().name, name)
    }

    /// Returns the name as written, prefix included.
    pub fn qualified_name(&self) -> &'d str {
        self.document.written(self.record().name)
    }

    /// Returns the prefix; empty where it has none.
    pub fn prefix(&self) -> &'d str {
        self.document.prefix(self.record().name)
    }

    /// Returns the namespace; a name without a prefix has none.
    pub fn namespace(&self) -> Option<&'d str> {
        let prefix = self.prefix();
        if prefix.is_empty() { None } else { self.document.namespace(self.scope, prefix) }
    }

    pub fn value(&self) -> &'d str {
        self.document.piece(self.record().value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nodes_are_found_from_each_other() {
        let text = "<a xmlns='u' xmlns:p='v' i='1' p:j='2'>t<b>u<!--c-->v</b><p:c xmlns=''><d/></p:c></a>";
        let document = read(text, 100).expect("a document");
        let a = document.root_element();
        let names: Vec<_> = a.elements().map(|it| (it.name(), it.namespace())).collect();
        assert_eq!(names, [("b", Some("u")), ("c", Some("v"))]);
        assert_eq!((a.attribute("i"), a.attribute("j"), a.attr("j")), (Some("1"), None, Some("2")));
        assert_eq!((a.attribute_of("v", "j"), a.attribute_of("u", "j")), (Some("2"), None));
        assert_eq!((a.text(), a.all_text().as_str()), (Some("t"), "tuv"));
        let d = a.child("c").and_then(|it| it.child("d")).expect("an element");
        assert_eq!((d.namespace(), d.default_namespace(), d.lookup_prefix("v")), (None, None, Some("p")));
        assert_eq!(d.lookup_prefix("u"), None);
        assert_eq!(d.ancestors().map(|it| it.name()).collect::<Vec<_>>(), ["d", "c", "a", ""]);
        assert_eq!((a.n_below(), a.descendants().count(), d.n_below()), (7, 8, 0));
    }
}
