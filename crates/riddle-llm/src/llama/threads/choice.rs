/// Observations in a row with a free CPU before a thread is added.
const PATIENCE: u32 = 64;
/// Upper bound of that wait, which doubles each time the CPU is taken again.
const LONGEST_PATIENCE: u32 = 1_024;

/// Chooses the number of threads by what others want of the CPUs. It knows no clock: an observation is one
/// step of the model.
///
/// A thread too many costs far more than one too few, so it goes down at once and up after some patience.
#[derive(Clone, Debug)]
pub(super) struct Choice {
    most: usize,
    cpus: usize,
    threads: usize,
    patience: u32,
    /// Observations in a row that had room for more threads, and the fewest that one of them had room for.
    calm: u32,
    calm_room: usize,
    /// Observations since more threads were chosen.
    since_rise: Option<u32>,
}

impl Choice {
    /// All of `most` threads, on a machine with so many CPUs.
    pub(super) fn new(most: usize, cpus: usize) -> Self {
        let most = most.max(1);
        Self {
            most,
            cpus: cpus.max(most),
            threads: most,
            patience: PATIENCE,
            calm: 0,
            calm_room: most,
            since_rise: None,
        }
    }

    pub(super) fn threads(&self) -> usize {
        self.threads
    }

    /// CPUs that no thread of its own computes on.
    pub(super) fn left(&self) -> usize {
        self.cpus - self.threads
    }

    /// Whether so many threads of others leave too few CPUs for those that compute now.
    pub(super) fn is_crowded_by(&self, others: usize) -> bool {
        self.room_beside(others) < self.threads
    }

    /// The first observation after a while. It counts alone, both ways.
    pub(super) fn begin(&mut self, others: usize) -> usize {
        self.change_to(self.room_beside(others), None)
    }

    /// One more observation: so many threads of others want a CPU.
    pub(super) fn observe(&mut self, others: usize) -> usize {
        let room = self.room_beside(others);
        self.since_rise = self.since_rise.map(|steps| steps.saturating_add(1));
        if room < self.threads {
            let was_too_soon = self.since_rise.is_some_and(|steps| steps <= self.patience);
            self.patience = if was_too_soon {
                (self.patience * 2).min(LONGEST_PATIENCE)
            } else {
                PATIENCE
            };
            return self.change_to(room, None);
        }
        if room == self.threads {
            self.calm = 0;
            return self.threads;
        }
        self.calm_room = if self.calm == 0 {
            room
        } else {
            room.min(self.calm_room)
        };
        self.calm += 1;
        if self.calm >= self.patience {
            return self.change_to(self.calm_room, Some(0));
        }
        self.threads
    }

    fn change_to(&mut self, threads: usize, since_rise: Option<u32>) -> usize {
        self.threads = threads;
        self.since_rise = since_rise;
        self.calm = 0;
        threads
    }

