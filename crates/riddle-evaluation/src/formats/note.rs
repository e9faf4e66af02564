use std::fmt;

/// Something that was left out or repaired, and is no error.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FormatNote {
    /// What it is.
    pub kind: NoteKind,
    /// How often.
    pub count: usize,
    /// The first case: the id of a question, or the name of a document or file.
    pub example: String,
}

/// What a note is about.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum NoteKind {
    /// Files that are no part of the format, or of another split.
    FilesIgnored,
    /// Questions without a judgment, which are left out.
    QuestionsWithoutJudgment,
    /// Judgments of questions that are not there, which are left out.
    JudgmentsWithoutQuestion,
    /// Judged documents that the set's own documents lack. The judgments are kept.
    DocumentsNotInCorpus,
    /// Questions that are answerable and have no judgment, so that runs measure nothing by them.
    QuestionsToJudge,
    /// Documents with neither text nor title, which are left out.
    EmptyDocuments,
    /// Answers that are not at the place that the file names, and were found at another.
    AnswersMoved,
    /// Answers that their paragraph does not have, so that the whole paragraph is judged.
    AnswersNotFound,
    /// Passages that are both relevant and not relevant to a question, and count as relevant.
    ContradictoryPassages,
    /// Judgments that are there several times, of which the highest grade is kept.
    RepeatedJudgments,
    /// Judgments of passages that were written as judgments of their documents.
    QuotesLeftOut,
    /// Questions that nothing is relevant to, which were not written.
    QuestionsNotWritten,
    /// Answers that were not written.
    AnswersLeftOut,
    /// Questions whose origin, review, half or places of quotes were not written.
    DetailsLeftOut,
    /// Documents whose passages have several grades for a question, of which the highest was written.
    GradesJoined,
    /// Questions whose line breaks were written as blanks.
    LineBreaksLeftOut,
}

impl NoteKind {
    /// A name for programs, which stays.
    pub fn code(self) -> &'static str {
        match self {
            Self::FilesIgnored => "files_ignored",
            Self::QuestionsWithoutJudgment => "questions_without_judgment",
            Self::JudgmentsWithoutQuestion => "judgments_without_question",
            Self::DocumentsNotInCorpus => "documents_not_in_corpus",
            Self::QuestionsToJudge => "questions_to_judge",
            Self::EmptyDocuments => "empty_documents",
            Self::AnswersMoved => "answers_moved",
            Self::AnswersNotFound => "answers_not_found",
            Self::ContradictoryPassages => "contradictory_passages",
            Self::RepeatedJudgments => "repeated_judgments",
            Self::QuotesLeftOut => "quotes_left_out",
            Self::QuestionsNotWritten => "questions_not_written",
            Self::AnswersLeftOut => "answers_left_out",
            Self::DetailsLeftOut => "details_left_out",
            Self::GradesJoined => "grades_joined",
            Self::LineBreaksLeftOut => "line_breaks_left_out",
        }
    }

    fn text(self) -> &'static str {
        match self {
            Self::FilesIgnored => "files were not read",
            Self::QuestionsWithoutJudgment => "questions without a judgment were left out",
            Self::JudgmentsWithoutQuestion => {
                "judgments were left out because their question is not there"
            }
            Self::DocumentsNotInCorpus => {
                "judgments name a document that the corpus lacks, so nothing can find it"
            }
            Self::QuestionsToJudge => {
                "questions name nothing that is relevant, so they measure no search before they are judged"
            }
            Self::EmptyDocuments => "documents with neither text nor title were left out",
            Self::AnswersMoved => {
                "answers are not where the file says; the nearest place with the same words was taken"
            }
            Self::AnswersNotFound => {
                "answers are not in their paragraph; the whole paragraph counts as relevant"
            }
            Self::ContradictoryPassages => {
                "passages are both relevant and not relevant to a question; they count as relevant"
            }
            Self::RepeatedJudgments => "judgments are there twice; the higher grade was kept",
            Self::QuotesLeftOut => {
                "judgments of passages were written as judgments of their documents"
            }
            Self::QuestionsNotWritten => "questions without a judgment were not written",
            Self::AnswersLeftOut => "questions have answers, which the format has no place for",
            Self::DetailsLeftOut => {
                "questions lose origin, review, half or places of quotes; jsonl keeps all"
            }
            Self::GradesJoined => {
                "documents have passages of several grades for a question; the highest was written"
            }
            Self::LineBreaksLeftOut => {
                "questions have line breaks or tabs, which were written as blanks"
            }
        }
    }
}

impl fmt::Display for FormatNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} (number of cases: {}, first: {})",
            self.kind.text(),
            self.count,
            self.example
        )
    }
}
