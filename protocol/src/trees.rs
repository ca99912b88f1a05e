//! Ratchet trees on the web: where a hub has that of an epoch, and that it is the hub's (ratchet-tree-options §3, MLS-21).
//!
//! The draft leaves open what a `tree_signature` is made over, and by whom. Here the hub signs the group's URI and the tree, as who joins
//! knows of no other key so far. Whoever has the URL gets the tree: it cannot be guessed, and the answer that names it is sealed.

use crate::assets;
use crate::config::NodeConfig;
use crate::directory::Directory;
use crate::ids::{ProviderId, RoomId};
use crate::mls::{Mls, MlsError, Octets};
use crate::signing::labelled;
use crate::wire::ratchet_tree::RatchetTreeOption;
use crate::wire::{Opaque, Wire};

/// Where a tree is to be found, and the hub's signature over it.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Place {
    /// Its URL.
    pub url: String,
    /// The signature.
    pub signature: Octets,
}

impl Place {
    /// Where the hub of this room has the tree.
    pub fn of<M: Mls>(config: &NodeConfig, room: RoomId, tree: &[u8]) -> Result<Self, MlsError> {
        let directory = config.directory();
        let hub = directory.hub_of(room);
        let signature = M::sign_as(&config.mls, hub, &to_be_signed(directory, room, tree))?;
        // Nobody but the hub can make the signature, and so nobody else can tell the name.
        let name = blake3::Hasher::new_derive_key("mimic tree url").update(&signature).finalize();
        let url = format!("https://{}/{}/{name}", host(directory, hub), room.0);
        Ok(Self { url, signature })
    }

    /// The same from its form on the wire; none where that is no URL of the room's hub.
    pub fn read(directory: &Directory, room: RoomId, url: &[u8], signature: &[u8]) -> Option<Self> {
        let url = String::from_utf8(url.to_vec()).ok()?;
        let is_of_hub = assets::owner(directory, &url) == Some(directory.hub_of(room));
        is_of_hub.then(|| Self { url, signature: signature.into() })
    }

    /// Its form on the wire.
    pub fn option(&self) -> RatchetTreeOption {
        RatchetTreeOption::HttpsUri {
            url: self.url.as_bytes().into(),
            tree_signature: self.signature.to_vec().into(),
        }
    }

    /// Whether the hub has signed this tree.
    pub fn is_of<M: Mls>(&self, config: &NodeConfig, room: RoomId, tree: &[u8]) -> bool {
        let directory = config.directory();
        let key = M::server_key(&config.mls, directory.hub_of(room));
        M::verify(&key, &to_be_signed(directory, room, tree), &self.signature).is_ok()
    }
}

/// The room whose tree the URL is to lead to, if it is one of a tree at this hub.
pub(crate) fn room_at(directory: &Directory, hub: ProviderId, url: &str) -> Option<RoomId> {
    let (at, path) = assets::parts(url)?;
    let (room, _) = path.strip_prefix('/')?.split_once('/')?;
    (at == host(directory, hub)).then(|| room.parse().ok().map(RoomId)).flatten()
}

fn host(directory: &Directory, hub: ProviderId) -> String {
    format!("trees.{}", directory.provider_uri(hub).domain())
}

fn to_be_signed(directory: &Directory, room: RoomId, tree: &[u8]) -> Vec<u8> {
    let group: Opaque = directory.group_uri(room).as_str().as_bytes().into();
    labelled("RatchetTreeTBS", &[group.encode(), Opaque::from(tree.to_vec()).encode()].concat())
}
