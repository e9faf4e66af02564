use super::headline::{Compared, Facts, Found, Subject, about, duration, share, signed};
use super::slice_names::chinese_slice;
use super::types::Difference;
use crate::statistics::{Interval, Verdict};

pub(super) fn chinese(facts: &Facts<'_>) -> String {
    match &facts.found {
        Found::NothingRanked => format!("{} 个问题都没有标注相关段落，无法衡量排序。", facts.asked),
        Found::NothingThere => format!(
            "{} 个问题标注的相关内容都不在知识库中，什么也找不到；请检查文档名称。",
            facts.questions
        ),
        Found::NotReranked { why } => format!(
            "{} 个问题都没有重排{}，无法说明重排的价值。",
            facts.asked,
            reason(why)
        ),
        Found::Failed => "没有任何问题得到结果。".to_owned(),
        Found::Alone {
            top_n,
            found,
            ndcg_10,
        } => format!(
            "{} 个问题中，{}让 {found} 个问题的前 {top_n} 条里有正确来源；nDCG@10 {}{}。没有可比较的方案。",
            facts.questions,
            subject(facts.subject),
            share(ndcg_10.mean, 2),
            ndcg_10.interval.map_or(String::new(), |interval| {
                format!(
                    "（{} 到 {}）",
                    share(interval.low, 2),
                    share(interval.high, 2)
                )
            }),
        ),
        Found::Compared(compared) => {
            let sentence = sentence(facts.subject, compared);
            format!(
                "{sentence}{}{}{}。",
                costs(compared),
                losing(compared),
                missing(facts)
            )
        }
    }
}

/// What the figures lack.
fn missing(facts: &Facts<'_>) -> String {
    let mut text = String::new();
    if facts.lost > 0 {
        text.push_str(&format!(
            "；{} 处标注中有 {} 处不在知识库中",
            facts.golds, facts.lost
        ));
    }
    if facts.not_reranked > 0 {
        text.push_str(&format!("；其中 {} 个问题没有重排", facts.not_reranked));
    }
    if facts.stand_in > 0 {
        text.push_str(&format!(
            "；其中 {} 个问题因本机没有重排模型而由嵌入模型代替重排",
            facts.stand_in
        ));
    }
    text
}

fn reason(code: &str) -> String {
    match code {
        "" => String::new(),
        "language_unknown" => "（重排模型不支持问题的语言）".to_owned(),
        "too_few_candidates" => "（候选不足两个）".to_owned(),
        "clear_lead" => "（首个候选总是明显领先）".to_owned(),
        "deadline_passed" => "（超过时限）".to_owned(),
        "found_by_name" => "（问题中的编号已按原文找到）".to_owned(),
        "no_reranker" => "（本机没有重排模型）".to_owned(),
        "loading" => "（重排模型仍在加载）".to_owned(),
        "load_failed" => "（重排模型无法加载）".to_owned(),
        other => format!("（{other}）"),
    }
}

fn sentence(name: Subject<'_>, compared: &Compared<'_>) -> String {
    let name = subject(name);
    let all = compared.sources.questions;
    let (counts, quality) = (counts(compared), quality(compared));
    let baseline = baseline(compared);
    match compared.ndcg_10.verdict {
        Verdict::Better => format!("{all} 个问题中，与{baseline}相比，{name}{counts}；{quality}"),
        Verdict::Worse => format!("{all} 个问题中，{name}{counts}；{quality}，不如{baseline}"),
        Verdict::Same => {
            format!(
                "{all} 个问题中，{name}{counts}；{quality}：与{baseline}相差不超过 ±.01，选成本更低的即可"
            )
        }
        Verdict::NotDistinguishable { .. } => {
            let more = compared.more.map_or(String::new(), |more| {
                format!("，大约再有 {} 个才能判断", about(more))
            });
            let more = format!("{more}{}", unsure(compared.ndcg_10));
            format!(
                "{all} 个问题不足以判断{name}是否优于{baseline}{more}：{name}{counts}；{quality}"
            )
        }
    }
}

/// Why an interval on one side of 0 is not enough.
fn unsure(difference: &Difference) -> String {
    let one_sided = |interval: Interval| interval.low > 0.0 || interval.high < 0.0;
    match difference.difference.interval.is_some_and(one_sided) {
        true => format!(
            "（区间不含 0，但随机也可能如此，p {}）",
            share(difference.p_holm, 2)
        ),
        false => String::new(),
    }
}

fn subject(subject: Subject<'_>) -> String {
    match subject {
        Subject::Reranking => "重排".to_owned(),
        Subject::PresentSetting => "当前设置".to_owned(),
        Subject::Arm(name) => format!("“{name}”"),
    }
}

fn baseline(compared: &Compared<'_>) -> String {
    if compared.baseline == super::tuned::TUNED_ARM {
        "调优后的融合（不重排）".to_owned()
    } else {
        format!("“{}”", compared.baseline)
    }
}

fn counts(compared: &Compared<'_>) -> String {
    let sources = compared.sources;
    let (gained, lost) = (sources.gained.len(), sources.lost.len());
    format!(
        "让 {gained} 个问题的前 {} 条里新增正确来源，{lost} 个问题失去正确来源",
        sources.top_n
    )
}

fn quality(compared: &Compared<'_>) -> String {
    let difference = compared.ndcg_10;
    let digits = if difference.verdict == Verdict::Same {
        3
    } else {
        2
    };
    let range = difference
        .difference
        .interval
        .map_or(String::new(), |Interval { low, high }| {
            format!("（{} 到 {}）", signed(low, digits), signed(high, digits))
        });
    format!(
        "nDCG@10 {} → {}{range}",
        share(difference.baseline, 2),
        share(difference.arm, 2)
    )
}

fn costs(compared: &Compared<'_>) -> String {
    let mut text = String::new();
    match compared.first_token {
        Some((ratio, other)) if ratio > 0.0 && ratio < 0.95 => {
            text.push_str(&format!(
                "；回答开始的速度是“{other}”的 {:.1} 倍",
                1.0 / ratio
            ));
        }
        Some((ratio, other)) if ratio > 1.05 => {
            text.push_str(&format!(
                "；回答开始前的等待时间是“{other}”的 {ratio:.1} 倍"
            ));
        }
        _ => {}
    }
    if let Some(ms) = compared.rerank_ms {
        let (number, seconds) = duration(ms);
        let unit = if seconds { "秒" } else { "毫秒" };
        text.push_str(&format!("；重排耗时中位数 {number} {unit}"));
    }
    text
}

fn losing(compared: &Compared<'_>) -> String {
    let Some(slice) = compared
        .losing
        .filter(|_| compared.ndcg_10.verdict != Verdict::Worse)
    else {
        return String::new();
    };
    let difference = &slice.difference;
    let range = difference
        .interval
        .map_or(String::new(), |Interval { low, high }| {
            format!("（{} 到 {}）", signed(low, 2), signed(high, 2))
        });
    format!(
        "；但在 {} 个问题上变差：{}{range}",
        difference.n,
        chinese_slice(slice.kind, &slice.value)
    )
}
