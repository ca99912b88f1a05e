//! Answers to octets and back.

use super::common::client;
use super::frame::{Answer, Hop, answer_frame, open_answer};
use super::{CodecError, Endpoint, log, search};
use crate::directory::Directory;
use crate::http::status::{BAD_REQUEST, CREATED, FORBIDDEN, GONE, NOT_FOUND, OK, UNAVAILABLE, WITH_LOG};
use crate::ids::ClientId;
use crate::mls::{Octets, ProposalRef};
use crate::node::Call;
use crate::node::{
    ClientMaterial, Exchange, GroupInfoAnswer, KeyMaterialAnswer, Response, SubmitAnswer, UpdateAnswer,
    UserStatus,
};
use crate::wire::group_info::{GroupInfoOutcome, GroupInfoResponse};
use crate::wire::identifier_query::IdentifierResponse;
use crate::wire::key_material::{
    ClientKeyMaterial, ClientMaterial as WireMaterial, KeyMaterialResponse, KeyMaterialUserCode,
};
use crate::wire::submit_message::{SubmitMessageResponse, SubmitOutcome};
use crate::wire::update::{UpdateOutcome, UpdateRoomResponse};
use crate::wire::{IdentifierUri, KeyPackageBytes, Opaque, Protocol, Wire};

/// The octets of an answer in `exchange` on this hop.
pub fn encode_response(
    directory: &Directory,
    hop: Hop,
    exchange: &Exchange,
    response: &Response,
) -> Result<Vec<u8>, CodecError> {
    let (status, body) = match response {
        Response::KeyMaterial(answer) => (OK, key_material(directory, exchange, answer)?.encode()),
        Response::Update(answer) => (OK, update(answer).encode()),
        Response::Submit(answer) => (OK, submit(answer).encode()),
        Response::GroupInfo(answer @ GroupInfoAnswer::Success { state: Some(state), .. }) => {
            let body = group_info_response(directory, exchange, answer)?.encode();
            (WITH_LOG, log::encode_beside(state, body))
        }
        Response::GroupInfo(answer) => (OK, group_info_response(directory, exchange, answer)?.encode()),
        Response::Directory(document) => (OK, document.to_vec()),
        Response::Search(answer) => (OK, search::response(directory, answer).encode()),
        Response::Asset(octets) | Response::Oblivious(octets) | Response::OhttpKeys(octets) => {
            (OK, octets.to_vec())
        }
        Response::Created => (CREATED, Vec::new()),
        Response::NotFound => (NOT_FOUND, Vec::new()),
        Response::BadRequest => (BAD_REQUEST, Vec::new()),
        Response::Unavailable { .. } => (UNAVAILABLE, Vec::new()),
        Response::Done => (OK, Vec::new()),
        Response::Left => (GONE, Vec::new()),
        Response::Refused => (FORBIDDEN, Vec::new()),
    };
    let endpoint = endpoint(exchange.call);
    // An asset is not what it is fetched in: the gateway is answered in the clear by whoever has it.
    let is_typed = matches!(response, Response::Oblivious(_) | Response::OhttpKeys(_));
    let media = endpoint.response_media().filter(|_| is_typed);
    let retry_after_s = match response {
        Response::Unavailable { retry_after_s } => Some(*retry_after_s),
        _ => None,
    };
    Ok(answer_frame(hop, endpoint, &Answer { status, media, retry_after_s, body: &body }))
}

