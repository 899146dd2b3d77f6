//! A line between two programs that a test can cut and mend.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// Passes on what comes to a port of its own, until it is cut.
pub struct Relay {
    port: u16,
    line: Arc<Mutex<Line>>,
}

#[derive(Default)]
struct Line {
    cut: bool,
    streams: Vec<TcpStream>,
}

impl Relay {
    /// A line to `to`, which need not listen yet.
    pub fn to(to: SocketAddr) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let relay = Self { port: listener.local_addr().unwrap().port(), line: Arc::default() };
        let line = Arc::clone(&relay.line);
        // Ends with the process: a listener that waits cannot be told.
        thread::spawn(move || {
            for incoming in listener.incoming() {
                if let (Ok(incoming), Ok(outgoing)) = (incoming, TcpStream::connect(to)) {
                    line.lock().unwrap().join(incoming, outgoing);
                }
            }
        });
        relay
    }

    /// Where to call.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Nothing passes any more, nor will.
    pub fn cut(&self) {
        let mut line = self.line.lock().unwrap();
        line.cut = true;
        for stream in line.streams.drain(..) {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }

    /// Whoever calls again gets through.
    pub fn mend(&self) {
        self.line.lock().unwrap().cut = false;
    }
}

impl Line {
    fn join(&mut self, one: TcpStream, other: TcpStream) {
        if self.cut {
            return;
        }
        let copy = |stream: &TcpStream| stream.try_clone().unwrap();
        for (from, to) in [(copy(&one), copy(&other)), (copy(&other), copy(&one))] {
            thread::spawn(move || pass_on(from, to));
        }
        self.streams.extend([one, other]);
    }
}

fn pass_on(mut from: TcpStream, mut to: TcpStream) {
    let mut bytes = [0; 16 << 10];
    while let Ok(count @ 1..) = from.read(&mut bytes) {
        if to.write_all(&bytes[..count]).is_err() {
            break;
        }
    }
    let _ = from.shutdown(Shutdown::Both);
    let _ = to.shutdown(Shutdown::Both);
}
