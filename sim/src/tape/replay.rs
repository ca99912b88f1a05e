//! Makes the calls of a tape again.

use super::{Call, Member, Observer, Static};
use crate::disk::Disk;
use mimic_protocol::mls::{Mls, MlsConfig, MlsMember, MlsObserver, Received, Writes};
use mimic_protocol::{ClientId, RoomId};
use std::collections::BTreeMap;

/// Makes all the calls again, in order, stores on disks what they write, and does nothing else.
pub fn replay<M: Mls>(config: &MlsConfig, calls: &[Call]) {
    let mut deck = Deck::<M> { members: BTreeMap::new(), observers: BTreeMap::new() };
    calls.iter().for_each(|call| deck.play(config, call));
}

struct Deck<M: Mls> {
    members: BTreeMap<ClientId, Player<M::Member, <M::Member as MlsMember>::Staged>>,
    observers: BTreeMap<RoomId, Player<M::Observer, <M::Observer as MlsObserver>::Staged>>,
}

/// An engine, the commit that it has staged, and its disk.
struct Player<E, S> {
    engine: E,
    staged: Option<S>,
    disk: Disk,
}

impl<E, S> Player<E, S> {
    fn new(engine: E) -> Self {
        Self { engine, staged: None, disk: Disk::default() }
    }

    /// The engine begins again; its disk is the same.
    fn again(player: Option<Self>, engine: E) -> Self {
        Self { engine, staged: None, disk: player.map(|player| player.disk).unwrap_or_default() }
    }

    fn store(&mut self, writes: Writes) {
        self.disk.write(writes);
        self.disk.sync();
    }
}

impl<M: Mls> Deck<M> {
    /// Outcomes are those of the recording, so nothing is to be done about errors here.
    fn play(&mut self, config: &MlsConfig, call: &Call) {
        match call {
            Call::Static(call) => play_static::<M>(config, call),
            Call::New(client, entropy) => {
                self.members.insert(*client, Player::new(M::Member::new(config, *client, *entropy)));
            }
            Call::Recover(client, cells) => {
                if let Ok(member) = M::Member::recover(config, *client, cells) {
                    let player = Player::again(self.members.remove(client), member);
                    self.members.insert(*client, player);
                }
            }
            Call::Member(client, call) => {
                if let Some(player) = self.members.get_mut(client) {
                    play_member(player, call);
                }
            }
            Call::Open(room, group_info, tree) => {
                if let Ok(observer) = M::Observer::open(config, *room, group_info, tree) {
                    self.observers.insert(*room, Player::new(observer));
                }
            }
            Call::RecoverObserver(room, cells) => {
                if let Ok(observer) = M::Observer::recover(config, *room, cells) {
                    let player = Player::again(self.observers.remove(room), observer);
                    self.observers.insert(*room, player);
                }
            }
            Call::Observer(room, call) => {
                if let Some(player) = self.observers.get_mut(room) {
                    play_observer(player, call);
                }
            }
        }
    }
}

fn play_static<M: Mls>(config: &MlsConfig, call: &Static) {
    match call {
        Static::Envelope(message) => drop(M::envelope(config, message)),
        Static::KeyPackage(package) => drop(M::key_package(config, package)),
        Static::Lifetime(package) => drop(M::lifetime(package)),
        Static::Capabilities(package) => drop(M::capabilities(config, package)),
        Static::WelcomeRefs(welcome) => drop(M::welcome_refs(welcome)),
        Static::GroupInfoContext(group_info) => drop(M::group_info_context(group_info)),
    }
}

fn play_member<E: MlsMember>(player: &mut Player<E, E::Staged>, call: &Member) {
    let Player { engine: member, staged, .. } = player;
    match call {
        Member::TakeWrites => {
            let writes = member.take_writes();
            player.store(writes);
        }
        Member::FreshKeyPackage(lifetime, entropy) => drop(member.fresh_key_package(*lifetime, *entropy)),
        Member::LastResortKeyPackage(lifetime, entropy) => {
            drop(member.last_resort_key_package(*lifetime, *entropy))
        }
        Member::ChangeKey(entropy) => drop(member.change_key(*entropy)),
        Member::Create(room, dictionary, hub, entropy) => {
            drop(member.create(*room, dictionary, *hub, *entropy))
        }
        Member::Propose(room, proposal, entropy) => drop(member.propose(*room, proposal, *entropy)),
        Member::Commit(room, references, by_value, entropy) => {
            drop(member.commit(*room, references, by_value, *entropy));
        }
        Member::ExternalCommit(room, material, by_value, entropy) => {
            drop(member.external_commit(*room, material, by_value, *entropy));
        }
        Member::MergePending(room) => drop(member.merge_pending(*room)),
        Member::DiscardPending(room) => drop(member.discard_pending(*room)),
        Member::ClearProposals(room) => drop(member.clear_proposals(*room)),
        Member::Process(room, message) => {
            *staged = match member.process(*room, message) {
                Ok(Received::Commit(_, commit)) => Some(commit),
                _ => None,
            };
        }
        Member::Keep(room, message) => drop(member.keep(*room, message)),
        Member::Merge(room) => drop(staged.take().map(|staged| member.merge(*room, staged))),
        Member::Join(room, welcome, tree) => drop(member.join(*room, welcome, tree)),
        Member::Encrypt(room, aad, payload, entropy) => {
            drop(member.encrypt(*room, aad, payload, *entropy));
        }
        Member::Forget(room) => member.forget(*room),
    }
}

fn play_observer<E: MlsObserver>(player: &mut Player<E, E::Staged>, call: &Observer) {
    let Player { engine: observer, staged, .. } = player;
    match call {
        Observer::TakeWrites => {
            let writes = observer.take_writes();
            player.store(writes);
        }
        Observer::Inspect(message) => {
            *staged = match observer.inspect(message) {
                Ok(Received::Commit(_, commit)) => Some(commit),
                _ => None,
            };
        }
        Observer::Propose(by, proposal) => drop(observer.propose(*by, proposal)),
        Observer::Keep(message) => drop(observer.keep(message)),
        Observer::Merge(group_info) => drop(staged.take().map(|staged| observer.merge(staged, group_info))),
        Observer::MergePartial(partial) => {
            drop(staged.take().map(|staged| observer.merge_partial(staged, partial)));
        }
        Observer::Tree => drop(observer.tree()),
    }
}
