//! A room among the others of its hub, and within the hub's envelope (room-policy §5, arch §4.4).

use mimic_protocol::policy::examples::{Example, cooperative_room, preauthorised};
use mimic_protocol::policy::{
    Capability, Denied, Envelope, OutOfEnvelope, Shortfalls, Surroundings, check_change, check_constraints,
    check_hidden, check_surroundings, orphans,
};
use mimic_protocol::room::{BANNED, Components, Participant, Standing, component};
use mimic_protocol::uri::MimiUri;
use mimic_protocol::wire::join_links::{JoinLinkPolicy, JoinLinksData};
use mimic_protocol::wire::policy::{Bot, BotPolicy, HistoryPolicy, HistorySharing};
use mimic_protocol::wire::{Flag, IdentifierUri};
use mimic_protocol::{ClientId, Directory, UserId};
use std::collections::BTreeSet;
use std::sync::Arc;

struct Hub {
    directory: Directory,
    others: Surroundings,
}

fn listed(users: &[(u16, u32)]) -> Vec<Participant> {
    users.iter().map(|(user, role)| Participant { user: UserId(*user), role: *role }).collect()
}

/// The parent has the users 0, 1 and 2, and 3 is banned from it.
fn hub() -> Hub {
    let mut directory = Directory::default();
    let provider = directory.add_provider("a.example");
    for user in 0..5 {
        directory.add_user(provider, &format!("user{user}"));
    }
    let [parent, fixed] = ["parent", "fixed"].map(|name| directory.add_room(provider, name));
    let in_parent = Standing {
        participants: listed(&[(0, 3), (1, 2), (2, 2), (3, BANNED)]),
        ..cooperative_room(UserId(0))
    };
    let in_fixed = fixed_room(&[(0, 3), (4, 2), (3, BANNED)]);
    Hub { directory, others: [(parent, Arc::new(in_parent)), (fixed, Arc::new(in_fixed))].into() }
}

fn fixed_room(users: &[(u16, u32)]) -> Standing {
    let mut standing = Standing { participants: listed(users), ..cooperative_room(UserId(0)) };
    standing.base.fixed_membership = true;
    standing
}

fn child(parent: &str, users: &[(u16, u32)]) -> Standing {
    let mut standing = Standing { participants: listed(users), ..cooperative_room(UserId(0)) };
    standing.base.parent_room = Some(MimiUri::room("a.example", parent));
    standing
}

/// POL-15, INV-26.
#[test]
fn a_child_has_some_of_its_parents_participants() {
    let Hub { directory, others } = hub();
    let opens = |room: &Standing| check_surroundings(&directory, &[], room, &others);
    assert_eq!(opens(&child("parent", &[(0, 3), (1, 2)])), Ok(()));
    assert_eq!(opens(&child("parent", &[(0, 3), (1, 2), (2, 2)])), Err(Denied::NotInParent), "all of them");
    assert_eq!(opens(&child("parent", &[(0, 3), (4, 2)])), Err(Denied::NotInParent));
    assert_eq!(
        opens(&child("parent", &[(0, 3), (3, 2)])),
        Err(Denied::NotInParent),
        "banned from the parent"
    );
    assert_eq!(opens(&child("parent", &[(0, 3), (4, BANNED)])), Ok(()), "banned from the child");
    assert_eq!(opens(&child("elsewhere", &[(0, 3)])), Err(Denied::NoParent));
    assert_eq!(opens(&cooperative_room(UserId(4))), Ok(()));
}

#[test]
fn only_who_comes_into_a_child_is_asked_after() {
    let Hub { directory, others } = hub();
    let before = child("parent", &[(0, 3), (4, 2)]);
    let becomes = |after: &Standing| check_surroundings(&directory, &[&before], after, &others);
    assert_eq!(becomes(&before), Ok(()), "user 4 has left the parent, and others go on");
    assert_eq!(becomes(&child("parent", &[(0, 3)])), Ok(()));
    assert_eq!(becomes(&child("parent", &[(0, 3), (1, 2)])), Ok(()));
    assert_eq!(orphans(&before, others.values().next().expect("the parent")), [UserId(4)]);
    assert_eq!(becomes(&child("fixed", &[(0, 3), (4, 2)])), Err(Denied::NotInParent), "another parent");
    // RACE-07: the removal of user 4 is pending, and an external commit voids it.
    let pending = child("parent", &[(0, 3)]);
    let voided = |before: &[&Standing]| check_surroundings(&directory, before, &before[0].clone(), &others);
    assert_eq!(voided(&[&before, &pending]), Ok(()));
    assert_eq!(check_surroundings(&directory, &[&pending], &before, &others), Err(Denied::NotInParent));
}

