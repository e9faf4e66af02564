use riddle_engine::run_blocking;

use crate::error::ApiError;

/// Does work on a thread that no other request waits for. `doing` names it in the log.
pub(crate) async fn aside<T: Send + 'static>(
    doing: &'static str,
    work: impl FnOnce() -> Result<T, ApiError> + Send + 'static,
) -> Result<T, ApiError> {
    run_blocking(doing, work).await?
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorCode;

    #[actix_web::test]
    async fn a_panic_is_an_internal_error_whose_cause_is_for_the_log_alone() {
        let broken = aside::<()>("writing an answer", || panic!("as told")).await;
        let error = broken.expect_err("it panicked");
        assert_eq!(error.code, ErrorCode::INTERNAL);
        assert!(!error.message.contains("as told"), "{error:?}");
        let cause = "an internal error while writing an answer: it panicked: as told";
        assert!(format!("{error:?}").contains(cause), "{error:?}");
    }
}
