//! INV-26: the participants of a room that depends on another are some of that room's, and not all of them.

use super::authorised::beside::participants;
use super::hosted;
use crate::view::HubView;
use crate::{Invariant, Tally, Transition, Views};
use mimic_protocol::{Directory, RoomId, UserId};
use std::collections::{BTreeMap, BTreeSet};

/// Child within parent (room-policy §5), as their hub has both in force. Nobody comes into the child who is not in the
/// parent; who leaves the parent goes from the child, which takes a commit of the child's own: that is looked at when all
/// has come to rest. It remembers nothing.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct ChildInParent;

impl Invariant for ChildInParent {
    fn id(&self) -> &'static str {
        "INV-26"
    }

    fn statement(&self) -> &'static str {
        "the participants of a child room are some of its parent's"
    }

    fn step(&mut self, at: &Transition<'_>, tally: &mut Tally) {
        let Some(rooms) = hosted(at.after()).filter(|_| at.step.view.is_some()) else { return };
        for (room, child) in rooms {
            let known = hosted(at.before).and_then(|rooms| rooms.get(room));
            // Whose removal was pending, and is voided, was there all the time.
            let states = known.into_iter().flat_map(|known| [&known.committed, &known.effective]);
            let had: BTreeSet<UserId> = states.flat_map(|state| participants(state)).collect();
            let has = participants(&child.effective);
            if has.is_subset(&had) {
                continue;
            }
            let Some(parent) = parent(at.directory, rooms, child) else { continue };
            let stranger = has.difference(&had).find(|user| !parent.contains(user));
            tally.check(Some(at.step.n), stranger.is_none() && has != parent, || match stranger {
                Some(user) => {
                    format!("{room}: {} comes in from outside its parent", at.directory.user_uri(*user))
                }
                None => format!("{room}: all participants of its parent are in it"),
            });
        }
    }

    fn end(&mut self, directory: &Directory, views: &Views, tally: &mut Tally) {
        for rooms in views.values().filter_map(|view| hosted(Some(view))) {
            for (room, child) in rooms {
                let Some(parent) = parent(directory, rooms, child) else { continue };
                let has = participants(&child.effective);
                let orphan = has.difference(&parent).next();
                tally.check(None, orphan.is_none(), || {
                    let user = orphan.map(|user| directory.user_uri(*user).to_string()).unwrap_or_default();
                    format!("{room}: {user} is in it, and in its parent no more")
                });
            }
        }
    }
}

/// The participants of the room that it depends on: none where that is not at the hub.
fn parent(
    directory: &Directory,
    rooms: &BTreeMap<RoomId, HubView>,
    child: &HubView,
) -> Option<BTreeSet<UserId>> {
    let uri = child.effective.base.parent_room.as_ref()?;
    let parent = directory.newest_group(uri, |group| rooms.contains_key(&group));
    let parent = parent.and_then(|parent| rooms.get(&parent));
    Some(parent.map(|parent| participants(&parent.effective)).unwrap_or_default())
}
