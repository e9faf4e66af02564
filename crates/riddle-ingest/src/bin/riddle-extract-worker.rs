//! The extraction worker alone, for tests of the extractor.

fn main() -> std::process::ExitCode {
    if std::env::args().nth(1).as_deref() == Some(riddle_ingest::SELF_TEST) {
        riddle_ingest::run_worker_self_test()
    } else {
        riddle_ingest::run_worker()
    }
}
