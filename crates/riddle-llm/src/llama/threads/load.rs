use std::fs::File;
use std::io::{Read, Seek};

/// `0.20 0.18 0.12 1/80 11206`: the fourth field has the number of runnable threads before the slash.
const LOAD_AVERAGE: &str = "/proc/loadavg";
/// One line `cpu0 …` for each CPU that is on.
const CPUS: &str = "/proc/stat";
/// Bytes of a load average at most.
const LONGEST: usize = 128;

/// How many threads want a CPU of this machine, as Linux counts them. Elsewhere there is none.
pub(super) struct Load {
    file: File,
    cpus: usize,
}

impl Load {
    pub(super) fn open() -> Option<Self> {
        let cpus = cpus(&std::fs::read_to_string(CPUS).ok()?)?;
        let mut load = Self {
            file: File::open(LOAD_AVERAGE).ok()?,
            cpus,
        };
        load.others()?;
        Some(load)
    }

    /// CPUs that the count is of.
    pub(super) fn cpus(&self) -> usize {
        self.cpus
    }

    /// Threads that run or want to, without the one that asks.
    pub(super) fn others(&mut self) -> Option<usize> {
        let mut bytes = [0; LONGEST];
        self.file.rewind().ok()?;
        let length = self.file.read(&mut bytes).ok()?;
        others(std::str::from_utf8(bytes.get(..length)?).ok()?)
    }
}

fn others(load_average: &str) -> Option<usize> {
    let (running, _all) = load_average
        .split_ascii_whitespace()
        .nth(3)?
        .split_once('/')?;
    // Some systems hide what runs and say none.
    running.parse::<usize>().ok()?.checked_sub(1)
}

fn cpus(stat: &str) -> Option<usize> {
    let each = stat.lines().filter(|line| {
        let number = line.strip_prefix("cpu").map(str::as_bytes);
        number.is_some_and(|number| number.first().is_some_and(u8::is_ascii_digit))
    });
    Some(each.count()).filter(|&count| count > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_one_that_asks_is_not_counted() {
        assert_eq!(others("2.49 2.32 2.30 3/120 15171\n"), Some(2));
        assert_eq!(others("0.00 0.00 0.00 1/80 11206\n"), Some(0));
    }

    #[test]
    fn what_is_no_load_average_tells_nothing() {
        for text in [
            "",
            "0.00 0.00 0.00",
            "0 0 0 0/0 0",
            "a b c d/e f",
            "1 2 3 4 5",
        ] {
            assert_eq!(others(text), None, "{text}");
        }
        assert_eq!(cpus("cpu  1 2 3\ncpu0 1 2\ncpu1 1 2\nintr 5\n"), Some(2));
        assert_eq!(cpus("cpu  1 2 3\nintr 5\n"), None);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn this_machine_tells() {
        let mut load = Load::open().expect("Linux tells");
        assert!(load.cpus() > 0);
        assert!(load.others().is_some());
    }
}
