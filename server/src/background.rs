//! Work that may wait: on a thread of its own that steps back behind those that answer requests, so that visits are checked,
//! and pictures looked at, between the receiving of others and not instead of it.

use std::io;
use std::thread;

use tokio::sync::oneshot;

/// How far work steps back, as the system counts it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Niceness {
    /// Somebody will ask for it soon.
    Soon = 5,
    /// Whenever nobody else wants the processor: the lowest priority there is.
    Idle = 19,
}

/// Runs work that takes long; returns `None` where it panicked.
pub async fn run<T: Send + 'static>(
    niceness: Niceness,
    work: impl FnOnce() -> T + Send + 'static,
) -> io::Result<Option<T>> {
    let (reply, answer) = oneshot::channel();
    let body = move || {
        // On Linux this is about the thread alone; elsewhere the process keeps the priority that it has.
        #[cfg(not(target_os = "linux"))]
        let _ = niceness;
        #[cfg(target_os = "linux")]
        let _ = rustix::process::nice(niceness as i32);
        // Whoever waits may have gone away.
        let _ = reply.send(work());
    };
    thread::Builder::new().name("background".to_owned()).spawn(body)?;
    Ok(answer.await.ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_is_told_and_the_next_work_is_done() {
        let broken: Option<()> = run(Niceness::Idle, || panic!("a decoder met damage")).await.unwrap();
        assert_eq!(broken, None);
        assert_eq!(run(Niceness::Idle, || 7).await.unwrap(), Some(7));
    }

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn only_its_own_thread_steps_back() {
        let niceness = || rustix::process::nice(0).unwrap();
        assert_eq!(run(Niceness::Idle, niceness).await.unwrap(), Some(19));
        assert_eq!(run(Niceness::Soon, niceness).await.unwrap(), Some(5));
        assert!(niceness() < 5);
    }
}