    /// Threads that have a CPU each beside those of others; one computes in any case.
    fn room_beside(&self, others: usize) -> usize {
        self.cpus.saturating_sub(others).clamp(1, self.most)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Threads after each observation.
    fn threads_after(choice: &mut Choice, others: impl IntoIterator<Item = usize>) -> Vec<usize> {
        others
            .into_iter()
            .map(|others| choice.observe(others))
            .collect()
    }

    fn changes(threads: &[usize]) -> usize {
        threads.windows(2).filter(|pair| pair[0] != pair[1]).count()
    }

    #[test]
    fn a_busy_cpu_is_left_at_once_and_taken_again_after_a_while() {
        let mut choice = Choice::new(2, 2);
        assert_eq!(threads_after(&mut choice, [0, 1, 1]), [2, 1, 1]);
        let threads = threads_after(&mut choice, [0; 64]);
        assert_eq!(threads[..63], [1; 63]);
        assert_eq!(threads[63], 2);
    }

    /// Where only their own waiting tells, there is one other too many, or room for one more.
    #[test]
    fn a_share_of_a_machine_is_found_step_by_step() {
        let mut choice = Choice::new(4, 4);
        for expected in [3, 2, 1, 1] {
            let others = choice.left() + 1;
            assert_eq!(choice.observe(others), expected);
        }
        let steps = (0..).take_while(|_| {
            let others = choice.left().saturating_sub(1);
            choice.observe(others) < 2
        });
        assert_eq!(steps.count(), 63);
        assert_eq!(choice.threads(), 2);
    }

    #[test]
    fn one_busy_cpu_of_many_costs_one_thread() {
        let mut choice = Choice::new(16, 16);
        assert_eq!(threads_after(&mut choice, [1, 3, 40]), [15, 13, 1]);
        // Half of what is asked for fits beside them.
        let mut choice = Choice::new(4, 16);
        assert_eq!(threads_after(&mut choice, [12, 13]), [4, 3]);
    }

    #[test]
    fn the_first_look_after_a_while_counts_alone() {
        let mut choice = Choice::new(2, 2);
        assert_eq!(choice.begin(1), 1);
        assert_eq!(choice.begin(0), 2);
        assert_eq!(choice.begin(7), 1);
    }

    #[test]
    fn patience_grows_where_the_cpu_is_taken_again_each_time() {
        let mut choice = Choice::new(2, 2);
        let mut waits = Vec::new();
        for _ in 0..6 {
            choice.observe(1);
            waits.push(1 + (0..).take_while(|_| choice.observe(0) == 1).count());
        }
        assert_eq!(waits, [64, 128, 256, 512, 1_024, 1_024]);
        // It has lasted, so the next wait is short again.
        threads_after(&mut choice, [0; 2_000]);
        choice.observe(1);
        assert_eq!(1 + (0..).take_while(|_| choice.observe(0) == 1).count(), 64);
    }

    proptest! {
        #[test]
        fn it_stays_within_its_bounds(
            most in 0_usize..40,
            cpus in 0_usize..40,
            looks in proptest::collection::vec((0_usize..100, proptest::bool::weighted(0.05)), 0..2_000),
        ) {
            let mut choice = Choice::new(most, cpus);
            for (others, is_new) in looks {
                let threads = if is_new { choice.begin(others) } else { choice.observe(others) };
                prop_assert!((1..=most.max(1)).contains(&threads));
                prop_assert_eq!(threads, choice.threads());
            }
        }

        #[test]
        fn it_is_never_crowded_by_what_it_has_just_seen(
            most in 1_usize..20,
            looks in proptest::collection::vec(0_usize..30, 1..2_000),
        ) {
            let mut choice = Choice::new(most, most);
            for others in looks {
                choice.observe(others);
                prop_assert!(choice.threads() == 1 || !choice.is_crowded_by(others));
            }
        }

        #[test]
        fn a_quiet_machine_is_used_in_full_in_the_end(
            most in 1_usize..20,
            looks in proptest::collection::vec(0_usize..30, 0..2_000),
        ) {
            let mut choice = Choice::new(most, most);
            threads_after(&mut choice, looks);
            threads_after(&mut choice, [0; LONGEST_PATIENCE as usize]);
            prop_assert_eq!(choice.threads(), most);
        }

        #[test]
        fn it_does_not_swing_whatever_it_sees(
            most in 1_usize..20,
            looks in proptest::collection::vec(0_usize..3, 0..4_000),
        ) {
            let mut choice = Choice::new(most, most);
            let threads = threads_after(&mut choice, looks.iter().copied());
            let rises = threads.windows(2).filter(|pair| pair[1] > pair[0]).count();
            prop_assert!(rises <= looks.len() / PATIENCE as usize);
        }

        #[test]
        fn a_load_that_comes_and_goes_is_one_change(
            busy in 1_usize..5,
            quiet in 1_usize..PATIENCE as usize,
            rounds in 1_usize..40,
        ) {
            let mut choice = Choice::new(2, 2);
            let round = std::iter::repeat_n(1, busy).chain(std::iter::repeat_n(0, quiet));
            let looks: Vec<usize> = round.cycle().take(rounds * (busy + quiet)).collect();
            prop_assert_eq!(changes(&threads_after(&mut choice, looks)), 0);
        }
    }
}
