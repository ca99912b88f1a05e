//! The positional patch of the join links (room-policy §6.2).

use super::ComponentError;
use crate::wire::join_links::{JoinLinksData, JoinLinksUpdate};

/// The links after all updates of one commit. Positions are those of the links before the first of them, as the
/// participant list's are under the catalogue's reading (AMB-05); a position that is named twice is an error (AMB-06).
pub fn apply_link_updates(
    current: &JoinLinksData,
    updates: &[JoinLinksUpdate],
) -> Result<JoinLinksData, ComponentError> {
    let removed: Vec<u32> =
        updates.iter().flat_map(|update| update.removed_indices.iter().copied()).collect();
    for (at, index) in removed.iter().enumerate() {
        if *index as usize >= current.links.len() || removed[..at].contains(index) {
            return Err(ComponentError::NoSuchLink(*index));
        }
    }
    let kept = current.links.iter().enumerate().filter(|(at, _)| !removed.contains(&(*at as u32)));
    let mut links: Vec<_> = kept.map(|(_, link)| link.clone()).collect();
    for link in updates.iter().flat_map(|update| &update.added_links) {
        if links.contains(link) {
            return Err(ComponentError::LinkTwice);
        }
        links.push(link.clone());
    }
    Ok(JoinLinksData { links })
}
