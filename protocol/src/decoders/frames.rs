//! Frames between nodes.

use super::{Decoder, Surface, Verdict};
use crate::codec::{Hop, decode_request, decode_response, encode_request, encode_response};
use crate::config::NodeConfig;
use crate::directory::Directory;
use crate::http::{
    BinaryRequest, BinaryResponse, DirectoryDocument, read_request, read_response, write_request,
    write_response,
};
use crate::ids::{ClientId, NodeId, ProviderId, RoomId, UserId};
use crate::mutant::Planted;
use crate::node::{Call, Exchange};
use crate::ohttp;
use crate::readings::Readings;
use std::sync::{Arc, LazyLock};

/// A struct in a frame, and beside it what nodes see of it.
pub(super) const SURFACE: Surface = Surface { name: "frames", decoders: DECODERS, growth: 512 };

const DECODERS: &[Decoder] = &[
    Decoder { name: "decode_request", read: request },
    Decoder { name: "decode_response", read: response },
    Decoder { name: "decode_request_over_http", read: request_over_http },
    Decoder { name: "decode_response_over_http", read: response_over_http },
    Decoder { name: "read_request", read: request_head },
    Decoder { name: "read_response", read: response_head },
    Decoder { name: "DirectoryDocument", read: directory_document },
    Decoder { name: "BinaryRequest", read: binary_request },
    Decoder { name: "BinaryResponse", read: binary_response },
    Decoder { name: "encapsulated_request", read: encapsulated_request },
    Decoder { name: "key_configurations", read: key_configurations },
];

/// One exchange of each kind; which one an answer belongs to, its first octet says.
const CALLS: [Call; 16] = [
    Call::Publish,
    Call::Open(RoomId(0)),
    Call::KeyMaterial(RoomId(0), UserId(1)),
    Call::Update(RoomId(0)),
    Call::Submit(RoomId(0)),
    Call::GroupInfo(RoomId(0)),
    Call::ReportAbuse(RoomId(0)),
    Call::Consent(RoomId(0), UserId(1)),
    Call::Search(RoomId(0), ProviderId(1)),
    Call::Download(RoomId(0)),
    Call::Oblivious(RoomId(0)),
    Call::OhttpKeys(RoomId(0)),
    Call::Tree(RoomId(0)),
    Call::Directory(ProviderId(1)),
    Call::Notify(RoomId(0), ProviderId(1)),
    Call::Deliver(ClientId(0)),
];

/// The names that octets can speak of: the three providers of the protocol draft's section 3, a user of each with two clients,
/// one more who is known by a pseudonym alone, and a room with two groups.
pub fn world() -> &'static NodeConfig {
    static WORLD: LazyLock<Arc<NodeConfig>> = LazyLock::new(|| {
        let mut directory = Directory::default();
        for (domain, user) in [("a.example", "alice"), ("b.example", "bob"), ("c.example", "cathy")] {
            let provider = directory.add_provider(domain);
            let user = directory.add_user(provider, user);
            directory.add_client(user, "phone");
            directory.add_client(user, "laptop");
        }
        let pseudonym = directory.add_pseudonym(ProviderId(2), "owl");
        directory.add_client(pseudonym, "phone");
        let room = directory.add_room(ProviderId(0), "clubhouse");
        directory.add_group(room, "clubhouse-2");
        NodeConfig::new(Arc::new(directory), Readings::default(), Planted::NONE)
    });
    &WORLD
}

/// Between a client and its own provider.
fn at_home() -> Hop {
    Hop { from: ClientId(0).into(), to: ProviderId(0).into() }
}

/// Between providers.
fn abroad() -> Hop {
    Hop { from: ProviderId(1).into(), to: ProviderId(0).into() }
}

fn request(frame: &[u8]) -> Verdict {
    request_on(at_home(), frame)
}

fn request_over_http(frame: &[u8]) -> Verdict {
    request_on(abroad(), frame)
}

fn request_on(hop: Hop, frame: &[u8]) -> Verdict {
    let config = world();
    Verdict::on(decode_request(config, hop, frame), |(from, request)| {
        let again = encode_request(config.directory(), hop, &request);
        again.and_then(|frame| decode_request(config, hop, &frame)) == Ok((from, request))
    })
}

fn response(frame: &[u8]) -> Verdict {
    response_on(at_home(), frame)
}

fn response_over_http(frame: &[u8]) -> Verdict {
    response_on(abroad(), frame)
}

fn response_on(hop: Hop, frame: &[u8]) -> Verdict {
    let directory = world().directory();
    let hop = Hop { from: hop.to, to: hop.from };
    let verdict = |call| {
        let exchange = Exchange { origin: NodeId::Client(ClientId(0)), call };
        Verdict::on(decode_response(directory, hop, &exchange, frame), |response| {
            let again = encode_response(directory, hop, &exchange, &response)
                .and_then(|frame| decode_response(directory, hop, &exchange, &frame));
            again == Ok(response)
        })
    };
    CALLS.into_iter().map(verdict).find(|verdict| *verdict != Verdict::Refused).unwrap_or(Verdict::Refused)
}

fn request_head(octets: &[u8]) -> Verdict {
    Verdict::on(read_request(octets), |(head, body)| {
        read_request(&write_request(&head, body)) == Ok((head.clone(), body))
    })
}

fn response_head(octets: &[u8]) -> Verdict {
    Verdict::on(read_response(octets), |(head, body)| {
        read_response(&write_response(&head, body)) == Ok((head.clone(), body))
    })
}

fn directory_document(octets: &[u8]) -> Verdict {
    Verdict::on(DirectoryDocument::parse(octets), |document| {
        DirectoryDocument::parse(document.to_json().as_bytes()) == Ok(document)
    })
}

fn binary_request(octets: &[u8]) -> Verdict {
    Verdict::on(BinaryRequest::decode(octets), |request| {
        BinaryRequest::decode(&request.encode()) == Ok(request)
    })
}

fn binary_response(octets: &[u8]) -> Verdict {
    Verdict::on(BinaryResponse::decode(octets), |response| {
        response.encode().and_then(|octets| BinaryResponse::decode(&octets)) == Ok(response)
    })
}

fn encapsulated_request(octets: &[u8]) -> Verdict {
    Verdict::on(ohttp::split(octets), |sealed| ohttp::join(&sealed) == octets)
}

fn key_configurations(octets: &[u8]) -> Verdict {
    Verdict::on(ohttp::usable_key(octets), |key| {
        ohttp::usable_key(&ohttp::key_configurations(&key)) == Ok(key)
    })
}
