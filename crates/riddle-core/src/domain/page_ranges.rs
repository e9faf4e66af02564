use std::fmt;
use std::str::FromStr;

/// Numbers of pages, ascending; written as `1-3, 7`.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct PageRanges {
    /// First and last of each range. Neighbouring ones are joined.
    ranges: Vec<(u32, u32)>,
}

/// A text that names no pages.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("`{0}` are no pages such as `1-3, 7`")]
pub struct PageRangesError(String);

impl PageRanges {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.ranges.is_empty()
    }

    /// How many pages there are.
    pub fn count(&self) -> u32 {
        let pages = self.ranges.iter().map(|(first, last)| last - first + 1);
        pages.fold(0, u32::saturating_add)
    }

    /// Adds a page behind the others. One that is not behind them changes nothing.
    pub fn push(&mut self, page: u32) {
        match self.ranges.last_mut() {
            Some((_, last)) if page <= *last => {}
            Some((_, last)) if page - *last == 1 => *last = page,
            _ => self.ranges.push((page, page)),
        }
    }
}

impl FromIterator<u32> for PageRanges {
    fn from_iter<I: IntoIterator<Item = u32>>(pages: I) -> Self {
        let mut ranges = Self::default();
        pages.into_iter().for_each(|page| ranges.push(page));
        ranges
    }
}

impl fmt::Display for PageRanges {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (first, last)) in self.ranges.iter().enumerate() {
            if index > 0 {
                f.write_str(", ")?;
            }
            match first == last {
                true => write!(f, "{first}")?,
                false => write!(f, "{first}-{last}")?,
            }
        }
        Ok(())
    }
}

impl FromStr for PageRanges {
    type Err = PageRangesError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || PageRangesError(text.to_owned());
        let mut ranges: Vec<(u32, u32)> = Vec::new();
        for range in text
            .split(',')
            .map(str::trim)
            .filter(|range| !range.is_empty())
        {
            let (first, last) = range.split_once('-').unwrap_or((range, range));
            let number = |text: &str| text.parse::<u32>().map_err(|_error| wrong());
            let (first, last) = (number(first)?, number(last)?);
            let behind = ranges.last().is_none_or(|(_, before)| *before < first);
            if first > last || !behind {
                return Err(wrong());
            }
            ranges.push((first, last));
        }
        Ok(Self { ranges })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_are_a_range_and_are_read_back() {
        let pages: PageRanges = [1, 2, 3, 3, 7, 2, 9, 10].into_iter().collect();
        assert_eq!(pages.to_string(), "1-3, 7, 9-10");
        assert_eq!(pages.count(), 6);
        assert_eq!(pages.to_string().parse(), Ok(pages));
        assert_eq!("".parse(), Ok(PageRanges::default()));
    }

    #[test]
    fn what_names_no_pages_is_refused() {
        for text in ["a", "3-1", "2, 1", "1-", "4294967296", "1-5, 5"] {
            assert!(text.parse::<PageRanges>().is_err(), "{text}");
        }
    }
}
