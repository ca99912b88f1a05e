//! A room's state, as it comes from outside.

use super::{Decoder, Surface, Verdict, world};
use crate::mls::Dictionary;
use crate::readings::Readings;
use crate::room::{
    Components, Malformed, RoomLog, Standing, StateEvent, check_conflicts, component, update_component,
};
use crate::wire::Wire;
use crate::wire::app_data::AppDataDictionary;
use crate::wire::join_links::JoinLinksUpdate;
use crate::wire::participant_list::ParticipantListUpdate;
use crate::wire::state_log::ComponentOctets;

/// A list of names becomes one of ids, and beside it what was read.
pub(super) const SURFACE: Surface = Surface { name: "room", decoders: DECODERS, growth: 256 };

const DECODERS: &[Decoder] = &[
    Decoder { name: "Standing", read: standing },
    Decoder { name: "Components", read: components },
    Decoder { name: "RoomLog", read: room_log },
    Decoder { name: "StateEvent", read: state_event },
    Decoder { name: "update_component", read: updates },
];

fn standing(octets: &[u8]) -> Verdict {
    let directory = world().directory();
    let read = |octets| Standing::decode(directory, &dictionary(octets).ok_or(Malformed)?);
    Verdict::on(read(octets), |standing| {
        Standing::decode(directory, &standing.encode(directory)).as_ref() == Ok(&standing)
    })
}

fn components(octets: &[u8]) -> Verdict {
    let read = dictionary(octets).ok_or(()).and_then(|all| Components::decode(&all).map_err(drop));
    Verdict::on(read, |components| Components::decode(&components.dictionary()) == Ok(components))
}

fn room_log(octets: &[u8]) -> Verdict {
    let directory = world().directory();
    Verdict::on(RoomLog::decode(directory, octets), |log| {
        RoomLog::decode(directory, &log.encode(directory)).as_ref() == Ok(&log)
    })
}

fn state_event(octets: &[u8]) -> Verdict {
    let directory = world().directory();
    Verdict::on(StateEvent::decode(directory, octets), |event| {
        StateEvent::decode(directory, &event.encode(directory)).as_ref() == Ok(&event)
    })
}

/// A component's value, which may be none, and updates of it: what comes of valid ones takes the next one.
fn updates(octets: &[u8]) -> Verdict {
    let Ok(parts) = Vec::<ComponentOctets>::decode(octets) else { return Verdict::Refused };
    let Some((first, rest)) = parts.split_first() else { return Verdict::Refused };
    let component = first.component;
    let updates: Vec<&[u8]> = rest.iter().map(|part| part.octets.as_slice()).collect();
    let current = Some(first.octets.as_slice()).filter(|octets| !octets.is_empty());
    if check_conflicts(&updates.iter().map(|update| (component, *update)).collect::<Vec<_>>()).is_err() {
        return Verdict::Refused;
    }
    let read = update_component(component, current, &updates, Readings::default());
    Verdict::on(read, |value| {
        let nothing = match component {
            component::PARTICIPANT_LIST => ParticipantListUpdate::default().encode(),
            component::JOIN_LINKS => JoinLinksUpdate::default().encode(),
            _ => value.clone(),
        };
        update_component(component, Some(&value), &[&nothing], Readings::default()) == Ok(value)
    })
}

fn dictionary(octets: &[u8]) -> Option<Dictionary> {
    let entries = AppDataDictionary::decode(octets).ok()?.component_data;
    Some(entries.iter().map(|entry| (entry.component_id, entry.data.as_slice().into())).collect())
}
