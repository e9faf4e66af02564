use riddle_api::AcceptedListDto;
use riddle_core::Metadata;
use riddle_engine::{Engine, EngineError, Upload, UploadWriter};

use crate::dto::{Convert, refused};
use crate::error::{ApiError, ErrorCode};

/// Documents of one request, accepted one by one.
pub(super) struct Batch {
    engine: Engine,
    knowledge_base: String,
    result: AcceptedListDto,
    first_error: Option<ApiError>,
}

/// A document whose bytes are coming.
pub(super) struct Incoming {
    upload: Upload,
    writer: Result<UploadWriter, EngineError>,
}

impl Batch {
    pub(super) fn new(engine: Engine, knowledge_base: String) -> Self {
        Self {
            engine,
            knowledge_base,
            result: AcceptedListDto {
                documents: Vec::new(),
                errors: Vec::new(),
            },
            first_error: None,
        }
    }

    pub(super) async fn begin(
        &self,
        name: String,
        media_type: Option<String>,
        metadata: Metadata,
    ) -> Result<Incoming, ApiError> {
        let writer = match self.engine.begin_upload().await {
            // Nothing is read for an answer that is known.
            Err(error) if self.result.documents.is_empty() => return Err(error.into()),
            writer => writer,
        };
        let upload = Upload {
            name,
            media_type,
            metadata,
        };
        Ok(Incoming { upload, writer })
    }

    /// Makes a document durable, or records why not. Fails where no other document could fare better.
    pub(super) async fn end(&mut self, incoming: Incoming) -> Result<(), ApiError> {
        let name = incoming.upload.name.clone();
        let accepted = match incoming.writer {
            Ok(writer) => {
                self.engine
                    .accept_upload(&self.knowledge_base, incoming.upload, writer)
                    .await
            }
            Err(error) => Err(error),
        };
        match accepted {
            Ok(accepted) => {
                self.result.documents.push(accepted.convert());
                Ok(())
            }
            Err(error) => self.refuse(name, error.into()),
        }
    }

    /// Records a document that is not accepted. Fails where the error concerns all of them.
    pub(super) fn refuse(&mut self, name: String, error: ApiError) -> Result<(), ApiError> {
        if concerns_all(error.code) && self.result.documents.is_empty() {
            return Err(error);
        }
        self.result.errors.push(refused(name, &error));
        self.first_error.get_or_insert(error);
        Ok(())
    }

    /// The error that ended the request, which says what was accepted before: it is durable and stays.
    pub(super) fn broken_off(&self, mut error: ApiError) -> ApiError {
        let kept = self.result.documents.len();
        if kept > 0 {
            error.message = format!(
                "{}; {kept} documents that came before it were accepted and are kept",
                error.message
            );
        }
        error
    }

    /// The answer: what was accepted and what was not; an error if nothing was.
    pub(super) fn finish(self) -> Result<AcceptedListDto, ApiError> {
        match self.first_error {
            Some(error) if self.result.documents.is_empty() => Err(error),
            None if self.result.documents.is_empty() => Err(ApiError::new(
                ErrorCode::INVALID_REQUEST,
                "no document was sent; send parts named `file`, or JSON with `name` and `text`",
            )),
            _ => Ok(self.result),
        }
    }
}

impl Incoming {
    pub(super) fn name(&self) -> &str {
        &self.upload.name
    }

    /// Adds bytes; after the first failure they are let go.
    pub(super) async fn write(&mut self, bytes: &[u8]) {
        if let Ok(writer) = &mut self.writer
            && let Err(error) = writer.write(bytes).await
        {
            self.writer = Err(error);
        }
    }

    pub(super) fn has_failed(&self) -> bool {
        self.writer.is_err()
    }
}

fn concerns_all(code: ErrorCode) -> bool {
    code == ErrorCode::KNOWLEDGE_BASE_NOT_FOUND || code.status >= 500
}
