//! How many threads compute, while other work wants the CPUs too.
//!
//! llama.cpp's threads wait for one another some hundred times for each token, and they wait by spinning. A thread that
//! has to share its CPU then holds up all the others for a time slice at a time, so that two threads on a loaded
//! machine are many times slower than one. So only as many threads compute as there are CPUs left.

mod choice;
mod load;
mod waits;

use std::thread::{available_parallelism, sleep};
use std::time::{Duration, Instant};

use self::choice::Choice;
use self::load::Load;
use self::waits::Waits;

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
    others: Option<Others>,
    looked_at: Option<Instant>,
}

/// What tells how many others want the CPUs.
enum Others {
    /// All of the machine may be used, so that all of its threads count.
    OfMachine(Load),
    /// A container, or a part of the CPUs.
    OfShare(Waits),
}

impl Others {
    fn open() -> Option<Self> {
        let allowed = available_parallelism().map_or(usize::MAX, usize::from);
        match Load::open().filter(|load| load.cpus() <= allowed) {
            Some(load) => Some(Self::OfMachine(load)),
            None => Waits::open().map(Self::OfShare),
        }
    }
}

impl Threads {
    /// At most `most` threads.
    pub(super) fn new(most: usize, give_way: bool) -> Self {
        let others = (give_way && most > 1).then(Others::open).flatten();
        let cpus = match &others {
            Some(Others::OfMachine(load)) => load.cpus(),
            Some(Others::OfShare(_)) | None => most,
        };
        Self {
            choice: Choice::new(most, cpus),
            others,
            looked_at: None,
        }
    }

    /// An answer begins: the next look counts alone, because the prompt is read in few steps.
    pub(super) fn begin(&mut self) {
        self.looked_at = None;
    }

    /// Looks at the machine and says how many threads are to compute now. To be called while none of them does.
    pub(super) fn wanted(&mut self) -> usize {
        let now = Instant::now();
        let is_new = self
            .looked_at
            .is_none_or(|before| now - before > FORGOTTEN_AFTER);
        let Some(others) = self.others(is_new) else {
            return self.choice.threads();
        };
        self.looked_at = Some(Instant::now());
        if is_new {
            self.choice.begin(others)
        } else {
            self.choice.observe(others)
        }
    }

    /// Threads of others that want a CPU; `None` if that cannot be found. Waiting tells only that there is one too
    /// many, or that there may be room for one more, and of a time in which nothing was computed it tells nothing.
    fn others(&mut self, is_new: bool) -> Option<usize> {
        match self.others.as_mut()? {
            Others::OfMachine(load) => least_others(&self.choice, load),
            Others::OfShare(waits) => {
                let have_grown = waits.have_grown()?;
                let left = self.choice.left();
                Some(match have_grown {
                    _ if is_new => 0,
                    true => left + 1,
                    false => left.saturating_sub(1),
                })
            }
        }
    }
}

/// Threads of others that run all the time.
fn least_others(choice: &Choice, load: &mut Load) -> Option<usize> {
    let mut least = load.others()?;
    for pause in PAUSES {
        if !choice.is_crowded_by(least) {
            break;
        }
        sleep(pause);
        least = least.min(load.others()?);
    }
    Some(least)
}
