use riddle_core::TruncationSide;
use serde::Deserialize;
use utoipa::ToSchema;

/// Where a text is cut; clients of text-embeddings-inference write it in both ways.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Deserialize, ToSchema)]
pub(super) enum Direction {
    #[serde(alias = "left")]
    Left,
    #[default]
    #[serde(alias = "right")]
    Right,
}

impl From<Direction> for TruncationSide {
    fn from(direction: Direction) -> Self {
        match direction {
            Direction::Left => Self::Left,
            Direction::Right => Self::Right,
        }
    }
}
