//! A form's elements by what they are: the model's children and the actions in the body, each looked at once.

use crate::document::Node;

/// What stands in a form.
pub(super) struct Sections<'d, 't> {
    /// The form's own instance, and those of its lists.
    pub instances: Vec<Node<'d, 't>>,
    pub binds: Vec<Node<'d, 't>>,
    /// `setvalue` and `setgeopoint`: the model's, then the body's.
    pub actions: Vec<Node<'d, 't>>,
    pub recordings: Vec<Node<'d, 't>>,
    pub itext: Option<Node<'d, 't>>,
    pub submission: Option<Node<'d, 't>>,
    /// Children of the model that no form has.
    pub unknown: Vec<Node<'d, 't>>,
}

impl<'d, 't> Sections<'d, 't> {
    pub fn of_model(model: Node<'d, 't>) -> Self {
        let mut found = Self {
            instances: Vec::new(),
            binds: Vec::new(),
            actions: Vec::new(),
            recordings: Vec::new(),
            itext: None,
            submission: None,
            unknown: Vec::new(),
        };
        for element in model.elements() {
            match element.name() {
                "bind" => found.binds.push(element),
                "instance" => found.instances.push(element),
                "itext" => _ = found.itext.get_or_insert(element),
                "submission" => _ = found.submission.get_or_insert(element),
                _ if found.add_action(element) => {}
                _ => found.unknown.push(element),
            }
        }
        found
    }

    /// Adds what the body does by itself.
    pub fn add_body(&mut self, body: Node<'d, 't>) {
        for element in body.descendants() {
            self.add_action(element);
        }
    }

    fn add_action(&mut self, element: Node<'d, 't>) -> bool {
        match element.name() {
            "setvalue" | "setgeopoint" => self.actions.push(element),
            "recordaudio" => self.recordings.push(element),
            _ => return false,
        }
        true
    }

    /// Returns the lists' instances.
    pub fn lists(&self) -> &[Node<'d, 't>] {
        self.instances.get(1..).unwrap_or_default()
    }
}
