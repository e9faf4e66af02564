//! Which texts go through the layers together, and in which order.

/// Texts are taken together up to this many tokens: enough to read weights rarely, few enough to stay in a cache of 1
/// MB.
const BATCH: usize = 256;

/// Texts that one thread computes one batch after the other, if all are equally fast.
#[derive(Clone, Default)]
struct Lane {
    texts: Vec<usize>,
    cost: usize,
}

/// Batches of the texts in `order`, texts given by their lengths in tokens, for a model of this width. Whoever is free
/// takes the next batch, and with threads of equal speed all end at the same time: texts are dealt to as many lanes,
/// the longest first and each to the lane that has least to do, and batches come in the order in which their lanes
/// would start them. Within a lane the given order holds. Texts without tokens are left out.
pub(super) fn batches(
    lengths: &[usize],
    order: &[usize],
    threads: usize,
    width: usize,
) -> Vec<Vec<usize>> {
    let mut batches: Vec<(usize, Vec<usize>)> = lanes(lengths, order, threads, width)
        .into_iter()
        .flat_map(|lane| cut(&lane.texts, lengths, width))
        .collect();
    batches.sort_by_key(|(start, _)| *start);
    batches.into_iter().map(|(_, batch)| batch).collect()
}

/// What a text takes: its layers grow with its length, its attention with the square.
fn cost(tokens: usize, width: usize) -> usize {
    tokens * (2 * width + tokens)
}

fn lanes(lengths: &[usize], order: &[usize], threads: usize, width: usize) -> Vec<Lane> {
    let mut lanes = vec![Lane::default(); threads.max(1)];
    let mut places: Vec<usize> = (0..order.len()).collect();
    places.retain(|place| lengths[order[*place]] > 0);
    places.sort_by_key(|place| std::cmp::Reverse(lengths[order[*place]]));
    for place in places {
        if let Some(lane) = lanes.iter_mut().min_by_key(|lane| lane.cost) {
            lane.texts.push(place);
            lane.cost += cost(lengths[order[place]], width);
        }
    }
    for lane in &mut lanes {
        lane.texts.sort_unstable();
        lane.texts.iter_mut().for_each(|text| *text = order[*text]);
    }
    lanes
}

/// Neighbours together while they are short, with what comes before them in their lane.
fn cut(texts: &[usize], lengths: &[usize], width: usize) -> Vec<(usize, Vec<usize>)> {
    let (mut start, mut rest) = (0, texts);
    let mut batches = Vec::new();
    while !rest.is_empty() {
        let mut tokens = 0;
        let fitting = rest.iter().take_while(|text| {
            tokens += lengths[**text];
            tokens <= BATCH
        });
        let (batch, others) = rest.split_at(fitting.count().max(1));
        batches.push((start, batch.to_vec()));
        let costs = batch.iter().map(|text| cost(lengths[*text], width));
        start += costs.sum::<usize>();
        rest = others;
    }
    batches
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const WIDTH: usize = 384;

    proptest! {
        #[test]
        fn every_text_is_in_one_batch_and_batches_are_short(
            lengths in prop::collection::vec(1_usize..600, 0..60),
            threads in 1_usize..9,
        ) {
            let order: Vec<usize> = (0..lengths.len()).rev().collect();
            let batches = batches(&lengths, &order, threads, WIDTH);
            let mut texts = batches.concat();
            texts.sort_unstable();
            prop_assert_eq!(texts, (0..lengths.len()).collect::<Vec<_>>());
            for batch in batches {
                let tokens: usize = batch.iter().map(|text| lengths[*text]).sum();
                prop_assert!(batch.len() == 1 || tokens <= BATCH);
                prop_assert!(batch.is_sorted_by(|a, b| a > b), "the order changed: {batch:?}");
            }
        }

        /// The last thread ends at most one text later than if texts could be divided.
        #[test]
        fn threads_of_equal_speed_end_nearly_together(
            lengths in prop::collection::vec(1_usize..600, 1..60),
            threads in 1_usize..9,
        ) {
            let order: Vec<usize> = (0..lengths.len()).collect();
            let of = |text: &usize| cost(lengths[*text], WIDTH);
            let mut busy = vec![0; threads];
            for batch in batches(&lengths, &order, threads, WIDTH) {
                let free = busy.iter_mut().min().expect("there are threads");
                *free += batch.iter().map(of).sum::<usize>();
            }
            let last = busy.into_iter().max().unwrap_or_default();
            let divided = order.iter().map(of).sum::<usize>().div_ceil(threads);
            let longest = order.iter().map(of).max().unwrap_or_default();
            prop_assert!(last <= divided + longest, "{last} instead of {divided}");
        }
    }

    #[test]
    fn real_passages_are_shared_evenly() {
        let lengths: Vec<usize> = (0..20)
            .map(|text| 40 + (text * 7 % 20) * 196 / 19)
            .collect();
        let order: Vec<usize> = (0..20).collect();
        let lanes = lanes(&lengths, &order, 2, WIDTH);
        let [one, other] = [0, 1].map(|lane| lanes[lane].cost as f32);
        assert!((one / other - 1.0).abs() < 0.01, "{one} and {other}");
        assert!(lanes.iter().all(|lane| lane.texts.is_sorted()));
    }
}
