use riddle_core::{
    ChatId, KnowledgeBaseId, KnowledgeBaseRef, LiveObservation, LivePlace, LiveRecord, LiveScore,
    LiveTrial, MessageId, StoreError, Timestamp, Verdict,
};

use crate::rows::{self, get, number};
use crate::sql::{self, Row};
use crate::sql_error::SqlError;
use crate::store::SqlStore;

const TRIALS: &str = "SELECT t.id, t.knowledge_base, k.name, t.arms, t.created_at
     FROM live_trials t JOIN knowledge_bases k ON k.id = t.knowledge_base
     WHERE k.deleted_at IS NULL
     ORDER BY (SELECT max(searched_at) FROM live_questions WHERE trial = t.id) DESC NULLS LAST,
              t.id DESC";

pub(crate) const OBSERVATIONS: &str =
    "SELECT l.searched_at, l.message, l.replaced, l.first_changed, l.present_ms, l.other_ms, f.verdict
     FROM live_questions l LEFT JOIN feedback f ON f.message = l.message
     WHERE l.trial = ? AND (l.searched_at, l.message) > (?, ?)
     ORDER BY l.searched_at, l.message LIMIT ?";

/// Of questions whose sources are kept, with the question, which stands right before its answer.
macro_rules! records {
    ($where:literal) => {
        concat!(
            "SELECT m.chat, l.message, l.trial, coalesce(q.rewritten, q.text) AS question, l.asked_at, l.replaced,
                l.first_changed, l.present_ms, l.other_ms, l.sources, f.verdict
             FROM live_questions l
             CROSS JOIN chat_messages m ON m.id = l.message
             CROSS JOIN chat_messages q ON q.chat = m.chat AND q.place = m.place - 1
             LEFT JOIN feedback f ON f.message = l.message
             WHERE l.sources IS NOT NULL ",
            $where
        )
    };
}

pub(crate) const RECORDS: &str = records!("ORDER BY l.asked_at DESC, l.message DESC LIMIT ?");

pub(crate) const RECORD: &str = records!("AND l.message = ?");

pub(super) async fn trials(store: &SqlStore) -> Result<Vec<LiveTrial>, StoreError> {
    let rows = sql::query(TRIALS).rows(&store.reader).await?;
    rows.iter().map(trial_of).collect()
}

pub(super) async fn observations(
    store: &SqlStore,
    trial: i64,
    after: Option<LivePlace>,
    limit: u32,
) -> Result<Vec<(LivePlace, LiveObservation)>, StoreError> {
    // No bytes come before those of every message.
    let (searched_at, message) = match &after {
        Some(place) => (place.searched_at.0, place.message.0.as_bytes().as_slice()),
        None => (i64::MIN, b"".as_slice()),
    };
    let rows = sql::query(OBSERVATIONS)
        .bind(trial)
        .bind(searched_at)
        .bind(message)
        .bind(i64::from(limit))
        .rows(&store.reader)
        .await?;
    rows.iter().map(observation_of).collect()
}

pub(super) async fn records(store: &SqlStore, limit: u32) -> Result<Vec<LiveRecord>, StoreError> {
    let rows = sql::query(RECORDS)
        .bind(i64::from(limit))
        .rows(&store.reader)
        .await?;
    rows.iter().map(record_of).collect()
}

pub(super) async fn record(
    store: &SqlStore,
    message: MessageId,
) -> Result<Option<LiveRecord>, StoreError> {
    let row = sql::query(RECORD)
        .bind(message.0.as_bytes().as_slice())
        .row_if_any(&store.reader)
        .await?;
    row.as_ref().map(record_of).transpose()
}

fn trial_of(row: &Row) -> Result<LiveTrial, StoreError> {
    Ok(LiveTrial {
        id: get(row, "id")?,
        knowledge_base: KnowledgeBaseRef {
            id: KnowledgeBaseId(rows::uuid(row, "knowledge_base")?),
            name: get(row, "name")?,
        },
        arms: rows::json(row, "arms")?,
        since: Timestamp(get(row, "created_at")?),
    })
}

fn record_of(row: &Row) -> Result<LiveRecord, StoreError> {
    Ok(LiveRecord {
        chat: ChatId(rows::uuid(row, "chat")?),
        message: MessageId(rows::uuid(row, "message")?),
        trial: get(row, "trial")?,
        question: get(row, "question")?,
        asked_at: Timestamp(get(row, "asked_at")?),
        score: score_of(row)?,
        sources: rows::json(row, "sources")?,
        verdict: verdict_of(row)?,
    })
}

fn observation_of(row: &Row) -> Result<(LivePlace, LiveObservation), StoreError> {
    let place = LivePlace {
        searched_at: Timestamp(get(row, "searched_at")?),
        message: MessageId(rows::uuid(row, "message")?),
    };
    let observation = LiveObservation {
        score: score_of(row)?,
        verdict: verdict_of(row)?,
    };
    Ok((place, observation))
}

fn score_of(row: &Row) -> Result<LiveScore, StoreError> {
    Ok(LiveScore {
        replaced: number(row, "replaced")?,
        first_changed: get(row, "first_changed")?,
        present_ms: get(row, "present_ms")?,
        other_ms: get(row, "other_ms")?,
    })
}

fn verdict_of(row: &Row) -> Result<Option<Verdict>, StoreError> {
    let verdict: Option<String> = get(row, "verdict")?;
    let Some(verdict) = verdict else {
        return Ok(None);
    };
    let known = Verdict::parse(&verdict).ok_or_else(|| SqlError::value("verdict"))?;
    Ok(Some(known))
}
