use super::headline::{Compared, Facts, Found, Subject, about, duration, share, signed};
use super::slice_names::chinese_slice;
use crate::statistics::{Interval, Verdict};

pub(super) fn chinese(facts: &Facts<'_>) -> String {
    match &facts.found {
        Found::NothingRanked => format!("{} 个问题都没有标注相关段落，无法衡量排序。", facts.asked),
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
            format!("{sentence}{}{}。", costs(compared), losing(compared))
        }
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
            format!(
                "{all} 个问题不足以判断{name}是否优于{baseline}{more}：{name}{counts}；{quality}"
            )
        }
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
