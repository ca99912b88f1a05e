//! Real MLS and symbolic MLS decide alike: the same operations, the same verdicts for the same reasons, the same groups.

mod world;

use mimic_protocol::ClientId;
use mimic_protocol::mls::open::{InsecureFastCrypto, OpenMls, RealCrypto};
use mimic_protocol::mls::symbolic::Symbolic;
use mimic_protocol::mls::{Mls, MlsError};
use proptest::prelude::*;
use proptest::sample::select;
use world::{CLIENTS, LOG, Op, STRAY, TITLE, Wish, World};

fn client() -> impl Strategy<Value = ClientId> {
    (0..CLIENTS).prop_map(ClientId)
}

fn wish() -> impl Strategy<Value = Wish> {
    let update = select(vec![
        (LOG, "a"),
        (LOG, "b"),
        (LOG, "c"),
        (LOG, "bad"),
        (TITLE, "t"),
        (TITLE, "u"),
        (STRAY, "s"),
    ]);
    prop_oneof![
        4 => client().prop_map(Wish::Add),
        2 => client().prop_map(Wish::Remove),
        1 => Just(Wish::SelfRemove),
        4 => update.prop_map(|(component, text)| Wish::Update(component, text)),
    ]
}

fn op() -> impl Strategy<Value = Vec<Op>> {
    let wishes = || prop::collection::vec(wish(), 0..3);
    let references = || prop_oneof![2 => Just(u8::MAX), 1 => Just(0), 1 => any::<u8>()];
    let commit = || (client(), references(), wishes());
    prop_oneof![
        6 => (client(), wish(), prop::option::weighted(0.1, client()))
            .prop_map(|(by, wish, without)| vec![Op::Propose(by, wish, without)]),
        8 => commit().prop_map(|(by, references, wishes)| {
            vec![Op::Commit(by, references, wishes), Op::Accept(by)]
        }),
        2 => commit().prop_map(|(by, references, wishes)| vec![Op::Commit(by, references, wishes)]),
        3 => (client(), wishes()).prop_map(|(by, wishes)| vec![Op::Join(by, wishes), Op::Accept(by)]),
        1 => (client(), wishes()).prop_map(|(by, wishes)| vec![Op::Join(by, wishes)]),
        2 => client().prop_map(|by| vec![Op::Accept(by)]),
        1 => client().prop_map(|client| vec![Op::Again(client)]),
        2 => (client(), any::<bool>()).prop_map(|(client, merge)| vec![Op::Settle(client, merge)]),
        2 => client().prop_map(|by| vec![Op::Say(by)]),
        1 => client().prop_map(|client| vec![Op::Clear(client)]),
        1 => prop::option::weighted(0.8, client()).prop_map(|node| vec![Op::Restart(node)]),
        1 => client().prop_map(|client| vec![Op::Forget(client)]),
    ]
}

fn story() -> impl Strategy<Value = Vec<Op>> {
    let beginning = vec![
        Op::Commit(ClientId(0), 0, vec![Wish::Add(ClientId(1)), Wish::Add(ClientId(2))]),
        Op::Accept(ClientId(0)),
    ];
    prop::collection::vec(op(), 1..25).prop_map(move |ops| [beginning.clone(), ops.concat()].concat())
}

/// Does the operations in both engines; what a limit of the library prevents is done in neither.
fn agree<M: Mls>(ops: &[Op]) -> Result<(), TestCaseError> {
    let (mut real, mut symbolic) = (World::<M>::new(), World::<Symbolic>::new());
    for (place, op) in ops.iter().enumerate() {
        let verdicts = real.act(op);
        if verdicts.first() == Some(&Err(MlsError::Limit)) {
            symbolic.skip();
        } else {
            prop_assert_eq!(verdicts, symbolic.act(op), "operation {}: {:?}", place, op);
        }
        prop_assert_eq!(real.views(), symbolic.views(), "after operation {}: {:?}", place, op);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    #[test]
    fn real_and_symbolic_mls_decide_alike(ops in story()) {
        agree::<OpenMls<InsecureFastCrypto>>(&ops)?;
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, ..ProptestConfig::default() })]

    /// Much slower, and nothing else should be different: this keeps the fast cryptography honest.
    #[test]
    fn real_cryptography_changes_no_decision(ops in story()) {
        agree::<OpenMls<RealCrypto>>(&ops)?;
    }
}
