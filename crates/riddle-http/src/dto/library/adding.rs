use riddle_api::{AddModelBody, AddRoleDto, FoundModelDto, ModelHubDto};
use riddle_core::{AddRequest, FoundModel, LibraryRole, ModelHub};

use super::languages;
use crate::dto::convert::ConvertFrom;

impl ConvertFrom<AddModelBody> for AddRequest {
    fn convert_from(body: AddModelBody) -> Self {
        Self {
            what: body.model,
            name: body.name,
            role: body.role.map(|role| match role {
                AddRoleDto::Embedder => LibraryRole::Embedder,
                AddRoleDto::Reranker => LibraryRole::Reranker,
                AddRoleDto::Chat => LibraryRole::Chat,
            }),
            hub: body.source.map(|hub| match hub {
                ModelHubDto::HuggingFace => ModelHub::HuggingFace,
                ModelHubDto::ModelScope => ModelHub::ModelScope,
            }),
            revision: body.revision,
            query_prefix: body.query_prefix,
            passage_prefix: body.passage_prefix,
        }
    }
}

impl ConvertFrom<FoundModel> for FoundModelDto {
    fn convert_from(found: FoundModel) -> Self {
        let entry = found.entry;
        Self {
            name: entry.name,
            role: entry.role.as_str().to_owned(),
            kind: entry.kind.map(|kind| kind.as_str().to_owned()),
            format: found.format,
            architecture: found.architecture,
            license: entry.licence,
            source: entry.source,
            bytes: found.bytes,
            memory_bytes: entry.memory_bytes,
            max_tokens: entry.max_tokens,
            dimensions: entry.dimensions,
            languages: languages(entry.languages),
            files: found.files,
            recognised: found.recognised,
            assumed: found.assumed,
            obstacle: found.obstacle,
        }
    }
}
