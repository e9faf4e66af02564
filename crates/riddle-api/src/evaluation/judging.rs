use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::evaluation::{EstimateDto, JudgmentDto};

/// In which order passages are given out.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum JudgingOrderDto {
    /// Those first in which the arms differ most, of any question: they can turn the verdict.
    #[default]
    Difference,
    /// Question by question, in an order that is drawn for the set. Those by which no difference can be corrected come
    /// last.
    Question,
}

/// What is to be judged of a run.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct PassagesToJudgeDto {
    /// In the order that was asked for.
    pub passages: Vec<PassageToJudgeDto>,
    /// Whether there are more.
    pub more: bool,
}

/// A passage that nobody has judged. Which arm found it, and at what rank, is not said.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct PassageToJudgeDto {
    /// Id of the question in the set.
    pub question: String,
    /// The question.
    pub text: String,
    pub passage: String,
    /// The judgment to be sent, with a grade in place of 0.
    pub judgment: JudgmentDto,
}

/// Which language model judges passages of a run.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"model": "smollm2-1.7b-instruct", "count": 100}))]
pub struct JudgeByModel {
    /// Its name. It must be of another family than the models that the run's arms rerank and answer with.
    pub model: String,
    /// How many passages at most; 100 if left out.
    #[schema(minimum = 1, maximum = 1000)]
    pub count: Option<u32>,
}

/// The data of an event while a language model judges: `begun`, `graded`, `no_grade`, and `done` at the end.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
pub enum JudgingEventDto {
    /// `begun`: so many passages will be graded.
    Begun { passages: u32 },
    /// `graded`: a passage of the document has this grade, 0 to 3, for the question of this id.
    Graded {
        question: String,
        document: String,
        #[schema(minimum = 0, maximum = 3)]
        grade: u8,
    },
    /// `no_grade`: what the model wrote about the passage is no grade.
    NoGrade { question: String, document: String },
    /// `done`: the end.
    Done {
        graded: u32,
        no_grade: u32,
        agreement: JudgeAgreementDto,
    },
}

/// How far the grades of a language model agree with those that people gave to the same passages of a set.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct JudgeAgreementDto {
    /// Name of the model.
    pub judge: String,
    /// Passages that it has graded.
    pub graded: u32,
    /// Those of them that people have graded too.
    pub both: u32,
    /// Whether these are enough, 20, to know how far it may be trusted.
    pub calibrated: bool,
    /// Mean of its grades, on the scale of the set: 0 to 3, or 0 to 1 where people give no grade above 1. `None` where
    /// there are none.
    pub mean_grade: Option<f64>,
    /// Kappa with quadratic weights over the passages that both have graded, by drawing questions; `None` where it is
    /// not defined. Its `n` counts passages.
    pub kappa: Option<EstimateDto>,
    /// The mean grade that people would give to all passages that it has graded, by what they gave to some; `None`
    /// where they graded none. Its `n` counts passages.
    pub corrected_mean: Option<EstimateDto>,
}

/// What the grades of a language model are in a report, and what they are worth.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct JudgedByModelDto {
    /// Judged passages of the run that are so by its grades alone.
    pub counted: u32,
    /// How far they agree with those of people, in all of the set.
    pub agreement: JudgeAgreementDto,
}

impl JudgingEventDto {
    /// The event's name.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Begun { .. } => "begun",
            Self::Graded { .. } => "graded",
            Self::NoGrade { .. } => "no_grade",
            Self::Done { .. } => "done",
        }
    }
}
