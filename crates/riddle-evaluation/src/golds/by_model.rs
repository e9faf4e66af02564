use riddle_core::{Gold, ModelGrade};

use super::{JudgedDocument, ResolvedGolds, content_words, holders};
use crate::named_document::NamedDocument;

impl ResolvedGolds {
    /// Adds what language models have said of passages that people have not judged. What is not there any more is left
    /// out: a model's grade is nothing that a search could miss.
    pub fn add_by_model(
        &mut self,
        question: &str,
        grades: &[ModelGrade],
        documents: &[JudgedDocument],
    ) {
        let asked = content_words(question);
        // Whether documents count or passages is for people to say.
        let by_document = self.by_document();
        let is_free = self.items.is_empty();
        for ModelGrade { judge, gold } in grades {
            let named = documents.iter().find(|one| one.name == gold.document);
            let Some(document) = named.filter(|document| self.has_room_for(gold, document)) else {
                continue;
            };
            let first = self.items.len();
            match &gold.quote {
                None if by_document || is_free => self.add_document(gold, Some(document)),
                Some(quote) if !by_document => self.add_passage(&asked, gold, quote, document),
                _ => {}
            }
            for item in &mut self.items[first..] {
                item.judge = Some(judge.clone());
            }
        }
    }

    /// Notes what a language model has said of what people have judged too.
    pub fn note_by_model(&mut self, grades: &[ModelGrade], documents: &[JudgedDocument]) {
        for ModelGrade { gold, .. } in grades {
            let named = documents.iter().find(|one| one.name == gold.document);
            let item = named.and_then(|document| self.item_of(gold, document));
            if let Some(item) = item.and_then(|item| self.items.get_mut(item as usize)) {
                item.model_grade = item.model_grade.max(Some(gold.grade));
            }
        }
    }

    /// The judged item that a passage or a document is, if it is one.
    fn item_of(&self, gold: &Gold, document: &JudgedDocument) -> Option<u32> {
        let named = NamedDocument {
            name: &document.name,
            other: document.other,
        };
        let Some(quote) = &gold.quote else {
            let mut documents = self.documents.iter();
            let whole =
                documents.find(|(name, other, _)| *name == *named.name && *other == named.other);
            return whole.map(|(_, _, item)| *item);
        };
        let mut holders = holders(quote, &document.chunks).into_iter();
        holders.find_map(|holder| self.item(document.chunks[holder].id, named))
    }

    /// Whether what is graded is there and is not judged yet.
    fn has_room_for(&self, gold: &Gold, document: &JudgedDocument) -> bool {
        let mut graded = match &gold.quote {
            None => (0..document.chunks.len()).collect(),
            Some(quote) => holders(quote, &document.chunks),
        }
        .into_iter()
        .peekable();
        let named = NamedDocument {
            name: &document.name,
            other: document.other,
        };
        let judged = |index: usize| self.item(document.chunks[index].id, named);
        graded.peek().is_some() && graded.all(|index| judged(index).is_none())
    }
}

#[cfg(test)]
mod tests {
    use riddle_core::{ChunkId, DocumentId, Quote, Span};

    use super::*;
    use crate::golds::{JudgedChunk, resolve_golds};

    fn document() -> JudgedDocument {
        let texts = ["Tea is ready.", "Milk is in the fridge."];
        let chunks = texts.iter().zip(0..).scan(0, |start, (text, number)| {
            let end = *start + u32::try_from(text.chars().count()).unwrap_or(0);
            let span = Span { start: *start, end };
            *start = end + 1;
            Some(JudgedChunk {
                id: ChunkId::derive(DocumentId(Default::default()), 1, number),
                span,
                text: (*text).to_owned(),
            })
        });
        JudgedDocument {
            name: "kitchen.txt".to_owned(),
            other: None,
            chunks: chunks.collect(),
        }
    }

    fn gold(quote: Option<&str>, grade: i32) -> Gold {
        Gold {
            document: "kitchen.txt".to_owned(),
            quote: quote.map(|text| Quote {
                text: text.to_owned(),
                span: None,
            }),
            grade,
        }
    }

    /// Grades with who gave them, `None` for people.
    fn items(people: &[Gold], model: &[Gold]) -> Vec<(i32, Option<String>)> {
        let documents = [document()];
        let grades: Vec<ModelGrade> = model
            .iter()
            .map(|gold| ModelGrade {
                judge: "judge".to_owned(),
                gold: gold.clone(),
            })
            .collect();
        let mut resolved = resolve_golds("Is tea ready?", people, &documents);
        resolved.add_by_model("Is tea ready?", &grades, &documents);
        let items = resolved.items.into_iter();
        items.map(|item| (item.grade, item.judge)).collect()
    }

    #[test]
    fn a_person_wins_and_what_is_gone_is_not_missed() {
        let by_model = |grade| (grade, Some("judge".to_owned()));
        let (tea, milk) = ("Tea is ready.", "Milk is in the fridge.");
        let model = [
            gold(Some(tea), 3),
            gold(Some(milk), 2),
            gold(Some("Cake is gone."), 3),
        ];
        assert_eq!(items(&[], &model), [by_model(3), by_model(2)]);
        let person = [gold(Some("tea is"), 1)];
        assert_eq!(items(&person, &model), [(1, None), by_model(2)]);
        let whole = [gold(None, 1)];
        assert_eq!(items(&whole, &model), [(1, None)]);
        assert_eq!(items(&person, &[gold(None, 3)]), [(1, None)]);
        assert_eq!(items(&[], &[gold(None, 3)]), [by_model(3)]);
    }

    #[test]
    fn what_a_model_says_besides_people_is_noted_and_does_not_count() {
        let noted = |people: &Gold, model: &[Gold]| -> Vec<(i32, Option<i32>)> {
            let documents = [document()];
            let by = |gold: &Gold| ModelGrade {
                judge: "judge".to_owned(),
                gold: gold.clone(),
            };
            let grades: Vec<ModelGrade> = model.iter().map(by).collect();
            let mut resolved =
                resolve_golds("Is tea ready?", std::slice::from_ref(people), &documents);
            resolved.note_by_model(&grades, &documents);
            let items = resolved.items.into_iter();
            items.map(|item| (item.grade, item.model_grade)).collect()
        };
        let (tea, milk) = ("Tea is ready.", "Milk is in the fridge.");
        let passage = gold(Some("tea is"), 1);
        let both = [gold(Some(tea), 0), gold(Some(milk), 3)];
        assert_eq!(noted(&passage, &both), [(1, Some(0))]);
        assert_eq!(noted(&passage, &[gold(None, 3)]), [(1, None)]);
        // Where documents are judged, the best passage of one says what it is.
        assert_eq!(noted(&gold(None, 1), &both), [(1, Some(3))]);
        assert_eq!(noted(&gold(None, 1), &[gold(None, 2)]), [(1, Some(2))]);
    }
}
