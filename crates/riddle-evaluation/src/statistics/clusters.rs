use std::collections::HashMap;

/// Questions in groups that are drawn whole, because what is found for one says something about the others.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Clusters {
    of: Vec<u32>,
    count: u32,
}

impl Clusters {
    /// Each question by itself.
    pub fn of_single_questions(questions: usize) -> Self {
        Self::numbered((0..questions).map(Some))
    }

    /// Groups of questions that share a document, directly or through others. `documents` names those of each question.
    pub fn of_shared_documents<'a, D>(documents: impl IntoIterator<Item = D>) -> Self
    where
        D: IntoIterator<Item = &'a str>,
    {
        let mut parents: Vec<usize> = Vec::new();
        let mut first: HashMap<&str, usize> = HashMap::new();
        for (question, names) in documents.into_iter().enumerate() {
            parents.push(question);
            for name in names {
                let other = *first.entry(name).or_insert(question);
                let (a, b) = (root(&mut parents, question), root(&mut parents, other));
                parents[a.max(b)] = a.min(b);
            }
        }
        let roots: Vec<usize> = (0..parents.len())
            .map(|question| root(&mut parents, question))
            .collect();
        Self::numbered(roots.into_iter().map(Some))
    }

    /// The groups of some of the questions, in the order given.
    pub fn of_some(&self, questions: &[usize]) -> Self {
        Self::numbered(
            questions
                .iter()
                .map(|question| self.of.get(*question).map(|cluster| *cluster as usize)),
        )
    }

    fn numbered(keys: impl Iterator<Item = Option<usize>>) -> Self {
        let mut numbers: HashMap<usize, u32> = HashMap::new();
        let mut count = 0;
        let of = keys.map(|key| {
            let mut next = || {
                count += 1;
                count - 1
            };
            match key {
                Some(key) => *numbers.entry(key).or_insert_with(next),
                None => next(),
            }
        });
        let of = of.collect();
        Self { of, count }
    }

    /// The group of each question, from 0.
    pub fn of(&self) -> &[u32] {
        &self.of
    }

    /// How many groups there are.
    pub fn count(&self) -> u32 {
        self.count
    }
}

fn root(parents: &mut [usize], question: usize) -> usize {
    let mut root = question;
    while parents[root] != root {
        parents[root] = parents[parents[root]];
        root = parents[root];
    }
    root
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_that_share_a_document_are_together_also_through_others() {
        let documents = [
            vec!["a"],
            vec!["b"],
            vec!["c", "a"],
            vec![],
            vec!["b", "c"],
            vec!["d"],
            vec![],
        ];
        let clusters = Clusters::of_shared_documents(documents);
        assert_eq!(clusters.of(), [0, 0, 0, 1, 0, 2, 3]);
        assert_eq!(clusters.count(), 4);
        let some = clusters.of_some(&[5, 1, 4]);
        assert_eq!((some.of(), some.count()), (&[0, 1, 1][..], 2));
        assert_eq!(Clusters::of_single_questions(3).of(), [0, 1, 2]);
    }
}
