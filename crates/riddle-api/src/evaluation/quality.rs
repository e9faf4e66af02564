use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// How far a set can be trusted to tell one way to search from another.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct SetQualityDto {
    /// The mean of all aspects and the worst of them, in equal parts.
    #[schema(maximum = 100)]
    pub score: u32,
    /// Questions that count: all but rejected ones.
    pub questions: u32,
    /// Questions that were asked in a search for their words, drawn from all.
    pub examined: u32,
    /// Those that can be judged.
    pub aspects: Vec<QualityAspectDto>,
}

/// One side of a set.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct QualityAspectDto {
    pub kind: QualityKindDto,
    /// 0 to 1, 1 where there is nothing to mend.
    pub value: f64,
    /// How many, as `kind` says.
    pub count: u32,
    /// Of how many.
    pub of: u32,
}

/// A side of a set, and what is counted of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum QualityKindDto {
    /// Questions of the half that figures are of, of those that find a difference of .05 in 80 of 100 cases.
    Size,
    /// Questions that a person wrote or confirmed, of all.
    Confirmed,
    /// Questions that say nearly what another one says, of all.
    Duplicates,
    /// Questions with something relevant, an answer, or a refusal to expect, of all.
    Judged,
    /// Examined questions whose relevant passage is the first hit for their words, of those with a passage to find.
    Easy,
    /// Questions about the document that most of them are about, of those about any.
    OneDocument,
    /// Judgments of examined questions whose passage is not in the knowledge base, of all their judgments.
    Lost,
}

/// What a run can be expected to see, before it is made.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ExpectedPowerDto {
    /// Questions that its figures would be of: those of the test half with something relevant, or of dev where there is
    /// no test half.
    pub questions: u32,
    /// Standard deviation over questions of a difference in nDCG@10.
    pub standard_deviation: f64,
    /// The run over the same set that it was seen in; left out where it is what is typical of rerankers.
    pub seen_in: Option<Uuid>,
    /// Half the width of the 95 % interval of a difference in nDCG@10.
    pub interval: Option<f64>,
    /// The difference in nDCG@10 that is found in 80 of 100 cases.
    pub detectable: Option<f64>,
    /// Questions that find other differences as surely.
    pub needed: Vec<QuestionsNeededDto>,
}

/// How many questions find a difference in 80 of 100 cases.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct QuestionsNeededDto {
    /// In nDCG@10.
    pub difference: f64,
    /// In the half that figures are of.
    pub questions: u32,
}
