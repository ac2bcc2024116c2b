//! Work that may wait: on a thread of its own that gets a processor when nobody else wants it, so that pictures are looked
//! at between visits and not instead of them.

use std::io;
use std::thread;

use tokio::sync::oneshot;

/// The lowest priority there is.
#[cfg(target_os = "linux")]
const NICENESS: i32 = 19;

/// Runs work that takes long; returns `None` where it panicked.
pub async fn run<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> io::Result<Option<T>> {
    let (reply, answer) = oneshot::channel();
    let body = move || {
        // On Linux this is about the thread alone; elsewhere the process keeps the priority that it has.
        #[cfg(target_os = "linux")]
        let _ = rustix::process::nice(NICENESS);
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
        let broken: Option<()> = run(|| panic!("a decoder met damage")).await.unwrap();
        assert_eq!(broken, None);
        assert_eq!(run(|| 7).await.unwrap(), Some(7));
    }

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn only_its_own_thread_steps_back() {
        let niceness = || rustix::process::nice(0).unwrap();
        assert_eq!(run(niceness).await.unwrap(), Some(NICENESS));
        assert!(niceness() < NICENESS);
    }
}
