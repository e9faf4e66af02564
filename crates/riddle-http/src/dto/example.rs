use riddle_api::{ExampleDto, ExampleListDto};
use riddle_engine::{ExampleQuestion, ExampleSource};

use super::convert::{Convert, ConvertFrom};
use super::hit::document_ref;

impl ConvertFrom<Vec<ExampleQuestion>> for ExampleListDto {
    fn convert_from(examples: Vec<ExampleQuestion>) -> Self {
        Self {
            examples: examples.into_iter().map(Convert::convert).collect(),
        }
    }
}

impl ConvertFrom<ExampleQuestion> for ExampleDto {
    fn convert_from(example: ExampleQuestion) -> Self {
        let (source, document) = match example.source {
            ExampleSource::Own => ("own", None),
            ExampleSource::Heading(passage) => ("heading", Some(document_ref(&passage))),
        };
        Self {
            question: example.question,
            source: source.to_owned(),
            document,
        }
    }
}
