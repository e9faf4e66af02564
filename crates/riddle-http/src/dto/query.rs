use riddle_api::{AskBody, LongPassagesDto, MessageDto, ModeDto, RoleDto, SearchBody};
use riddle_core::{
    AskRequest, ChatMessage, Filter, LongPassages, RetrievalMode, Role, SearchRequest,
};
use serde_json::Value;

use super::convert::{Convert, ConvertFrom};
use super::rerank_options::rerank_options;
use crate::error::ApiError;

pub(crate) fn search_request(body: SearchBody) -> Result<SearchRequest, ApiError> {
    let (rerank, reranking) = rerank_options(body.rerank);
    Ok(SearchRequest {
        query: body.query,
        top_k: body.top_k,
        top_n: body.top_n,
        mode: body.mode.map(Convert::convert),
        fusion: body.fusion.map(Convert::convert),
        rerank,
        reranking,
        filter: query_filter(body.filter)?,
        explain: body.explain,
    })
}

pub(crate) fn ask_request(body: AskBody) -> Result<AskRequest, ApiError> {
    let (rerank, reranking) = rerank_options(body.rerank);
    Ok(AskRequest {
        question: body.question,
        top_k: body.top_k,
        top_n: body.top_n,
        fusion: body.fusion.map(Convert::convert),
        rerank,
        reranking,
        filter: query_filter(body.filter)?,
        chat_model: body.chat_model,
        max_tokens: body.max_tokens,
        temperature: body.temperature,
        stop: Vec::new(),
        history: body.history.into_iter().map(Convert::convert).collect(),
    })
}

impl ConvertFrom<ModeDto> for RetrievalMode {
    fn convert_from(mode: ModeDto) -> Self {
        match mode {
            ModeDto::Hybrid => Self::Hybrid,
            ModeDto::Bm25 => Self::Bm25,
            ModeDto::Dense => Self::Dense,
        }
    }
}

impl ConvertFrom<RetrievalMode> for ModeDto {
    fn convert_from(mode: RetrievalMode) -> Self {
        match mode {
            RetrievalMode::Hybrid => Self::Hybrid,
            RetrievalMode::Bm25 => Self::Bm25,
            RetrievalMode::Dense => Self::Dense,
        }
    }
}

impl ConvertFrom<LongPassages> for LongPassagesDto {
    fn convert_from(long_passages: LongPassages) -> Self {
        match long_passages {
            LongPassages::Truncate => Self::Truncate,
            LongPassages::MaxSlice => Self::MaxSlice,
        }
    }
}

impl ConvertFrom<LongPassagesDto> for LongPassages {
    fn convert_from(long_passages: LongPassagesDto) -> Self {
        match long_passages {
            LongPassagesDto::Truncate => Self::Truncate,
            LongPassagesDto::MaxSlice => Self::MaxSlice,
        }
    }
}

impl ConvertFrom<MessageDto> for ChatMessage {
    fn convert_from(message: MessageDto) -> Self {
        Self {
            role: message.role.convert(),
            content: message.content,
        }
    }
}

impl ConvertFrom<RoleDto> for Role {
    fn convert_from(role: RoleDto) -> Self {
        match role {
            RoleDto::System => Self::System,
            RoleDto::User => Self::User,
            RoleDto::Assistant => Self::Assistant,
        }
    }
}

pub(crate) fn query_filter(json: Option<Value>) -> Result<Filter, ApiError> {
    match json {
        None | Some(Value::Null) => Ok(Filter::default()),
        Some(json) => Ok(Filter::parse(&json)?),
    }
}
