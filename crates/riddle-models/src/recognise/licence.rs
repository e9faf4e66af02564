use super::{Notes, Snapshot};

/// More languages than this are as good as all.
const MOST_LANGUAGES: usize = 20;
const MULTILINGUAL: &str = "multilingual";

/// The lines of a README's head, between two lines of dashes.
fn front_matter(snapshot: &Snapshot) -> Vec<String> {
    let Some(bytes) = snapshot.content("README.md") else {
        return Vec::new();
    };
    let text = String::from_utf8_lossy(bytes);
    let mut lines = text.trim_start_matches('\u{feff}').lines();
    if lines.next().map(str::trim_end) != Some("---") {
        return Vec::new();
    }
    lines
        .take_while(|line| line.trim_end() != "---")
        .map(str::to_owned)
        .collect()
}

/// The values of a key at the outermost level: one, a list in brackets, or a list of lines.
fn values(lines: &[String], key: &str) -> Vec<String> {
    let begins = |line: &String| {
        line.strip_prefix(key)
            .is_some_and(|rest| rest.starts_with(':'))
    };
    let Some(place) = lines.iter().position(begins) else {
        return Vec::new();
    };
    let here = lines[place][key.len() + 1..].trim();
    let clean = |value: &str| value.trim().trim_matches(['"', '\'']).to_owned();
    if let Some(list) = here.strip_prefix('[') {
        let list = list.trim_end_matches(']').split(',');
        return list.map(clean).filter(|value| !value.is_empty()).collect();
    }
    if !here.is_empty() {
        return vec![clean(here)];
    }
    let items = lines[place + 1..]
        .iter()
        .map_while(|line| line.trim_start().strip_prefix("- "));
    items.map(clean).collect()
}

/// What its publishers call it.
pub(super) fn tags(snapshot: &Snapshot) -> Vec<String> {
    let tags = values(&front_matter(snapshot), "tags");
    tags.into_iter().map(|tag| tag.to_lowercase()).collect()
}

/// The licence of the weights, by the README or by the weights' own file.
pub(super) fn licence(snapshot: &Snapshot, of_weights: Option<&str>, notes: &mut Notes) -> String {
    let lines = front_matter(snapshot);
    let first = |key: &str| values(&lines, key).into_iter().next();
    let licence = match first("license").as_deref() {
        Some("other") | None => first("license_name").or_else(|| first("license")),
        licence => licence.map(str::to_owned),
    };
    let of_readme = licence.map(|licence| (spelt(&licence), "README.md"));
    let of_weights = || {
        let told = of_weights.filter(|licence| !["", "other"].contains(licence));
        told.map(|licence| (spelt(licence), "general.license"))
    };
    match of_readme.or_else(of_weights) {
        Some((licence, place)) => {
            notes.found(format!("has the licence {licence} ({place})"));
            licence
        }
        None => {
            notes.assumed("its licence is not told: ask its publishers before you use it");
            "unknown".to_owned()
        }
    }
}

/// Hubs write them in lower case.
fn spelt(licence: &str) -> String {
    match licence.to_lowercase().as_str() {
        "mit" => "MIT".to_owned(),
        "apache license 2.0" => "Apache-2.0".to_owned(),
        lower => match lower.split_once('-') {
            Some(("apache", version)) => format!("Apache-{version}"),
            Some(("cc", rest)) => format!("CC-{}", rest.to_uppercase()),
            _ => licence.to_owned(),
        },
    }
}

/// Languages as the catalogue has them.
pub(super) struct Languages {
    pub(super) codes: Vec<String>,
    /// Whether no file says so.
    pub(super) assumed: bool,
}

/// The languages that it knows.
pub(super) fn languages(snapshot: &Snapshot, notes: &mut Notes) -> Languages {
    let multilingual = |assumed| Languages {
        codes: vec![MULTILINGUAL.to_owned()],
        assumed,
    };
    let told = values(&front_matter(snapshot), "language");
    let mut codes: Vec<String> = told
        .iter()
        .map(|code| code.to_lowercase())
        .filter(|code| code.len() == 2 && code.bytes().all(|byte| byte.is_ascii_lowercase()))
        .collect();
    codes.dedup();
    if told.is_empty() || codes.is_empty() && !told.iter().any(|code| code == MULTILINGUAL) {
        notes.assumed("its languages are not told: it is asked in all of them");
        return multilingual(true);
    }
    if codes.len() > MOST_LANGUAGES || told.iter().any(|code| code == MULTILINGUAL) {
        notes.found("knows many languages (README.md)");
        return multilingual(false);
    }
    notes.found(format!("knows {} (README.md)", codes.join(", ")));
    Languages {
        codes,
        assumed: false,
    }
}
