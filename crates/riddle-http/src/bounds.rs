//! Bounds of requests that are checked here. Those of the use cases are in `riddle_engine::bounds`. The description of
//! the API states all of them.

/// Bytes of the largest JSON body, as a document sent as JSON must fit.
pub const MAX_JSON_BYTES: usize = 32 << 20;
/// Files or texts in one request for adding documents.
pub const MAX_UPLOAD_PARTS: usize = 1_000;

/// Bytes of a JSON body that carries no documents.
pub(crate) const MAX_REQUEST_BYTES: usize = 2 << 20;
/// Characters of a cursor: the name of a document may be in it.
pub(crate) const MAX_CURSOR_CHARS: usize = 2_000;
/// Characters of a search for names, as many as a name has at most.
pub(crate) const MAX_NAME_SEARCH_CHARS: usize = 1_000;
/// Characters of a folder's name: a file in it must still have a name.
pub(crate) const MAX_FOLDER_CHARS: usize = 995;
/// Characters of a list of statuses.
pub(crate) const MAX_STATUS_CHARS: usize = 200;
/// Characters of the tag of a language.
pub(crate) const MAX_LANGUAGE_CHARS: usize = 100;
/// Characters of a field of which a few known values mean something.
pub(crate) const MAX_HINT_CHARS: usize = 200;

/// Fields of a text to score that is an object.
pub(crate) const MAX_DOCUMENT_FIELDS: usize = 1_000;
/// Fields that are scored of it.
pub(crate) const MAX_RANK_FIELDS: usize = 32;
/// Characters of a field's name.
pub(crate) const MAX_FIELD_CHARS: usize = 200;

/// Strings that may end an answer.
pub(crate) const MAX_STOP_STRINGS: usize = 4;
/// Characters of one of them.
pub(crate) const MAX_STOP_CHARS: usize = 200;
/// Parts of a message.
pub(crate) const MAX_MESSAGE_PARTS: usize = 1_000;
/// Kinds of output that a request lists.
pub(crate) const MAX_MODALITIES: usize = 8;
