use riddle_owner_thread::Panicked;

/// What a caller is told of a call that panicked. What the panic said goes to the log.
pub(super) fn message_of(panicked: &Panicked) -> String {
    tracing::error!(%panicked, "a call of llama.cpp panicked");
    "llama.cpp met an internal error; ask again".to_owned()
}