/// POL-14, INV-27: banned users do not make another set.
#[test]
fn a_set_of_users_has_one_fixed_room() {
    let Hub { directory, others } = hub();
    let opens = |room: &Standing| check_surroundings(&directory, &[], room, &others);
    assert_eq!(opens(&fixed_room(&[(4, 3), (0, 2)])), Err(Denied::FixedSetTaken));
    assert_eq!(opens(&fixed_room(&[(0, 3), (1, 2)])), Ok(()));
    assert_eq!(
        opens(&Standing { participants: listed(&[(0, 3), (4, 2)]), ..cooperative_room(UserId(0)) }),
        Ok(())
    );
    let same = fixed_room(&[(0, 3), (4, 2)]);
    assert_eq!(check_surroundings(&directory, &[&same], &same, &others), Ok(()), "it has not become so now");
    // A removal was pending, another room was opened for the set, and an external commit voids the removal.
    let pending = fixed_room(&[(0, 3)]);
    let voids = check_surroundings(&directory, &[&same, &pending], &same, &others);
    assert_eq!(voids, Err(Denied::FixedSetTaken));
}

fn with(components: Components) -> Standing {
    Standing { components: Arc::new(components), ..cooperative_room(UserId(0)) }
}

fn stands(standing: &Standing) -> Result<(), Denied> {
    check_constraints(&hub().directory, standing, &BTreeSet::new())
}

#[test]
fn a_policy_speaks_of_roles_that_are_there() {
    let claims = [];
    assert_eq!(stands(&preauthorised(cooperative_room(UserId(0)), &claims, 2)), Ok(()));
    assert_eq!(stands(&preauthorised(cooperative_room(UserId(0)), &claims, 9)), Err(Denied::PolicyRole(9)));
    let bot = |bot_role_index| Bot {
        name: b"bot".into(),
        description: b"".into(),
        homepage: IdentifierUri(b"".into()),
        local_client_bot: Flag::False,
        bot_role_index,
        can_target_message_in_group: Flag::False,
        per_user_content: Flag::False,
    };
    let bots = |role| {
        with(Components { bots: Some(BotPolicy { allowed_bots: vec![bot(role)] }), ..Default::default() })
    };
    assert_eq!([0, 2, 9].map(|role| stands(&bots(role))), [Ok(()), Ok(()), Err(Denied::PolicyRole(9))]);
    let history = |role| {
        let sharing = HistorySharing {
            roles_that_can_share: vec![role],
            automatically_share: Flag::False,
            max_time_period: 1,
        };
        with(Components { history: Some(HistoryPolicy::Optional(sharing)), ..Default::default() })
    };
    // An enforcer has no clients that could share anything (POL-23).
    let found = [3, 5, 9].map(|role| stands(&history(role)));
    assert_eq!(found, [Ok(()), Err(Denied::PolicyRole(5)), Err(Denied::PolicyRole(9))]);
}

/// POL-22.
#[test]
fn join_links_on_request_are_kept_one_at_a_time() {
    let links = |on_request: bool, count: u8| {
        let policy = JoinLinkPolicy {
            on_request: on_request.into(),
            join_link: IdentifierUri(b"".into()),
            multiuser: Flag::True,
            expiration: 60,
        };
        let links = JoinLinksData { links: (0..count).map(|n| vec![n].into()).collect() };
        with(Components { join_link_policy: Some(policy), join_links: Some(links), ..Default::default() })
    };
    assert_eq!(stands(&links(true, 1)), Ok(()));
    assert_eq!(stands(&links(true, 2)), Err(Denied::JoinLinks));
    assert_eq!(stands(&links(false, 2)), Ok(()));
}

/// PROTO-75: in a room of minimal metadata all have a pseudonym for it, and nobody has one of that kind elsewhere.
#[test]
fn hidden_names() {
    let mut directory = Directory::default();
    let provider = directory.add_provider("a.example");
    let [masquerade, open_house, ball] =
        ["masquerade", "open-house", "ball"].map(|name| directory.add_room(provider, name));
    let [alice, bob] = ["alice", "bob"].map(|name| directory.add_user(provider, name));
    let [owl, hare] = ["owl", "hare"].map(|name| directory.add_pseudonym(provider, name));
    directory.stand_for(owl, alice, masquerade);
    directory.stand_for(hare, bob, ball);
    let judge = |room, users: &[UserId]| {
        let participants = users.iter().map(|user| Participant { user: *user, role: 2 }).collect();
        check_hidden(&directory, room, &Standing { participants, ..cooperative_room(alice) })
    };
    let refused = Err(Denied::NotHidden);
    assert_eq!((judge(masquerade, &[owl]), judge(ball, &[hare])), (Ok(()), Ok(())));
    assert_eq!((judge(masquerade, &[owl, bob]), judge(masquerade, &[owl, hare])), (refused, refused));
    assert_eq!((judge(open_house, &[alice, bob]), judge(open_house, &[alice, owl])), (Ok(()), refused));
}

/// POL-18.
#[test]
fn pseudonyms() {
    let mut directory = hub().directory;
    let provider = directory.providers().next().expect("a.example");
    let user = directory.add_pseudonym(provider, "zorro");
    let mut room = cooperative_room(user);
    assert_eq!(check_constraints(&directory, &room, &BTreeSet::new()), Err(Denied::Pseudonym));
    room.base.pseudonyms_allowed = true;
    assert_eq!(check_constraints(&directory, &room, &BTreeSet::new()), Ok(()));
}

