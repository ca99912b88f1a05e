//! The examples that come with the content draft, where a copy of them is at hand. They are no part of this project.

use crate::given::{hex, octets, uri};
use mimic_protocol::content::MimiContent;
use std::fs;
use std::path::{Path, PathBuf};

const ROOM: &str = "mimi://example.com/r/engineering_team";
/// The examples whose message ID the draft gives, with it.
const EXAMPLES: [(&str, &str); 7] = [
    ("original", "017ce54837404c3696e0c747b985cb172716d0ed0a3d249ca63ace7d82a096f4"),
    ("reply", "015354973c2b65ca937bf1e035ae53a5ab80e947afa43d46920d4202e5cc0b27"),
    ("reaction", "0158c4288911e50a8f6be3f47746b6682f10fd91bc8c05557aa589a3157aff68"),
    ("mention", "018d825adf9f6be00dcafc5704c4102f5022e74219d0b603e4ba7622654042af"),
    ("edit", "014028c0deddbdea56bec26172f6ede953d11024cb82b8192b5e2aea62d7fb47"),
    ("expiring", "01e59db8173939facc2c8a4a0f0ae8d0c7a11a81239626630c9464a8d6717a03"),
    ("multipart-1", "01da5a515ec5db42cc4dcc19b90c3c31245d8a1cfcce11318f24eb11dce0990e"),
];

/// `MIMIC_VECTORS`, or the folder that stands beside the repository.
fn folder() -> PathBuf {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/spec/vectors");
    option_env!("MIMIC_VECTORS").map_or(beside, PathBuf::from).join("content")
}

#[test]
fn upstream_examples_decode_and_have_the_ids_that_the_draft_gives() {
    let folder = folder();
    if !folder.is_dir() {
        println!(
            "NOT RUN: no upstream examples at {}; set MIMIC_VECTORS to have them read",
            folder.display()
        );
        return;
    }
    for (name, id) in EXAMPLES {
        let read = fs::read(folder.join(format!("{name}.cbor"))).expect("the example is in the folder");
        let content = MimiContent::decode(&read).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(hex(&content.encode()), hex(&read), "{name}");
        let sender = uri(content.extensions.sender_uri().expect("a sender"));
        assert_eq!(content.extensions.room_uri(), Some(ROOM), "{name}");
        assert_eq!(content.id(&sender, &uri(ROOM), &read).octets()[..], octets(id), "{name}");
    }
    println!("{} upstream examples read from {}", EXAMPLES.len(), folder.display());
}
