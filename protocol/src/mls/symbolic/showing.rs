//! What an object of this engine says to everybody who carries it.

use super::wire::{
    Author, Body, Commit, GroupInfo, Holder, Message, Proposal, ProposalOrRef, PublicMessage, Signer,
    open_group_info, open_key_package, open_message, open_tree,
};
use super::{Symbolic, require_client};
use crate::identity::{linked_in_the_clear, pseudonymous};
use crate::ids::ClientId;
use crate::mls::{MlsConfig, Shown};

/// The names in it. A leaf says no more than whose it is, and so a pseudonym's credential is made anew.
pub(super) fn shown(config: &MlsConfig, object: &[u8]) -> Shown {
    let mut shown = match open_message(object) {
        Ok(Message::Public(message)) => of_handshake(config, &message),
        Ok(Message::Private(message)) => Shown::scan(&config.directory, &message.aad),
        Ok(Message::Welcome(_)) => Shown::default(),
        Err(_) => of_object(config, object),
    };
    shown.clients.retain(|client| require_client(config, *client).is_ok());
    let linked = shown.clients.iter().filter_map(|client| linked(config, *client));
    shown.linked = linked.collect();
    shown.committer = shown.committer.filter(|client| shown.clients.contains(client));
    shown
}

fn of_handshake(config: &MlsConfig, message: &PublicMessage) -> Shown {
    let mut shown = Shown::default();
    if let Author::Member(leaf) = message.author {
        shown.leaf = Some(leaf);
    }
    match &message.body {
        Body::Proposal(proposal) => add_names(config, &mut shown, proposal),
        Body::Commit(Commit { proposals, path, .. }) => {
            for listed in proposals {
                if let ProposalOrRef::Value(proposal) = listed {
                    add_names(config, &mut shown, proposal);
                }
            }
            shown.clients.insert(path.client());
            shown.committer = Some(path.client());
        }
    }
    shown
}

fn add_names(config: &MlsConfig, shown: &mut Shown, proposal: &Proposal) {
    match proposal {
        Proposal::Add(key_package) => drop(shown.clients.insert(key_package.client())),
        Proposal::Update(leaf) => drop(shown.clients.insert(leaf.client())),
        Proposal::AppDataUpdate { update, .. } => {
            shown.users.extend(Shown::scan(&config.directory, update).users);
        }
        Proposal::Remove(_)
        | Proposal::SelfRemove
        | Proposal::AppDataRemove { .. }
        | Proposal::Extensions { .. }
        | Proposal::ReInit(_) => {}
    }
}

fn of_object(config: &MlsConfig, object: &[u8]) -> Shown {
    let mut shown = Shown::default();
    if let Ok(tree) = open_tree(object) {
        shown.clients = tree.values().map(|leaf| leaf.client()).collect();
    } else if let Ok(key_package) = open_key_package(object) {
        shown.clients.insert(key_package.client());
    } else if let Ok(GroupInfo { context, .. }) = open_group_info(object) {
        // RFC 9420 §12.4.3: its signer is a leaf, and no name.
        let components = context.dictionary.values();
        shown.users = components.flat_map(|octets| Shown::scan(&config.directory, octets).users).collect();
    }
    shown
}

fn linked(config: &MlsConfig, client: ClientId) -> Option<(ClientId, ClientId)> {
    let credential =
        pseudonymous::<Symbolic>(config, client, &Signer::Client(Holder::first(client)).key()).ok()??;
    linked_in_the_clear(&config.directory, &credential)
}
