//! How many threads compute, while other work wants the CPUs too.
//!
//! llama.cpp's threads wait for one another some hundred times for each token, and they wait by spinning. A thread that
//! has to share its CPU then holds up all the others for a time slice at a time, so that two threads on a loaded
//! machine are many times slower than one. So only as many threads compute as there are CPUs left.

mod choice;
mod load;

use std::thread::sleep;
use std::time::{Duration, Instant};

use self::choice::Choice;
use self::load::Load;

/// Pauses after which the machine must still look busy to count as that. What runs for a moment only, such as whoever
/// reads the answer, is mostly gone after the first.
const PAUSES: [Duration; 3] = [
    Duration::from_micros(100),
    Duration::from_millis(1),
    Duration::from_millis(4),
];
/// After this long without a look, what was seen before says nothing about now.
const FORGOTTEN_AFTER: Duration = Duration::from_secs(1);

/// The number of threads for the next step.
pub(super) struct Threads {
    choice: Choice,
    /// `None` where the system does not tell, or where there is no choice: then all threads compute always.
    load: Option<Load>,
    looked_at: Option<Instant>,
}

impl Threads {
    /// At most `most` threads.
    pub(super) fn new(most: usize, give_way: bool) -> Self {
        let load = (give_way && most > 1).then(Load::open).flatten();
        let cpus = load.as_ref().map_or(most, Load::cpus);
        Self {
            choice: Choice::new(most, cpus),
            load,
            looked_at: None,
        }
    }

    /// An answer begins: the next look counts alone, because the prompt is read in few steps.
    pub(super) fn begin(&mut self) {
        self.looked_at = None;
    }

    /// Looks at the machine and says how many threads are to compute now. To be called while none of them does.
    pub(super) fn wanted(&mut self) -> usize {
        let Some(others) = self.least_others() else {
            return self.choice.threads();
        };
        let now = Instant::now();
        let is_new = self
            .looked_at
            .replace(now)
            .is_none_or(|before| now - before > FORGOTTEN_AFTER);
        if is_new {
            self.choice.begin(others)
        } else {
            self.choice.observe(others)
        }
    }

    /// Threads of others that run all the time; `None` if that cannot be found.
    fn least_others(&mut self) -> Option<usize> {
        let load = self.load.as_mut()?;
        let mut least = load.others()?;
        for pause in PAUSES {
            if !self.choice.is_crowded_by(least) {
                break;
            }
            sleep(pause);
            least = least.min(load.others()?);
        }
        Some(least)
    }
}
