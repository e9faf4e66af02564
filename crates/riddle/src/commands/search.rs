use std::process::ExitCode;

use riddle_api::{ModeDto, SearchBody, SearchDto};

use super::{
    ask_server, filter, fusion_body, place, print_notices, rerank_body, rerank_line, show,
    timings_line,
};
use crate::arguments::{Mode, SearchArguments};
use crate::config::Config;
use crate::output;

pub(crate) async fn run(
    config: &Config,
    arguments: &SearchArguments,
    json: bool,
) -> anyhow::Result<ExitCode> {
    let retrieval = &arguments.retrieval;
    let mut rerank = rerank_body(&retrieval.reranking);
    rerank.enabled = arguments.no_rerank.then_some(false);
    let body = SearchBody {
        query: arguments.query.clone(),
        top_k: retrieval.top_k,
        top_n: retrieval.top_n,
        fusion: fusion_body(&retrieval.fusing)?,
        mode: arguments.mode.map(Into::into),
        rerank: Some(rerank),
        filter: filter(retrieval)?,
        explain: false,
    };
    let response = ask_server(config, &arguments.kb, "search", &body).await?;
    show(response, json, print)?;
    Ok(ExitCode::SUCCESS)
}

impl From<Mode> for ModeDto {
    fn from(mode: Mode) -> Self {
        match mode {
            Mode::Hybrid => Self::Hybrid,
            Mode::Bm25 => Self::Bm25,
            Mode::Dense => Self::Dense,
        }
    }
}

fn print(response: &SearchDto) {
    for hit in &response.hits {
        if hit.copy_of.is_some() {
            output::line(&format!("   also in {}\n", place(hit)));
            continue;
        }
        output::line(&format!("{}. {}  [{:.3}]", hit.rank, place(hit), hit.score));
        output::line(&format!("   {}\n", hit.text.replace('\n', "\n   ")));
    }
    if response.hits.is_empty() {
        output::line("nothing found");
    }
    print_notices(&response.notices);
    output::note(&rerank_line(&response.rerank));
    output::note(&timings_line(&response.timings));
}