/// The answer of a frame in `exchange` that came on this hop.
pub fn decode_response(
    directory: &Directory,
    hop: Hop,
    exchange: &Exchange,
    frame: &[u8],
) -> Result<Response, CodecError> {
    let endpoint = self::endpoint(exchange.call);
    let Answer { status, media, retry_after_s, body } = open_answer(hop, endpoint, frame)?;
    match (endpoint, status) {
        (Endpoint::Notify | Endpoint::RequestConsent, CREATED) => empty(body, Response::Created),
        // Without a time it is a refusal like any other.
        (Endpoint::Notify, UNAVAILABLE) => empty(
            body,
            retry_after_s.map_or(Response::Refused, |retry_after_s| Response::Unavailable { retry_after_s }),
        ),
        (Endpoint::RequestConsent | Endpoint::Download | Endpoint::Oblivious, NOT_FOUND) => {
            empty(body, Response::NotFound)
        }
        (Endpoint::Search, OK) => {
            Ok(Response::Search(search::answer(directory, IdentifierResponse::decode(body)?)?))
        }
        (Endpoint::Oblivious, OK) if media == endpoint.response_media() => {
            Ok(Response::Oblivious(body.into()))
        }
        (Endpoint::OhttpKeys, OK) if media == endpoint.response_media() => {
            Ok(Response::OhttpKeys(body.into()))
        }
        (Endpoint::Download | Endpoint::Oblivious, OK) => Ok(Response::Asset(body.into())),
        (Endpoint::Oblivious, BAD_REQUEST) => empty(body, Response::BadRequest),
        (Endpoint::Directory, OK) => Ok(Response::Directory(body.into())),
        (Endpoint::Deliver, GONE) => empty(body, Response::Left),
        (Endpoint::Publish | Endpoint::Open | Endpoint::Deliver | Endpoint::ReportAbuse, OK) => {
            empty(body, Response::Done)
        }
        (Endpoint::KeyMaterial, OK) => key_material_answer(directory, KeyMaterialResponse::decode(body)?),
        (Endpoint::Update, OK) => update_answer(UpdateRoomResponse::decode(body)?),
        (Endpoint::Submit, OK) => Ok(Response::Submit(match SubmitMessageResponse::decode(body)?.outcome {
            SubmitOutcome::Accepted { accepted_timestamp_ms: accepted_ms, frank } => {
                SubmitAnswer::Accepted { accepted_ms, frank }
            }
            SubmitOutcome::NotAllowed => SubmitAnswer::NotAllowed,
            SubmitOutcome::EpochTooOld { current_epoch: current } => SubmitAnswer::EpochTooOld { current },
        })),
        (Endpoint::GroupInfo, OK) => Ok(group_info_answer(GroupInfoResponse::decode(body)?, None)),
        (Endpoint::GroupInfo, WITH_LOG) => {
            let (state, body) = log::decode_beside(body)?;
            Ok(group_info_answer(GroupInfoResponse::decode(body)?, Some(state)))
        }
        (_, 400..600) => empty(body, Response::Refused),
        _ => Err(CodecError::UnknownEndpoint),
    }
}

/// The endpoint of an exchange.
pub(super) fn endpoint(call: Call) -> Endpoint {
    match call {
        Call::Publish => Endpoint::Publish,
        Call::Directory(_) => Endpoint::Directory,
        Call::Search(..) => Endpoint::Search,
        Call::Download(_) | Call::Tree(_) => Endpoint::Download,
        Call::Oblivious(_) => Endpoint::Oblivious,
        Call::OhttpKeys(_) => Endpoint::OhttpKeys,
        Call::Open(_) => Endpoint::Open,
        Call::KeyMaterial(..) => Endpoint::KeyMaterial,
        Call::Update(_) => Endpoint::Update,
        Call::Submit(_) => Endpoint::Submit,
        Call::GroupInfo(_) => Endpoint::GroupInfo,
        Call::ReportAbuse(_) => Endpoint::ReportAbuse,
        // Answers are alike on all three of its endpoints.
        Call::Consent(..) => Endpoint::RequestConsent,
        Call::Notify(..) => Endpoint::Notify,
        Call::Deliver(_) => Endpoint::Deliver,
    }
}

fn empty(body: &[u8], response: Response) -> Result<Response, CodecError> {
    if body.is_empty() { Ok(response) } else { Err(CodecError::Unsupported) }
}

fn key_material(
    directory: &Directory,
    exchange: &Exchange,
    answer: &KeyMaterialAnswer,
) -> Result<KeyMaterialResponse, CodecError> {
    let Call::KeyMaterial(_, user) = exchange.call else { return Err(CodecError::Unsupported) };
    let row = |(id, material): &(ClientId, ClientMaterial)| -> Result<ClientKeyMaterial, CodecError> {
        let material = match material {
            ClientMaterial::KeyPackage(package) => {
                WireMaterial::Success(KeyPackageBytes::try_from(&**package)?)
            }
            ClientMaterial::Exhausted => WireMaterial::KeyMaterialExhausted,
            ClientMaterial::Incompatible(able) => WireMaterial::NothingCompatible(able.clone()),
        };
        Ok(ClientKeyMaterial { client_uri: IdentifierUri::from(directory.client_uri(*id)), material })
    };
    let user_status = match answer.status {
        UserStatus::Success => KeyMaterialUserCode::Success,
        UserStatus::PartialSuccess => KeyMaterialUserCode::PartialSuccess,
        UserStatus::NoCompatibleMaterial => KeyMaterialUserCode::NoCompatibleMaterial,
        UserStatus::UserUnknown => KeyMaterialUserCode::UserUnknown,
        UserStatus::NoConsent => KeyMaterialUserCode::NoConsent,
        UserStatus::NoConsentForThisRoom => KeyMaterialUserCode::NoConsentForThisRoom,
        UserStatus::UserDeleted => KeyMaterialUserCode::UserDeleted,
    };
    Ok(KeyMaterialResponse {
        protocol: Protocol::Mls10,
        user_status,
        user_uri: IdentifierUri::from(directory.user_uri(user)),
        clients: answer.clients.iter().map(row).collect::<Result<_, _>>()?,
    })
}

