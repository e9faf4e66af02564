use riddle_core::{
    EvaluationQuestion, Gold, QuestionHalf, QuestionOrigin, QuestionReview, Quote, Span,
};
use riddle_evaluation::formats::{Export, Format, ImportedSet, InputFile, NoteKind, import};

/// A file of a set.
pub(crate) fn file(name: &str, text: impl AsRef<[u8]>) -> InputFile {
    InputFile {
        name: name.to_owned(),
        bytes: text.as_ref().to_vec(),
    }
}

/// A set that has to be read.
pub(crate) fn read(format: Format, files: &[InputFile]) -> ImportedSet {
    import(format, files).unwrap_or_else(|error| panic!("{error}"))
}

/// What is wrong with a set.
pub(crate) fn fault(format: Format, files: &[InputFile]) -> String {
    import(format, files).expect_err("a fault").to_string()
}

/// The files of an export, to be read again.
pub(crate) fn again(export: &Export) -> Vec<InputFile> {
    let files = export.files.iter();
    files
        .map(|written| file(&written.name, &written.content))
        .collect()
}

/// Kinds of notes with how often each was noted.
pub(crate) fn notes(set: &ImportedSet) -> Vec<(NoteKind, usize)> {
    set.notes
        .iter()
        .map(|note| (note.kind, note.count))
        .collect()
}

/// The judgment of a document.
pub(crate) fn gold(document: &str, grade: i32) -> Gold {
    Gold {
        document: document.to_owned(),
        quote: None,
        grade,
    }
}

/// The judgment of a passage.
pub(crate) fn quoted(document: &str, words: &str, span: Option<(u32, u32)>) -> Gold {
    let quote = Quote {
        text: words.to_owned(),
        span: span.map(|(start, end)| Span { start, end }),
    };
    Gold {
        quote: Some(quote),
        ..gold(document, 1)
    }
}

/// An imported question.
pub(crate) fn question(
    id: &str,
    text: &str,
    answers: &[&str],
    golds: Vec<Gold>,
) -> EvaluationQuestion {
    EvaluationQuestion {
        id: id.to_owned(),
        text: text.to_owned(),
        answers: answers.iter().map(|answer| (*answer).to_owned()).collect(),
        golds,
        unanswerable: false,
        origin: QuestionOrigin::Imported,
        review: QuestionReview::Unreviewed,
        half: QuestionHalf::Dev,
        model_grades: Vec::new(),
    }
}
