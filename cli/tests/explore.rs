//! The Explorer as a browser sees it.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

/// Ends the command when the test does.
struct Served(Child);

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn explore(port: u16) -> Served {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mimic"));
    let args = ["explore", "room", "--scope", "device-ban", "--port", &port.to_string()];
    Served(command.args(args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap())
}

fn get(port: u16, path: &str) -> String {
    // The server needs its time to begin.
    let stream = (0..600).find_map(|_| {
        sleep(Duration::from_millis(100));
        TcpStream::connect(("127.0.0.1", port)).ok()
    });
    let mut stream = stream.expect("the server begins within a minute");
    write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn the_page_shows_states_and_what_can_happen_in_them() {
    let port = TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
    let _served = explore(port);
    let first = get(port, "/.states/");
    assert!(first.contains("a.example is in epoch 1"), "{first}");
    let next = get(port, "/.states/0");
    assert!(
        next.contains("alice/phone bans bob") && next.contains("Alice tells Alice's phone to ban Bob"),
        "{next}"
    );
}

#[test]
fn a_port_that_is_taken_exits_2() {
    let taken = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let mut served = explore(taken.local_addr().unwrap().port());
    assert_eq!(served.0.wait().unwrap().code(), Some(2));
    let mut errors = String::new();
    served.0.stderr.take().unwrap().read_to_string(&mut errors).unwrap();
    assert!(errors.contains("nothing can be served at 127.0.0.1:"), "{errors}");
}
