//! Texts that many hold.

use std::borrow::Borrow;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Deref;
use std::rc::Rc;

/// A text of the program, or one that was read and is not copied again however many hold it: a cell of a workbook, a
/// step of a header.
#[derive(Clone)]
pub(super) enum Shared {
    Own(&'static str),
    Read(Rc<str>),
}

impl Shared {
    /// Returns a text that was read, copied this once.
    pub(super) fn read(text: &str) -> Self {
        Shared::Read(text.into())
    }

    pub(super) fn as_str(&self) -> &str {
        self
    }
}

impl Deref for Shared {
    type Target = str;

    fn deref(&self) -> &str {
        match self {
            Shared::Own(text) => text,
            Shared::Read(text) => text,
        }
    }
}

impl Default for Shared {
    fn default() -> Self {
        Shared::Own("")
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, formatter)
    }
}

impl fmt::Display for Shared {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self)
    }
}

impl PartialEq for Shared {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for Shared {}

impl Hash for Shared {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (**self).hash(state);
    }
}

impl PartialEq<str> for Shared {
    fn eq(&self, other: &str) -> bool {
        **self == *other
    }
}

impl PartialEq<&str> for Shared {
    fn eq(&self, other: &&str) -> bool {
        **self == **other
    }
}

impl PartialEq<Shared> for str {
    fn eq(&self, other: &Shared) -> bool {
        *self == **other
    }
}

impl Borrow<str> for Shared {
    fn borrow(&self) -> &str {
        self
    }
}

impl AsRef<str> for Shared {
    fn as_ref(&self) -> &str {
        self
    }
}

impl From<&'static str> for Shared {
    fn from(text: &'static str) -> Self {
        Shared::Own(text)
    }
}

impl From<String> for Shared {
    fn from(text: String) -> Self {
        Shared::Read(text.into())
    }
}

impl From<&Shared> for Shared {
    fn from(text: &Shared) -> Self {
        text.clone()
    }
}
