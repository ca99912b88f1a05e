//! A small group story straight over openmls: the same entropy gives the same octets, another one gives others.

use crate::mls::open::signer::StepSigner;
use crate::mls::open::{InsecureFastCrypto, Kv, OpenProvider, RealCrypto, SUITE, SimCrypto, on_fresh_thread};
use openmls::prelude::tls_codec::Serialize as _;
use openmls::prelude::*;

/// One member as the story needs it.
pub(super) struct Party<C> {
    pub(super) provider: OpenProvider<C>,
    secret: Vec<u8>,
    public: Vec<u8>,
    name: &'static str,
}

impl<C: SimCrypto> Party<C> {
    fn new(name: &'static str, entropy: [u8; 32]) -> Self {
        let mut provider = OpenProvider::<C>::new(Kv::default());
        provider.reseed(entropy);
        let (secret, public) = provider.crypto().signature_key_gen(SUITE.signature_algorithm()).unwrap();
        Self { provider, secret, public, name }
    }

    fn step(&mut self, entropy: [u8; 32]) {
        self.provider.reseed(entropy);
    }

    fn signer(&self) -> StepSigner<'_, C> {
        StepSigner { crypto: self.provider.crypto(), secret: &self.secret }
    }

    fn credential(&self) -> CredentialWithKey {
        CredentialWithKey {
            credential: BasicCredential::new(self.name.into()).into(),
            signature_key: self.public.clone().into(),
        }
    }

    fn key_package(&self) -> KeyPackage {
        let builder = KeyPackage::builder().key_package_lifetime(Lifetime::init(0, u64::MAX));
        let bundle = builder.build(SUITE, &self.provider, &self.signer(), self.credential()).unwrap();
        bundle.key_package().clone()
    }
}

/// All octets that the story sends, and the member that joined.
pub(super) struct Told<C> {
    pub(super) sent: Vec<Vec<u8>>,
    pub(super) bob: Party<C>,
}

/// Alice creates a group, adds Bob and five others, says something that Bob reads, and updates her keys.
pub(super) fn tell<C: SimCrypto + Send>(seed: u8) -> Told<C> {
    on_fresh_thread("story", || tell_here(seed)).unwrap()
}

fn tell_here<C: SimCrypto>(seed: u8) -> Told<C> {
    let entropy = |step: u8| *blake3::keyed_hash(&[seed; 32], &[step]).as_bytes();
    let mut alice = Party::<C>::new("alice", entropy(0));
    let mut bob = Party::<C>::new("bob", entropy(1));
    let others = ["carol", "dave", "erin", "frank", "grace"];
    let others = (20..).zip(others).map(|(step, name)| Party::<C>::new(name, entropy(step)).key_package());
    let added: Vec<_> = std::iter::once(bob.key_package()).chain(others).collect();
    let mut sent: Vec<_> = added.iter().map(|it| it.tls_serialize_detached().unwrap()).collect();

    alice.step(entropy(3));
    let mut group = MlsGroup::builder()
        .with_group_id(GroupId::from_slice(b"group"))
        .with_wire_format_policy(PURE_PLAINTEXT_WIRE_FORMAT_POLICY)
        .use_ratchet_tree_extension(true)
        .lifetime(Lifetime::init(0, u64::MAX))
        .build(&alice.provider, &alice.signer(), alice.credential())
        .unwrap();
    alice.step(entropy(4));
    let (commit, welcome, info) = group.add_members(&alice.provider, &alice.signer(), &added).unwrap();
    sent.push(commit.to_bytes().unwrap());
    sent.push(welcome.to_bytes().unwrap());
    sent.push(info.unwrap().tls_serialize_detached().unwrap());
    group.merge_pending_commit(&alice.provider).unwrap();

    bob.step(entropy(5));
    let MlsMessageBodyIn::Welcome(welcome) = MlsMessageIn::from(welcome).extract() else {
        panic!("no Welcome")
    };
    let config = group.configuration().clone();
    let joined = StagedWelcome::new_from_welcome(&bob.provider, &config, welcome, None).unwrap();
    let mut at_bob = joined.into_group(&bob.provider).unwrap();

    alice.step(entropy(6));
    let message = group.create_message(&alice.provider, &alice.signer(), b"hello").unwrap();
    sent.push(message.to_bytes().unwrap());
    alice.step(entropy(7));
    let update = group.self_update(&alice.provider, &alice.signer(), LeafNodeParameters::default()).unwrap();
    sent.push(update.into_commit().to_bytes().unwrap());
    group.merge_pending_commit(&alice.provider).unwrap();

    bob.step(entropy(8));
    let message = MlsMessageIn::from(message).try_into_protocol_message().unwrap();
    let read = at_bob.process_message(&bob.provider, message).unwrap().into_content();
    let ProcessedMessageContent::ApplicationMessage(read) = read else { panic!("no message") };
    assert_eq!(read.into_bytes(), b"hello");
    Told { sent, bob }
}

fn same_entropy_same_octets<C: SimCrypto + Send>() {
    let once = tell::<C>(1).sent;
    assert_eq!(once.len(), 11);
    assert_eq!(once, tell::<C>(1).sent);
    for (one, other) in once.iter().zip(tell::<C>(2).sent) {
        assert_ne!(*one, other);
    }
}

#[test]
fn real_crypto_gives_the_same_octets_for_the_same_entropy() {
    same_entropy_same_octets::<RealCrypto>();
}

#[test]
fn fast_crypto_gives_the_same_octets_for_the_same_entropy() {
    same_entropy_same_octets::<InsecureFastCrypto>();
}

/// What is random is derived and not drawn in turn, so that it does not matter which thread comes first.
#[test]
fn parallel_sealing_gives_the_same_octets() {
    let inline = tell::<RealCrypto>(3).sent;
    let pool = rayon::ThreadPoolBuilder::new().num_threads(4).build().unwrap();
    assert_eq!(pool.install(|| tell_here::<RealCrypto>(3).sent), inline);
}

#[test]
fn a_fresh_thread_runs_parallel_loops_itself_and_passes_panics_on() {
    use rayon::prelude::*;
    let names = || std::thread::current().name().map(str::to_owned);
    let ran =
        on_fresh_thread("mine", || (0..64).into_par_iter().map(|_| names()).collect::<Vec<_>>()).unwrap();
    assert_eq!(ran, vec![Some("mine".to_owned()); 64]);
    let panicked = std::panic::catch_unwind(|| on_fresh_thread("mine", || panic!("inside")));
    assert_eq!(panicked.unwrap_err().downcast_ref(), Some(&"inside"));
}
