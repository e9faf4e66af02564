use std::sync::atomic::{AtomicUsize, Ordering};

/// Workers process the items in their order until `go_on` is false; each result comes with the place of its item. The
/// calling thread works too, so that a single item costs no thread.
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

/// Has each worker take one of the parts, of which there are at most as many, all at the same time. The calling thread
/// takes the first, so that a single part costs no thread.
pub(crate) fn together<W: Send, P: Send>(
    workers: &mut [W],
    parts: impl Iterator<Item = P>,
    work: impl Fn(&mut W, P) + Sync,
) {
    let mut pairs = workers.iter_mut().zip(parts);
    let Some((first, part)) = pairs.next() else {
        return;
    };
    std::thread::scope(|scope| {
        let work = &work;
        for (worker, part) in pairs {
            scope.spawn(move || work(worker, part));
        }
        work(first, part);
    });
}

/// Teams of workers for so many items: where there are fewer items than workers, those that would be idle help.
pub(crate) fn teams<W>(workers: &mut [W], items: usize) -> Vec<&mut [W]> {
    let size = (workers.len() / items.max(1)).max(1);
    workers.chunks_mut(size).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::sync::{Barrier, Mutex};
    use std::thread::ThreadId;

    use super::*;

    #[test]
    fn workers_that_would_be_idle_help() {
        let sizes = |workers: usize, items: usize| -> Vec<usize> {
            let mut workers = vec![(); workers];
            let teams = teams(&mut workers, items);
            teams.iter().map(|team| team.len()).collect()
        };
        assert_eq!(sizes(4, 1), [4]);
        assert_eq!(sizes(4, 2), [2, 2]);
        assert_eq!(sizes(8, 3), [2, 2, 2, 2]);
        assert_eq!(sizes(4, 3), [1; 4]);
        assert_eq!(sizes(2, 9), [1; 2]);
        assert_eq!(sizes(2, 0), [2]);
    }

    #[test]
    fn parts_are_computed_at_the_same_time() {
        let mut workers = [0; 3];
        // None goes on before all have come.
        let all_here = Barrier::new(3);
        let threads: Mutex<HashSet<ThreadId>> = Mutex::default();
        together(&mut workers, [5, 6, 7].into_iter(), |worker, part| {
            all_here.wait();
            *worker = part;
            threads.lock().unwrap().insert(std::thread::current().id());
        });
        assert_eq!(workers, [5, 6, 7]);
        let threads = threads.into_inner().unwrap();
        assert_eq!(threads.len(), 3);
        assert!(threads.contains(&std::thread::current().id()));
    }
}
