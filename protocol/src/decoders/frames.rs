//! Frames between nodes.

use super::{Decoder, Surface, Verdict};
use crate::codec::{decode_request, decode_response, encode_request, encode_response};
use crate::config::NodeConfig;
use crate::directory::Directory;
use crate::ids::{ClientId, NodeId, ProviderId, RoomId, UserId};
use crate::mls::MlsConfig;
use crate::mutant::Planted;
use crate::node::{Call, Exchange};
use crate::readings::Readings;
use std::sync::{Arc, LazyLock};

/// A struct in a frame, and beside it what nodes see of it.
pub(super) const SURFACE: Surface = Surface { name: "frames", decoders: DECODERS, growth: 512 };

const DECODERS: &[Decoder] =
    &[Decoder { name: "decode_request", read: request }, Decoder { name: "decode_response", read: response }];

/// One exchange of each kind; which one an answer belongs to, its first octet says.
const CALLS: [Call; 10] = [
    Call::Publish,
    Call::Open(RoomId(0)),
    Call::KeyMaterial(RoomId(0), UserId(1)),
    Call::Update(RoomId(0)),
    Call::Submit(RoomId(0)),
    Call::GroupInfo(RoomId(0)),
    Call::ReportAbuse(RoomId(0)),
    Call::Consent(RoomId(0), UserId(1)),
    Call::Notify(RoomId(0), ProviderId(1)),
    Call::Deliver(ClientId(0)),
];

/// The names that octets can speak of: the three providers of the protocol draft's section 3, a user of each with two clients,
/// one more who is known by a pseudonym alone, and a room with two groups.
pub fn world() -> &'static MlsConfig {
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
    &WORLD.mls
}

fn request(frame: &[u8]) -> Verdict {
    let directory = &world().directory;
    Verdict::on(decode_request(directory, frame), |request| {
        let again = encode_request(directory, &request).and_then(|frame| decode_request(directory, &frame));
        again == Ok(request)
    })
}

fn response(frame: &[u8]) -> Verdict {
    let directory = &world().directory;
    let verdict = |call| {
        let exchange = Exchange { origin: NodeId::Client(ClientId(0)), call };
        Verdict::on(decode_response(directory, &exchange, frame), |response| {
            let again = encode_response(directory, &exchange, &response)
                .and_then(|frame| decode_response(directory, &exchange, &frame));
            again == Ok(response)
        })
    };
    CALLS.into_iter().map(verdict).find(|verdict| *verdict != Verdict::Refused).unwrap_or(Verdict::Refused)
}
