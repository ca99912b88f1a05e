//! What lies at a URL in a message: by the hub's proxy or by Oblivious HTTP, as the room has it (proto §5.10).

use super::timeline::{Asset, Entry, Shows};
use super::{Client, Phase};
use crate::assets;
use crate::content::Fetched;
use crate::http::status::{NOT_FOUND, OK};
use crate::http::{BinaryRequest, BinaryResponse};
use crate::ids::RoomId;
use crate::mls::Mls;
use crate::mutant::Mutant;
use crate::node::{Call, Fact, Refusal, Request, Response};
use crate::ohttp::{Context, encapsulate, usable_key};
use crate::policy::AssetKind;
use crate::step::Step;
use crate::wire::asset_policy::{DownloadPrivacy, DownloadPrivacyType};

/// The ways in which a client here fetches assets. To fetch one from where it lies is NOT RECOMMENDED (proto §5.10.1), and not done,
/// even where nothing else is allowed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Way {
    /// By the hub's proxy (proto §5.10.2).
    HubProxy,
    /// By Oblivious HTTP (proto §5.10.3).
    Ohttp,
}

impl Way {
    /// The way that the room prefers; where that is not done or not said, the first that it allows. None if it allows neither.
    fn of(privacy: Option<&DownloadPrivacy>) -> Option<Self> {
        let Some(privacy) = privacy else { return Some(Self::HubProxy) };
        let preferred = match privacy.default_download_type {
            DownloadPrivacyType::Ohttp => Self::Ohttp,
            DownloadPrivacyType::HubProxy | DownloadPrivacyType::Direct => Self::HubProxy,
        };
        [preferred, Self::HubProxy, Self::Ohttp].into_iter().find(|way| way.is_allowed(privacy))
    }

    /// room-policy §6.4.
    fn is_allowed(self, privacy: &DownloadPrivacy) -> bool {
        let DownloadPrivacy { allowed_download_types: allowed, forbidden_download_types: forbidden, .. } =
            privacy;
        let way = match self {
            Self::HubProxy => DownloadPrivacyType::HubProxy,
            Self::Ohttp => DownloadPrivacyType::Ohttp,
        };
        !forbidden.contains(&way) && (allowed.is_empty() || allowed.contains(&way))
    }
}

impl<M: Mls> Client<M> {
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
            self.awaits(room, Call::Download(room));
            step.send(owner, self.own(Call::Download(room)), Request::Asset { url });
            return Ok(true);
        }
        match Way::of(privacy.as_ref()).ok_or(Refusal::NotPermitted)? {
            Way::Ohttp if !config.planted.is(Mutant::DownloadsInTheClear) => {
                self.download_obliviously(step, room, &url)?;
            }
            Way::Ohttp | Way::HubProxy => {
                let hub = config.directory().hub_of(room);
                self.inquire(step, room, Call::Download(room), Request::Download { hub, url });
            }
        }
        Ok(true)
    }

    /// proto §5.10.3, PROTO-73: the provider relays what it cannot read to the hub's gateway. Each try is sealed anew (RFC 9458 §6.5).
    fn download_obliviously(&mut self, step: &mut Step, room: RoomId, url: &str) -> Result<(), Refusal> {
        let gateway = self.config.directory().hub_of(room);
        let Some(key) = self.seats.get(&room).and_then(|seat| seat.gateway_key.clone()) else {
            self.inquire(step, room, Call::OhttpKeys(room), Request::OhttpKeys { gateway });
            return Ok(());
        };
        let request = BinaryRequest::get(url).padded();
        let entropy = step.entropy.of("mimic oblivious request");
        let encapsulated = encapsulate::<M>(&key, &request, entropy);
        let (sealed, context) = encapsulated.map_err(Refusal::Engine)?;
        self.await_sealed(room, Some(context));
        self.inquire(step, room, Call::Oblivious(room), Request::Oblivious { gateway, sealed });
        Ok(())
    }

    /// What the key of the gateway is said to be. The relay could say so of a key of its own: what is not the hub's is not used
    /// (PROTO-73).
    pub(super) fn keys_told(&mut self, step: &mut Step, room: RoomId, told: &[u8]) {
        let known = M::server_sealing_key(&self.config.mls, self.config.directory().hub_of(room));
        let takes_any = self.config.planted.is(Mutant::TakesAnyGatewayKey);
        let key = usable_key(told).ok().filter(|key| takes_any || known.as_ref() == Ok(key));
        match (key, self.seats.get_mut(&room)) {
            (Some(key), Some(seat)) => {
                seat.gateway_key = Some(key);
                seat.phase = Phase::Ready;
            }
            _ => self.wait(step, room),
        }
    }

    /// What comes back by Oblivious HTTP, or nothing. What the gateway has not sealed for this request is no answer of the target.
    pub(super) fn oblivious_answered(&mut self, step: &mut Step, room: RoomId, response: Option<Response>) {
        let context = self.await_sealed(room, None);
        match response {
            Some(Response::Oblivious(octets)) => {
                match context.and_then(|context| opened::<M>(&context, &octets)) {
                    Some(response) => self.download_answered(step, room, &response),
                    None => self.wait(step, room),
                }
            }
            Some(_) => {
                // The gateway may have another key by now.
                if let Some(seat) = self.seats.get_mut(&room) {
                    seat.gateway_key = None;
                }
                self.end_intent(step, room, Some(Refusal::NotAllowed));
            }
            None => self.wait(step, room),
        }
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

    /// What the next answer is opened with, and what was to be opened before.
    fn await_sealed(&mut self, room: RoomId, context: Option<Context>) -> Option<Context> {
        std::mem::replace(&mut self.seats.get_mut(&room)?.sealed_answer, context)
    }

    fn newest_asset(&self, room: RoomId, kind: AssetKind) -> Option<&Asset> {
        let stands = |entry: &&Entry| matches!(entry.shows, Shows::Text(_));
        let entries = self.seats[&room].timeline.entries().rev().filter(stands);
        entries.filter_map(|entry| entry.asset.as_ref()).find(|asset| asset.kind == kind)
    }
}

/// What the target has answered, if the gateway has sealed it for this request.
fn opened<M: Mls>(context: &Context, octets: &[u8]) -> Option<Response> {
    let octets = context.open::<M>(octets).ok()?;
    Some(match BinaryResponse::decode(&octets).ok()? {
        BinaryResponse { status: OK, content } => Response::Asset(content.into()),
        BinaryResponse { status: NOT_FOUND, .. } => Response::NotFound,
        BinaryResponse { .. } => Response::Refused,
    })
}
