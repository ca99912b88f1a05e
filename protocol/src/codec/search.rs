//! Queries for users and downloads, to octets and back (proto §5.8, §5.10).

use super::CodecError;
use super::common::{provider, text, user};
use crate::directory::Directory;
use crate::node::{Request, SearchAnswer};
use crate::profile::{Field, Term};
use crate::wire::app_data::AppDataDictionary;
use crate::wire::identifier_query::{
    FieldSource, IdentifierRequest, IdentifierResponse, ProfileField, QueryElement, SearchIdentifierType,
    UserProfile,
};
use crate::wire::{IdentifierUri, Opaque};

pub(super) fn request(query: &[Term]) -> IdentifierRequest {
    let element = |(field, value): &Term| QueryElement {
        search_type: search_type(field),
        search_value: value.as_bytes().into(),
    };
    IdentifierRequest {
        query_elements: query.iter().map(element).collect(),
        id_request_extensions: AppDataDictionary::default(),
    }
}

pub(super) fn query(wire: IdentifierRequest) -> Result<Vec<Term>, CodecError> {
    let term = |element: QueryElement| Ok((field(&element.search_type)?, string(&element.search_value)?));
    wire.query_elements.into_iter().map(term).collect()
}

pub(super) fn response(directory: &Directory, answer: &SearchAnswer) -> IdentifierResponse {
    let uri = |user| IdentifierUri::from(directory.user_uri(user));
    let profile = |(user, told): &(_, Vec<Term>)| UserProfile {
        stable_uri: uri(*user),
        fields: told.iter().filter_map(profile_field).collect(),
    };
    IdentifierResponse {
        response_code: answer.code,
        uri: answer.found.iter().map(|(user, _)| uri(*user)).collect(),
        found_profiles: answer.found.iter().filter(|(_, told)| !told.is_empty()).map(profile).collect(),
        id_response_extensions: AppDataDictionary::default(),
    }
}

pub(super) fn answer(directory: &Directory, wire: IdentifierResponse) -> Result<SearchAnswer, CodecError> {
    let mut found = Vec::new();
    for uri in &wire.uri {
        let profile = wire.found_profiles.iter().find(|profile| profile.stable_uri == *uri);
        let told = profile.into_iter().flat_map(|profile| &profile.fields).map(told);
        found.push((user(directory, uri)?, told.collect::<Result<_, _>>()?));
    }
    Ok(SearchAnswer { code: wire.response_code, found })
}

/// A client says which hub is to fetch it; between providers that is who is asked, and the body is empty.
pub(super) fn download(directory: &Directory, (url, domain): (&[u8], &[u8])) -> Result<Request, CodecError> {
    Ok(Request::Download { hub: provider(directory, domain)?, url: text(url)? })
}

fn search_type(field: &Field) -> SearchIdentifierType {
    match field {
        Field::Handle => SearchIdentifierType::Handle,
        Field::Nick => SearchIdentifierType::Nick,
        Field::Email => SearchIdentifierType::Email,
        Field::Phone => SearchIdentifierType::Phone,
        Field::Name => SearchIdentifierType::PartialName,
        Field::Profile => SearchIdentifierType::WholeProfile,
        Field::Claim(name) => SearchIdentifierType::OidcStdClaim(name.as_bytes().into()),
        Field::Vcard(name) => SearchIdentifierType::VcardField(name.as_bytes().into()),
    }
}

fn field(wire: &SearchIdentifierType) -> Result<Field, CodecError> {
    Ok(match wire {
        SearchIdentifierType::Handle => Field::Handle,
        SearchIdentifierType::Nick => Field::Nick,
        SearchIdentifierType::Email => Field::Email,
        SearchIdentifierType::Phone => Field::Phone,
        SearchIdentifierType::PartialName => Field::Name,
        SearchIdentifierType::WholeProfile => Field::Profile,
        SearchIdentifierType::OidcStdClaim(name) => Field::Claim(string(name)?),
        SearchIdentifierType::VcardField(name) => Field::Vcard(string(name)?),
    })
}

fn profile_field((field, value): &Term) -> Option<ProfileField> {
    let (field_source, name) = match field {
        Field::Claim(name) => (FieldSource::OidcStdClaim, name),
        Field::Vcard(name) => (FieldSource::VcardField, name),
        _ => return None,
    };
    let (field_name, field_value) = (name.as_bytes().into(), value.as_bytes().into());
    Some(ProfileField { field_source, field_name, field_value })
}

fn told(wire: &ProfileField) -> Result<Term, CodecError> {
    let name = string(&wire.field_name)?;
    let field = match wire.field_source {
        FieldSource::OidcStdClaim => Field::Claim(name),
        FieldSource::VcardField => Field::Vcard(name),
    };
    Ok((field, string(&wire.field_value)?))
}

fn string(octets: &Opaque) -> Result<String, CodecError> {
    text(octets.as_slice())
}