/// A room of Appendix A.4 begins below its minima, grows into them, and then keeps them.
#[test]
fn a_room_grows_into_its_minima() {
    let mut directory = Directory::default();
    let provider = directory.add_provider("a.example");
    let users: Vec<UserId> = (0..4).map(|n| directory.add_user(provider, &format!("user{n}"))).collect();
    let clients: Vec<ClientId> = users.iter().map(|user| directory.add_client(*user, "phone")).collect();
    let room = |roles: &[u32]| Standing {
        participants: roles
            .iter()
            .zip(&users)
            .map(|(role, user)| Participant { user: *user, role: *role })
            .collect(),
        ..Example::MultiOrganization.room(users[0])
    };
    let members = |count: usize| clients[..count].iter().copied().collect::<BTreeSet<_>>();
    let becomes = |(before, had): (&[u32], usize), (after, has): (&[u32], usize)| {
        let shortfalls = Shortfalls::of(&directory, &room(before), &members(had));
        check_change(&directory, &shortfalls, &room(after), &members(has))
    };
    let alone = ([8].as_slice(), 1);
    assert_eq!(check_constraints(&directory, &room(&[8]), &members(1)), Err(Denied::MinParticipants(6)));
    assert_eq!(becomes(alone, alone), Ok(()));
    assert_eq!(becomes(alone, (&[8, 6], 2)), Ok(()));
    assert_eq!(becomes((&[8, 6], 2), (&[8, 6, 7], 3)), Ok(()));
    let full = ([8, 6, 7].as_slice(), 3);
    assert_eq!(becomes(full, (&[8, 6], 2)), Err(Denied::MinParticipants(7)));
    assert_eq!(becomes(full, (&[8, 6, 7], 2)), Err(Denied::MinActive(7)));
    assert_eq!(becomes((&[8, 6], 2), (&[8, 3], 2)), Err(Denied::MinParticipants(6)));
}

/// ARCH-26.
#[test]
fn an_envelope_bounds_the_policy() {
    let room = || Example::Strict.room(UserId(0));
    let judge = |envelope: Envelope, room: &Standing| envelope.check(room);
    let out = |what| Err(Denied::Envelope(what));
    assert_eq!(judge(Envelope::default(), &room()), Ok(()));
    let withheld = Envelope { withheld_capabilities: [Capability::Ban.code()].into(), ..Default::default() };
    assert_eq!(judge(withheld, &room()), out(OutOfEnvelope::Capability(0x000a)));
    let closed = || Envelope { no_self_joining: true, ..Default::default() };
    assert_eq!(judge(closed(), &room()), out(OutOfEnvelope::SelfJoining), "role 0 has canUseJoinCode");
    assert_eq!(judge(closed(), &cooperative_room(UserId(0))), Ok(()));
    let few = |max_roles| Envelope { max_roles: Some(max_roles), ..Default::default() };
    assert_eq!([5, 6].map(|most| judge(few(most), &room())), [out(OutOfEnvelope::Roles), Ok(())]);
    let mut limited = room();
    (limited.base.max_users, limited.base.max_clients) = (Some(10), Some(20));
    let small = |users, clients| Envelope { max_users: users, max_clients: clients, ..Default::default() };
    assert_eq!(judge(small(Some(9), None), &limited), out(OutOfEnvelope::Users));
    assert_eq!(judge(small(Some(10), Some(19)), &limited), out(OutOfEnvelope::Clients));
    assert_eq!(judge(small(Some(10), Some(20)), &limited), Ok(()));
    assert_eq!(judge(small(Some(10), None), &room()), out(OutOfEnvelope::Users), "no limit at all");
    let mut open = room();
    open.base.pseudonyms_allowed = true;
    assert_eq!(
        judge(Envelope { no_pseudonyms: true, ..Default::default() }, &open),
        out(OutOfEnvelope::Pseudonyms)
    );
    let mut lasting = room();
    lasting.base.persistent_room = true;
    let fleeting = Envelope { no_persistent_rooms: true, ..Default::default() };
    assert_eq!(judge(fleeting, &lasting), out(OutOfEnvelope::Persistent));
    let mut public = room();
    public.base.discoverable = true;
    assert_eq!(
        judge(Envelope { no_discovery: true, ..Default::default() }, &public),
        out(OutOfEnvelope::Discoverable)
    );
    let preauth = component::PREAUTH_LIST;
    let needs = || Envelope { required_components: [preauth].into(), ..Default::default() };
    assert_eq!(judge(needs(), &room()), out(OutOfEnvelope::Component(preauth)));
    assert_eq!(judge(needs(), &preauthorised(room(), &[], 2)), Ok(()));
    let lacks = Envelope { withheld_components: [preauth].into(), ..Default::default() };
    assert_eq!(judge(lacks, &preauthorised(room(), &[], 2)), out(OutOfEnvelope::Component(preauth)));
    let mut mild = room();
    mild.roles.retain(|role| role.role_index != BANNED);
    assert_eq!(judge(Envelope { banning: true, ..Default::default() }, &mild), out(OutOfEnvelope::NoBanning));
}
