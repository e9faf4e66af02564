use std::sync::atomic::{AtomicUsize, Ordering};

/// Has the workers take the items in their order while `go_on` says so, and gives each result with the place of its
/// item. The calling thread works too, so that a single item costs no thread.
pub fn share<W: Send, I: Sync, R: Send>(
    workers: &mut [W],
    items: &[I],
    go_on: impl Fn() -> bool + Sync,
    work: impl Fn(&mut W, &I) -> R + Sync,
) -> Vec<(usize, R)> {
    let next = AtomicUsize::new(0);
    let run = |worker: &mut W| {
        let mut done = Vec::new();
        while go_on() {
            let place = next.fetch_add(1, Ordering::Relaxed);
            let Some(item) = items.get(place) else {
                break;
            };
            done.push((place, work(worker, item)));
        }
        done
    };
    let useful = items.len().clamp(1, workers.len().max(1));
    let [first, others @ ..] = &mut workers[..useful] else {
        return Vec::new();
    };
    std::thread::scope(|scope| {
        let threads: Vec<_> = others
            .iter_mut()
            .map(|worker| scope.spawn(|| run(worker)))
            .collect();
        let mut done = run(first);
        for thread in threads {
            match thread.join() {
                Ok(others) => done.extend(others),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        done
    })
}
