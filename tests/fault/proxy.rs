//! A bad network between phones and server: a proxy that reads whole requests and does something to each.
//!
//! | what | how |
//! | --- | --- |
//! | dropped | the request never reaches the server |
//! | truncated | some of it does, then the connection ends |
//! | half open | some of it does, then nothing is heard of either side any more |
//! | delayed | it arrives in pieces, with pauses |
//! | reordered | it waits while later ones go past |
//! | doubled | it arrives twice, at the same time or one long after the other |
//! | reply lost | the server answers, and nobody hears it |

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result};
use doorstep_tests::load::random::Random;

/// Longest time that a connection is kept without a word.
const SILENCE: Duration = Duration::from_secs(20);
const FATES: [(Fate, u64); 8] = [
    (Fate::Passed, 35),
    (Fate::Dropped, 8),
    (Fate::Truncated, 12),
    (Fate::HalfOpen, 5),
    (Fate::Delayed, 8),
    (Fate::Reordered, 8),
    (Fate::Doubled, 12),
    (Fate::ReplyLost, 12),
];

/// What happens to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Passed,
    Dropped,
    Truncated,
    HalfOpen,
    Delayed,
    Reordered,
    Doubled,
    ReplyLost,
}

/// A proxy at work; it ends with the process, or when told.
pub struct Proxy {
    pub url: String,
    shared: Arc<Shared>,
}

struct Shared {
    server: SocketAddr,
    random: Mutex<Random>,
    counts: [AtomicUsize; FATES.len()],
    is_over: AtomicBool,
}

impl Proxy {
    /// Starts one before a server.
    pub fn start(server_url: &str, seed: u64) -> Result<Proxy> {
        let server = server_url.strip_prefix("http://").context("http only")?.parse()?;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let url = format!("http://{}", listener.local_addr()?);
        let shared = Arc::new(Shared {
            server,
            random: Mutex::new(Random(seed)),
            counts: Default::default(),
            is_over: AtomicBool::new(false),
        });
        let own = Arc::clone(&shared);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let shared = Arc::clone(&own);
                if shared.is_over.load(Ordering::Relaxed) {
                    return;
                }
                // A connection that breaks is what this is for.
                thread::spawn(move || drop(shared.serve(stream)));
            }
        });
        Ok(Proxy { url, shared })
    }

    /// Returns how often each thing happened.
    pub fn counts(&self) -> String {
        let told = FATES.iter().zip(&self.shared.counts);
        let told = told.map(|((fate, _), n)| format!("{fate:?} {}", n.load(Ordering::Relaxed)));
        told.collect::<Vec<_>>().join(", ")
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.shared.is_over.store(true, Ordering::Relaxed);
    }
}

impl Shared {
    fn below(&self, end: u64) -> u64 {
        self.random.lock().unwrap_or_else(PoisonError::into_inner).below(end.max(1))
    }

    fn fate(&self) -> Fate {
        let mut left = self.below(FATES.iter().map(|it| it.1).sum());
        for ((fate, weight), count) in FATES.iter().zip(&self.counts) {
            if left < *weight {
                count.fetch_add(1, Ordering::Relaxed);
                return *fate;
            }
            left -= weight;
        }
        Fate::Passed
    }

    /// Serves the requests of one connection.
    fn serve(&self, mut phone: TcpStream) -> Result<()> {
        phone.set_read_timeout(Some(SILENCE))?;
        loop {
            let Some(request) = read_message(&mut phone)? else { return Ok(()) };
            match self.fate() {
                Fate::Passed => phone.write_all(&self.exchange(&request)?)?,
                Fate::Dropped => return Ok(phone.shutdown(Shutdown::Both)?),
                Fate::Truncated => {
                    let mut server = TcpStream::connect(self.server)?;
                    server.write_all(&request[..self.below(request.len() as u64) as usize])?;
                    self.pause(50);
                    server.shutdown(Shutdown::Both)?;
                    return Ok(phone.shutdown(Shutdown::Both)?);
                }
                Fate::HalfOpen => {
                    let mut server = TcpStream::connect(self.server)?;
                    server.write_all(&request[..self.below(request.len() as u64) as usize])?;
                    thread::sleep(SILENCE);
                    return Ok(());
                }
                Fate::Delayed => {
                    let mut server = TcpStream::connect(self.server)?;
                    for piece in request.chunks(request.len().div_ceil(8)) {
                        self.pause(60);
                        server.write_all(piece)?;
                    }
                    phone.write_all(&read_message(&mut server)?.context("no answer")?)?;
                }
                Fate::Reordered => {
                    self.pause(800);
                    phone.write_all(&self.exchange(&request)?)?;
                }
                Fate::Doubled => {
                    let is_at_once = self.below(2) == 0;
                    let other = thread::scope(|scope| {
                        let early = is_at_once.then(|| scope.spawn(|| drop(self.exchange(&request))));
                        let answer = self.exchange(&request);
                        drop(early);
                        answer
                    })?;
                    phone.write_all(&other)?;
                    if !is_at_once {
                        self.pause(1500);
                        drop(self.exchange(&request));
                    }
                }
                Fate::ReplyLost => {
                    drop(self.exchange(&request)?);
                    return Ok(phone.shutdown(Shutdown::Both)?);
                }
            }
        }
    }

    /// Has the server answer.
    fn exchange(&self, request: &[u8]) -> Result<Vec<u8>> {
        let mut server = TcpStream::connect(self.server)?;
        server.set_read_timeout(Some(SILENCE * 3))?;
        server.write_all(request)?;
        read_message(&mut server)?.context("no answer")
    }

    fn pause(&self, longest_ms: u64) {
        thread::sleep(Duration::from_millis(self.below(longest_ms)));
    }
}

/// Reads a request or an answer whose length stands in its head; none at the end of the connection.
fn read_message(stream: &mut TcpStream) -> Result<Option<Vec<u8>>> {
    let mut bytes = Vec::new();
    let mut piece = vec![0; 64 << 10];
    let mut length = None;
    loop {
        if length.is_none()
            && let Some(head) = bytes.windows(4).position(|it| it == b"\r\n\r\n")
        {
            length = Some(head + 4 + content_length(&bytes[..head]));
        }
        if length.is_some_and(|it| bytes.len() >= it) {
            return Ok(Some(bytes));
        }
        let n_bytes = stream.read(&mut piece)?;
        if n_bytes == 0 {
            anyhow::ensure!(bytes.is_empty(), "cut off");
            return Ok(None);
        }
        bytes.extend_from_slice(&piece[..n_bytes]);
    }
}

fn content_length(head: &[u8]) -> usize {
    let text = String::from_utf8_lossy(head).to_ascii_lowercase();
    let line = text.lines().find_map(|it| it.strip_prefix("content-length:").map(str::to_owned));
    line.and_then(|it| it.trim().parse().ok()).unwrap_or(0)
}
