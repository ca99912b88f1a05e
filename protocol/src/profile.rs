//! What is known of a user beside its URI, and what of it others may search (proto §5.8).

use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// A field of a profile, or what a query looks at.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Field {
    /// A handle: a URI for people, which may change (ID-03).
    Handle,
    /// A nickname; a query finds the user part of a handle by it as well.
    Nick,
    /// An e-mail address.
    Email,
    /// A telephone number in its international form.
    Phone,
    /// A part of the name; a query finds it by any piece, in whatever case.
    Name,
    /// In a query: any field that may be searched, by any piece of it.
    Profile,
    /// A UserInfo Standard Claim of OpenID Connect.
    Claim(String),
    /// A vCard property.
    Vcard(String),
}

/// What is known of a user.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Profile {
    /// The fields, each with what stands there.
    #[serde(default)]
    pub fields: BTreeMap<Field, Vec<String>>,
    /// By which of them the user lets itself be found.
    #[serde(default)]
    pub searchable: BTreeSet<Field>,
}

/// Which queries a provider answers.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct SearchPolicy {
    /// It answers none.
    #[serde(default)]
    pub closed: bool,
    /// The fields that it knows; all, where none are named.
    #[serde(default)]
    pub fields: BTreeSet<Field>,
    /// The fields that are not enough for a query.
    #[serde(default)]
    pub not_alone: BTreeSet<Field>,
    /// How many may match before the query has to be more exact; any number, where that is not said.
    pub most: Option<usize>,
}

/// What must stand in a field.
pub type Term = (Field, String);

/// Why a text names no field.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error(
    "`{0}` is no field of a profile: handle, nick, email, phone, name, profile, claim:NAME or vcard:NAME is one"
)]
pub struct UnknownField(String);

impl Profile {
    /// Whether all of it stands there, in fields by which the user lets itself be found (PROTO-66, PROTO-67).
    pub fn is_found_by(&self, query: &[Term]) -> bool {
        query.iter().all(|(field, value)| self.searchable.contains(field) && self.matches(field, value))
    }

    /// Whether it stands there.
    pub fn matches(&self, field: &Field, value: &str) -> bool {
        match field {
            Field::Nick => {
                let user_parts = self.values(&Field::Handle).filter_map(user_part);
                self.values(field).chain(user_parts).any(|found| found == value)
            }
            Field::Name => {
                let wanted = value.to_lowercase();
                self.values(field).any(|found| found.to_lowercase().contains(&wanted))
            }
            Field::Profile => {
                let open = self.fields.iter().filter(|(field, _)| self.searchable.contains(field));
                open.flat_map(|(_, values)| values).any(|found| found.contains(value))
            }
            Field::Handle | Field::Email | Field::Phone | Field::Claim(_) | Field::Vcard(_) => {
                self.values(field).any(|found| found == value)
            }
        }
    }

    /// What stands in a field.
    pub fn values(&self, field: &Field) -> impl Iterator<Item = &str> {
        self.fields.get(field).into_iter().flatten().map(String::as_str)
    }
}

impl SearchPolicy {
    /// Whether it knows all fields of the query.
    pub fn knows(&self, query: &[Term]) -> bool {
        self.fields.is_empty() || query.iter().all(|(field, _)| self.fields.contains(field))
    }

    /// Whether it answers such a query at all: not one that says nothing, or too little.
    pub fn allows(&self, query: &[Term]) -> bool {
        !self.closed && query.iter().any(|(field, _)| !self.not_alone.contains(field))
    }
}

/// `alice` in `im:alice@a.example`.
fn user_part(handle: &str) -> Option<&str> {
    handle.split_once(':')?.1.split_once('@').map(|(user, _)| user)
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Field::Handle => f.write_str("handle"),
            Field::Nick => f.write_str("nick"),
            Field::Email => f.write_str("email"),
            Field::Phone => f.write_str("phone"),
            Field::Name => f.write_str("name"),
            Field::Profile => f.write_str("profile"),
            Field::Claim(name) => write!(f, "claim:{name}"),
            Field::Vcard(name) => write!(f, "vcard:{name}"),
        }
    }
}

impl From<Field> for String {
    fn from(field: Field) -> Self {
        field.to_string()
    }
}

impl TryFrom<String> for Field {
    type Error = UnknownField;

    fn try_from(text: String) -> Result<Self, UnknownField> {
        Ok(match text.as_str() {
            "handle" => Field::Handle,
            "nick" => Field::Nick,
            "email" => Field::Email,
            "phone" => Field::Phone,
            "name" => Field::Name,
            "profile" => Field::Profile,
            _ => match text.split_once(':') {
                Some(("claim", name)) if !name.is_empty() => Field::Claim(name.to_owned()),
                Some(("vcard", name)) if !name.is_empty() => Field::Vcard(name.to_owned()),
                _ => return Err(UnknownField(text)),
            },
        })
    }
}
