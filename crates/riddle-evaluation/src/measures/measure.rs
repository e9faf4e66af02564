use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A measure of a ranking, by the names of ir_measures and with the values of `trec_eval -c`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Measure {
    /// What is measured.
    pub kind: MeasureKind,
    /// How many places of the ranking count; `None` for all.
    pub cutoff: Option<u32>,
    /// Whether what has no judgment is left out of the ranking before it is cut.
    pub judged_only: bool,
}

/// What a measure looks at.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum MeasureKind {
    /// Normalised discounted cumulative gain: the gain is the grade, the ideal is of all judged items.
    Ndcg,
    /// 1 ÷ the rank of the first relevant item.
    ReciprocalRank,
    /// Mean precision at the ranks of the relevant items; those that are not found count 0.
    AveragePrecision,
    /// Share of the relevant items that is found.
    Recall,
    /// Share of the first k places that is relevant.
    Precision,
    /// 1 if something relevant is found.
    Success,
    /// How rarely a relevant item is behind one that was judged not relevant; the unjudged do not count.
    Bpref,
    /// Share of what is found that has a judgment.
    Judged,
}

/// Why a name is no measure.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error(
    "{name:?} is no measure; use one such as nDCG@10, RR@10, R@20, AP, P@3, Success@3, Bpref or Judged@10"
)]
pub struct MeasureError {
    /// What was read.
    pub name: String,
}

const NAMES: [(&str, MeasureKind); 13] = [
    ("nDCG", MeasureKind::Ndcg),
    ("RR", MeasureKind::ReciprocalRank),
    ("AP", MeasureKind::AveragePrecision),
    ("R", MeasureKind::Recall),
    ("P", MeasureKind::Precision),
    ("Success", MeasureKind::Success),
    ("Bpref", MeasureKind::Bpref),
    ("Judged", MeasureKind::Judged),
    ("MRR", MeasureKind::ReciprocalRank),
    ("MAP", MeasureKind::AveragePrecision),
    ("Recall", MeasureKind::Recall),
    ("Precision", MeasureKind::Precision),
    ("Hit", MeasureKind::Success),
];

const JUDGED_ONLY: &str = "(judged_only=True)";

impl MeasureKind {
    /// Its name in ir_measures.
    pub fn name(self) -> &'static str {
        let named = NAMES.iter().find(|(_, kind)| *kind == self);
        named.map_or("", |(name, _)| *name)
    }

    /// A measure of the first `k` places.
    pub const fn at(self, k: u32) -> Measure {
        Measure {
            kind: self,
            cutoff: Some(k),
            judged_only: false,
        }
    }

    /// A measure of the whole ranking.
    pub const fn of_all(self) -> Measure {
        Measure {
            kind: self,
            cutoff: None,
            judged_only: false,
        }
    }

    /// Whether the measure means nothing without a number of places.
    fn needs_cutoff(self) -> bool {
        matches!(
            self,
            Self::Recall | Self::Precision | Self::Success | Self::Judged
        )
    }
}

impl Measure {
    /// The same without what has no judgment.
    pub const fn judged_only(self) -> Self {
        Self {
            judged_only: true,
            ..self
        }
    }

    fn is_possible(self) -> bool {
        let fits = match self.kind {
            MeasureKind::Bpref => self.cutoff.is_none() && !self.judged_only,
            MeasureKind::Judged => !self.judged_only,
            _ => true,
        };
        fits && self.cutoff != Some(0) && (self.cutoff.is_some() || !self.kind.needs_cutoff())
    }
}

impl fmt::Display for Measure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.kind.name())?;
        if self.judged_only {
            formatter.write_str(JUDGED_ONLY)?;
        }
        match self.cutoff {
            Some(cutoff) => write!(formatter, "@{cutoff}"),
            None => Ok(()),
        }
    }
}

impl FromStr for Measure {
    type Err = MeasureError;

    /// Letters may be large or small; `MRR`, `MAP`, `Recall`, `Precision` and `Hit` are understood too.
    fn from_str(text: &str) -> Result<Self, MeasureError> {
        parse(text.trim())
            .filter(|measure| measure.is_possible())
            .ok_or_else(|| MeasureError {
                name: text.to_owned(),
            })
    }
}

fn parse(text: &str) -> Option<Measure> {
    let (name, cutoff) = match text.rsplit_once('@') {
        Some((name, digits)) if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
            (name, Some(digits.parse().ok()?))
        }
        Some(_) => return None,
        None => (text, None),
    };
    let lower = name.to_ascii_lowercase();
    let (lower, judged_only) = match lower.strip_suffix(&JUDGED_ONLY.to_ascii_lowercase()) {
        Some(rest) => (rest, true),
        None => (lower.as_str(), false),
    };
    let (_, kind) = NAMES
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(lower))?;
    Some(Measure {
        kind: *kind,
        cutoff,
        judged_only,
    })
}

impl TryFrom<String> for Measure {
    type Error = MeasureError;

    fn try_from(text: String) -> Result<Self, MeasureError> {
        text.parse()
    }
}

impl From<Measure> for String {
    fn from(measure: Measure) -> Self {
        measure.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_printed_as_they_are_read() {
        for name in [
            "nDCG@10",
            "nDCG",
            "RR",
            "RR@10",
            "AP",
            "AP@100",
            "R@20",
            "P@3",
            "Success@3",
            "Bpref",
            "Judged@10",
            "nDCG(judged_only=True)@10",
        ] {
            let measure: Measure = name.parse().expect("a measure");
            assert_eq!(measure.to_string(), name);
            let written = serde_json::to_string(&measure).expect("is written");
            assert_eq!(written, format!("\"{name}\""));
            let read: Measure = serde_json::from_str(&written).expect("is read");
            assert_eq!(read, measure);
        }
    }

    #[test]
    fn other_spellings_are_understood() {
        for (spelling, name) in [
            ("ndcg@10", "nDCG@10"),
            ("MRR", "RR"),
            ("map@100", "AP@100"),
            ("recall@5", "R@5"),
            ("hit@3", "Success@3"),
            ("precision@1", "P@1"),
            ("ndcg(JUDGED_ONLY=true)@3", "nDCG(judged_only=True)@3"),
        ] {
            let measure: Measure = spelling.parse().expect("a measure");
            assert_eq!(measure.to_string(), name);
        }
    }

    #[test]
    fn what_is_no_measure_is_named() {
        for name in [
            "",
            "nDCG@",
            "nDCG@0",
            "nDCG@-1",
            "nDCG@1.5",
            "P",
            "R",
            "Success",
            "Judged",
            "Bpref@10",
            "F1",
            "nDCG@10@3",
            "Judged(judged_only=True)@3",
            "@10",
            "nDCG@99999999999",
        ] {
            let error = name.parse::<Measure>().expect_err(name);
            assert!(error.to_string().contains(&format!("{name:?}")), "{error}");
        }
    }
}
