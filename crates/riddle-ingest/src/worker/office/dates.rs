//! Days and times that sheets store as numbers.

/// A moment as a clock and a calendar show it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Moment {
    pub(super) year: i64,
    pub(super) month: usize,
    pub(super) day: i64,
    /// 0 is Sunday.
    pub(super) weekday: usize,
    pub(super) hour: i64,
    pub(super) minute: i64,
    pub(super) second: i64,
    pub(super) millisecond: i64,
}

const DAY_MILLISECONDS: i64 = 86_400_000;

/// The moment that a number of days means, with its time rounded to milliseconds if `fine`, else to seconds. `None`
/// where sheets show no date either: before their calendar begins, or after the year 9999.
pub(super) fn moment(days: f64, from_1904: bool, fine: bool) -> Option<Moment> {
    if !(0.0..2_958_466.0).contains(&days) {
        return None;
    }
    let mut milliseconds = (days * DAY_MILLISECONDS as f64).round() as i64;
    if !fine {
        milliseconds = (milliseconds + 500) / 1000 * 1000;
    }
    let serial = milliseconds / DAY_MILLISECONDS;
    let within = milliseconds % DAY_MILLISECONDS;
    // Days since 1970-01-01. The calendar from 1900 has a 29th of February that never was.
    let (unix, never) = match serial {
        _ if from_1904 => (serial - 24_107, false),
        60 => (serial - 25_569, true),
        0..60 => (serial - 25_568, false),
        _ => (serial - 25_569, false),
    };
    let (year, month, day) = if never { (1900, 2, 29) } else { civil(unix) };
    Some(Moment {
        year,
        month,
        day,
        weekday: usize::try_from((unix + 4).rem_euclid(7)).unwrap_or_default(),
        hour: within / 3_600_000,
        minute: within / 60_000 % 60,
        second: within / 1000 % 60,
        millisecond: within % 1000,
    })
}

/// Year, month and day of a number of days since 1970-01-01.
fn civil(days: i64) -> (i64, usize, i64) {
    let mut year = 1970 + days.div_euclid(366);
    let first_day = |year: i64| {
        let before = year - 1;
        (before * 365 + before / 4 - before / 100 + before / 400) - 719_162
    };
    while first_day(year + 1) <= days {
        year += 1;
    }
    while first_day(year) > days {
        year -= 1;
    }
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let lengths = [
        31,
        if leap { 29 } else { 28 },
        31,
        30,
        31,
        30,
        31,
        31,
        30,
        31,
        30,
        31,
    ];
    let mut rest = days - first_day(year);
    for (index, length) in lengths.into_iter().enumerate() {
        if rest < length {
            return (year, index + 1, rest + 1);
        }
        rest -= length;
    }
    (year, 12, 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(days: f64, from_1904: bool) -> String {
        let at = moment(days, from_1904, false).unwrap();
        format!(
            "{}-{:02}-{:02} {:02}:{:02}:{:02} {}",
            at.year, at.month, at.day, at.hour, at.minute, at.second, at.weekday
        )
    }

    #[test]
    fn numbers_are_days_of_either_calendar() {
        assert_eq!(shown(1.0, false), "1900-01-01 00:00:00 1");
        assert_eq!(shown(59.0, false), "1900-02-28 00:00:00 3");
        assert_eq!(shown(60.0, false), "1900-02-29 00:00:00 3");
        assert_eq!(shown(61.0, false), "1900-03-01 00:00:00 4");
        assert_eq!(shown(46_086.75, false), "2026-03-05 18:00:00 4");
        assert_eq!(shown(45_351.0, false), "2024-02-29 00:00:00 4");
        assert_eq!(shown(2_958_465.0, false), "9999-12-31 00:00:00 5");
        assert_eq!(shown(0.0, true), "1904-01-01 00:00:00 5");
        assert_eq!(shown(44_624.0, true), "2026-03-05 00:00:00 4");
        assert_eq!(shown(46_086.499_999_9, false), "2026-03-05 12:00:00 4");
        assert!(moment(-1.0, false, false).is_none());
        assert!(moment(f64::NAN, false, false).is_none());
        assert!(moment(f64::INFINITY, false, false).is_none());
    }
}
