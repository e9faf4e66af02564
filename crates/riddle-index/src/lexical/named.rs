use tantivy::Term;
use tantivy::query::Bm25StatisticsProvider;
use tantivy::schema::Field;

use super::statistics::ScopedStatistics;
use crate::analyser::QueryUnit;

/// Share of what a query says, each word by how rare it is, that its names have to be.
const SHARE: f32 = 0.4;

/// Whether a query is about a name that chunks hold, such as a serial number, more than about its other words.
pub(super) fn is_about_a_name(
    units: &[QueryUnit],
    text: Field,
    statistics: &ScopedStatistics<'_>,
) -> tantivy::Result<bool> {
    let chunks = statistics.total_num_docs()? as f32;
    let rarity = |term: &str| {
        let frequency = statistics.doc_freq(&Term::from_field_text(text, term))? as f32;
        let idf = (1.0 + (chunks - frequency + 0.5).max(0.0) / (frequency + 0.5)).ln();
        Ok::<_, tantivy::TantivyError>((frequency > 0.0, idf))
    };
    let (mut named, mut all) = (0.0, 0.0);
    for unit in units {
        let mut name: f32 = 0.0;
        for term in &unit.names {
            let (held, idf) = rarity(term)?;
            name = name.max(if held { idf } else { 0.0 });
        }
        let mut whole = name;
        for term in unit.terms.iter().filter(|term| term.weight >= 1.0) {
            whole = whole.max(rarity(&term.text)?.1);
        }
        named += name;
        all += if name > 0.0 { name } else { whole };
    }
    Ok(named > 0.0 && named >= SHARE * all)
}
