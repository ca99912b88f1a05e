//! Making commits, members' and joiners' alike.

use super::group::OwnCommit;
use super::public::{Judged, PublicGroup};
use super::state::GroupState;
use super::wire::{
    self, Author, Body, Commit, Leaf, Message, ProposalOrRef, PublicMessage, Transcript, Welcome,
};
use crate::mls::{CommitBundle, MlsConfig, MlsError, Octets};
use crate::mutant::Mutant;
use std::sync::Arc;

/// A commit that was made and not yet merged.
pub(super) struct Made {
    /// What is kept until its answer is there.
    pub own: OwnCommit,
    /// The committer's leaf after it.
    pub leaf: u32,
    /// What is sent.
    pub bundle: CommitBundle,
}

/// The octets of a handshake message of the epoch `state`.
pub(super) fn public_message(state: &GroupState, author: Author, body: Body) -> Octets {
    let (room, epoch) = (state.room, state.epoch);
    // RFC 9420 §6.1: the signature of an external sender does not cover the GroupContext.
    let transcript = match author {
        Author::External(..) => Transcript([0; 32]),
        Author::Member(_) | Author::Joiner => state.transcript,
    };
    wire::seal_message(&Message::Public(PublicMessage { room, epoch, transcript, author, body }))
}

/// Makes a commit; what its receivers would reject is not made. GroupContextExtensions come first (mls-extensions §4.7).
pub(super) fn commit(
    config: &MlsConfig,
    group: &PublicGroup,
    author: Author,
    mut proposals: Vec<ProposalOrRef>,
    path: Leaf,
) -> Result<Made, MlsError> {
    proposals.sort_by_key(|listed| !group.is_extensions(listed));
    let Judged { step, .. } = group.judge_commit(config, author, &proposals, path)?;
    let confirmation = step.next.context().digest();
    let shuts_out = shut_out(config, &group.state, author);
    let commit = Commit { proposals, path, confirmation, shuts_out };
    let message = public_message(&group.state, author, Body::Commit(commit));
    let leaf = step.applied.committer;
    let group_info = step.next.group_info(leaf, path.holder);
    let key_packages = step.applied.added;
    let bundle = CommitBundle {
        commit: message.clone(),
        welcome: (!key_packages.is_empty()).then(|| {
            let group_info = group_info.clone();
            wire::seal_message(&Message::Welcome(Welcome { key_packages, group_info }))
        }),
        group_info: wire::seal_group_info(group_info),
        tree: step.next.sealed_tree(),
    };
    Ok(Made { own: OwnCommit { message, next: Arc::new(step.next) }, leaf, bundle })
}

/// A planted bug: whom a member's path shuts out, who is the one beside it in the tree, or else the first of the others.
fn shut_out(config: &MlsConfig, state: &GroupState, author: Author) -> Option<u32> {
    let Author::Member(leaf) = author else { return None };
    let others = || state.leaves.keys().copied().filter(|other| *other != leaf);
    let victim = others().find(|other| *other == leaf ^ 1).or_else(|| others().next());
    victim.filter(|_| config.planted.is(Mutant::ShutsOut))
}