fn key_material_answer(directory: &Directory, wire: KeyMaterialResponse) -> Result<Response, CodecError> {
    let status = match wire.user_status {
        KeyMaterialUserCode::Success => UserStatus::Success,
        KeyMaterialUserCode::PartialSuccess => UserStatus::PartialSuccess,
        KeyMaterialUserCode::NoCompatibleMaterial => UserStatus::NoCompatibleMaterial,
        KeyMaterialUserCode::UserUnknown => UserStatus::UserUnknown,
        KeyMaterialUserCode::NoConsent => UserStatus::NoConsent,
        KeyMaterialUserCode::NoConsentForThisRoom => UserStatus::NoConsentForThisRoom,
        KeyMaterialUserCode::UserDeleted => UserStatus::UserDeleted,
        KeyMaterialUserCode::IncompatibleProtocol => return Err(CodecError::Unsupported),
    };
    let rows = wire.clients.into_iter().map(|row| {
        let material = match row.material {
            WireMaterial::Success(package) => ClientMaterial::KeyPackage(package.as_slice().into()),
            WireMaterial::KeyMaterialExhausted => ClientMaterial::Exhausted,
            WireMaterial::NothingCompatible(able) => ClientMaterial::Incompatible(able),
        };
        Ok::<_, CodecError>((client(directory, row.client_uri.as_slice())?, material))
    });
    let clients = rows.collect::<Result<_, _>>()?;
    Ok(Response::KeyMaterial(KeyMaterialAnswer { status, clients }))
}

fn update(answer: &UpdateAnswer) -> UpdateRoomResponse {
    let outcome = match answer {
        UpdateAnswer::Success { accepted_ms } => {
            UpdateOutcome::Success { accepted_timestamp_ms: *accepted_ms }
        }
        UpdateAnswer::WrongEpoch { current } => UpdateOutcome::WrongEpoch { current_epoch: *current },
        UpdateAnswer::NotAllowed => UpdateOutcome::NotAllowed,
        UpdateAnswer::InvalidProposal(references) => {
            let references = references.iter().map(|r| Opaque::from(r.0.to_vec()));
            UpdateOutcome::InvalidProposal { invalid_proposals: references.collect() }
        }
    };
    UpdateRoomResponse { error_description: String::new(), outcome }
}

fn update_answer(wire: UpdateRoomResponse) -> Result<Response, CodecError> {
    Ok(Response::Update(match wire.outcome {
        UpdateOutcome::Success { accepted_timestamp_ms } => {
            UpdateAnswer::Success { accepted_ms: accepted_timestamp_ms }
        }
        UpdateOutcome::WrongEpoch { current_epoch } => UpdateAnswer::WrongEpoch { current: current_epoch },
        UpdateOutcome::NotAllowed => UpdateAnswer::NotAllowed,
        UpdateOutcome::InvalidProposal { invalid_proposals } => {
            let reference =
                |r: Opaque| Vec::from(r).try_into().map(ProposalRef).map_err(|_| CodecError::Unsupported);
            UpdateAnswer::InvalidProposal(
                invalid_proposals.into_iter().map(reference).collect::<Result<_, _>>()?,
            )
        }
    }))
}

fn submit(answer: &SubmitAnswer) -> SubmitMessageResponse {
    let outcome = match answer {
        SubmitAnswer::Accepted { accepted_ms, frank } => {
            SubmitOutcome::Accepted { accepted_timestamp_ms: *accepted_ms, frank: frank.clone() }
        }
        SubmitAnswer::NotAllowed => SubmitOutcome::NotAllowed,
        SubmitAnswer::EpochTooOld { current } => SubmitOutcome::EpochTooOld { current_epoch: *current },
    };
    SubmitMessageResponse { protocol: Protocol::Mls10, outcome }
}

fn group_info_response(
    directory: &Directory,
    exchange: &Exchange,
    answer: &GroupInfoAnswer,
) -> Result<GroupInfoResponse, CodecError> {
    let Call::GroupInfo(room) = exchange.call else { return Err(CodecError::Unsupported) };
    let outcome = match answer {
        GroupInfoAnswer::Success { answer, signature, state: _ } => {
            GroupInfoOutcome::Success { answer: answer.clone(), signature: signature.to_vec().into() }
        }
        GroupInfoAnswer::NotAuthorized => GroupInfoOutcome::NotAuthorized,
        GroupInfoAnswer::NoSuchRoom => GroupInfoOutcome::NoSuchRoom,
    };
    let room_id = directory.room_uri(room).as_str().as_bytes().into();
    Ok(GroupInfoResponse { version: Protocol::Mls10, room_id, outcome })
}

fn group_info_answer(wire: GroupInfoResponse, state: Option<Octets>) -> Response {
    Response::GroupInfo(match wire.outcome {
        GroupInfoOutcome::Success { answer, signature } => {
            GroupInfoAnswer::Success { answer, signature: signature.as_slice().into(), state }
        }
        GroupInfoOutcome::NotAuthorized => GroupInfoAnswer::NotAuthorized,
        GroupInfoOutcome::NoSuchRoom => GroupInfoAnswer::NoSuchRoom,
    })
}
