//! Assets on their way through the hub (proto §5.10.2).

use super::Provider;
use crate::assets;
use crate::ids::{NodeId, ProviderId};
use crate::mls::Mls;
use crate::mutant::Mutant;
use crate::node::{Exchange, Fact, Request, Response};
use crate::room::Standing;
use crate::step::Step;
use crate::trees;

impl<M: Mls> Provider<M> {
    /// A client's provider asks the hub; the hub asks whom the asset's server belongs to, without saying for whom.
    pub(super) fn download(
        &mut self,
        step: &mut Step,
        (exchange, from): (Exchange, NodeId),
        (hub, url): (ProviderId, String),
    ) {
        let is_own = self.own_client(from).is_some();
        if hub != self.id && is_own {
            return step.send(hub, exchange, Request::Download { hub, url });
        }
        let may_ask = is_own || matches!(from, NodeId::Provider(_));
        match self.owner_among_peers(&url) {
            Some(owner) if hub == self.id && may_ask && owner == self.id => {
                self.serve_asset(step, (exchange, from), &url);
            }
            Some(owner) if hub == self.id && may_ask => step.send(owner, exchange, Request::Asset { url }),
            _ => step.reply(from, exchange, Response::Refused),
        }
    }

    /// Serves an asset to whoever has its URL.
    pub(super) fn serve_asset(&self, step: &mut Step, (exchange, from): (Exchange, NodeId), url: &str) {
        let response = self.asset(step, from, url);
        step.reply(from, exchange, response);
    }

    /// What lies at this URL here, for this peer: an asset, or the ratchet tree of a room in its current epoch.
    pub(super) fn asset(&self, step: &mut Step, to: NodeId, url: &str) -> Response {
        if let Some(room) = trees::room_at(self.config.directory(), self.id, url) {
            let tree = self.hosted.get(&room).and_then(|hub| hub.tree_at(url));
            return tree.map_or(Response::NotFound, Response::Asset);
        }
        let is_number = |(_, path): (&str, &str)| path[1..].parse::<u32>().is_ok();
        let is_here = assets::owner(self.config.directory(), url) == Some(self.id);
        if is_here && assets::parts(url).is_some_and(is_number) {
            step.observe(Fact::AssetServed { to });
            Response::Asset(assets::content(url))
        } else {
            Response::NotFound
        }
    }

    /// Whom the asset's server belongs to, if a hub may fetch it: by its proxy or as a gateway, the bound is the same.
    pub(super) fn owner_among_peers(&self, url: &str) -> Option<ProviderId> {
        let is_own_tree = || trees::room_at(self.config.directory(), self.id, url).is_some();
        assets::owner(self.config.directory(), url).filter(|_| is_own_tree() || self.is_asset_of_peer(url))
    }

    /// PROTO-72, PROTO-73: whether somebody who takes part in a room here uploads to that server; the hub is no open proxy.
    fn is_asset_of_peer(&self, url: &str) -> bool {
        if self.config.planted.is(Mutant::OpenProxy) {
            return true;
        }
        let directory = self.config.directory();
        let hosts = |standing: &Standing| -> bool {
            let homes = standing.participants.iter().map(|entry| directory.provider_of(entry.user));
            let mut all = homes.map(|home| assets::host(directory, standing, home));
            assets::parts(url).is_some_and(|(host, _)| all.any(|known| known == host))
        };
        self.hosted.values().any(|hub| hosts(&hub.state().effective))
    }
}
