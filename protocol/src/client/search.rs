//! What users ask other providers about: who somebody is (proto §5.8), and what lies at a URL (proto §5.10).

use super::timeline::{Asset, Entry, Shows};
use super::{Client, Phase};
use crate::assets;
use crate::content::Fetched;
use crate::ids::RoomId;
use crate::mls::Mls;
use crate::mutant::Mutant;
use crate::node::{Call, Fact, IntentId, Refusal, Request, Response};
use crate::plans::QueryId;
use crate::policy::AssetKind;
use crate::step::Step;
use crate::wire::asset_policy::{DownloadPrivacy, DownloadPrivacyType};

impl<M: Mls> Client<M> {
    /// Sets out to ask: no group is needed for that.
    pub(super) fn search(&mut self, step: &mut Step, room: RoomId, query: QueryId) -> Result<(), Refusal> {
        let query = self.config.plans.query(query).ok_or(Refusal::Pointless)?.clone();
        self.now_asks(room);
        let request = Request::Search { at: query.at, query: query.terms };
        self.ask(step, Call::Search(room, query.at), request);
        Ok(())
    }

    pub(super) fn search_answered(&mut self, step: &mut Step, room: RoomId, response: &Response) {
        let refusal = match (response, self.current_intent(room)) {
            (Response::Search(answer), Some(intent)) => {
                let users = answer.found.iter().map(|(user, _)| *user).collect();
                step.observe(Fact::Found { intent, code: answer.code, users });
                None
            }
            _ => Some(Refusal::NotAllowed),
        };
        self.end_intent(step, room, refusal);
    }

    /// Sets out to fetch the newest asset of this kind, in the way that the room has for it. False if there is none.
    pub(super) fn download(
        &mut self,
        step: &mut Step,
        room: RoomId,
        kind: AssetKind,
    ) -> Result<bool, Refusal> {
        let Some(asset) = self.newest_asset(room, kind) else { return Ok(false) };
        let url = asset.url.clone();
        let privacy = self.effective(room)?.components.asset.as_ref().map(|it| it.download_privacy.clone());
        let config = self.config.clone();
        let owner = assets::owner(config.directory(), &url);
        if let (Some(owner), true) = (owner, config.planted.is(Mutant::DownloadsDirectly)) {
            self.now_asks(room);
            step.send(owner, self.own(Call::Download(room)), Request::Asset { url });
            return Ok(true);
        }
        // proto §5.10.1: NOT RECOMMENDED, and not done here, even where nothing else is allowed.
        if privacy.is_some_and(|privacy| !allows(&privacy, DownloadPrivacyType::HubProxy)) {
            return Err(Refusal::NotPermitted);
        }
        self.now_asks(room);
        let hub = config.directory().hub_of(room);
        self.ask(step, Call::Download(room), Request::Download { hub, url });
        Ok(true)
    }

    pub(super) fn download_answered(&mut self, step: &mut Step, room: RoomId, response: &Response) {
        let refusal = match response {
            Response::Asset(octets) => {
                let of_here =
                    self.seats[&room].timeline.entries().rev().filter_map(|entry| entry.asset.as_ref());
                let fetched = of_here.map(|asset| asset.judge(octets));
                let is_genuine = fetched.into_iter().any(|fetched| fetched == Fetched::Genuine);
                step.observe(Fact::Fetched { room, is_genuine });
                None
            }
            Response::NotFound => Some(Refusal::Pointless),
            _ => Some(Refusal::NotAllowed),
        };
        self.end_intent(step, room, refusal);
    }

    fn newest_asset(&self, room: RoomId, kind: AssetKind) -> Option<&Asset> {
        let stands = |entry: &&Entry| matches!(entry.shows, Shows::Text(_));
        let entries = self.seats[&room].timeline.entries().rev().filter(stands);
        entries.filter_map(|entry| entry.asset.as_ref()).find(|asset| asset.kind == kind)
    }

    fn now_asks(&mut self, room: RoomId) {
        if let Some(seat) = self.seats.get_mut(&room) {
            seat.phase = Phase::Asked;
        }
    }

    fn current_intent(&self, room: RoomId) -> Option<IntentId> {
        Some(self.seats.get(&room)?.intents().front()?.id)
    }
}

/// Whether the room has this way to fetch assets (room-policy §6.4).
fn allows(privacy: &DownloadPrivacy, way: DownloadPrivacyType) -> bool {
    let DownloadPrivacy { allowed_download_types: allowed, forbidden_download_types: forbidden, .. } =
        privacy;
    !forbidden.contains(&way) && (allowed.is_empty() || allowed.contains(&way))
}
