//! The device that the configuration asks for, on a machine whose library knows CPUs alone.

use crate::support::{Server, riddle};

#[test]
fn a_server_whose_gpu_cannot_be_used_ends_at_its_start_and_says_what_to_do() {
    let folder = tempfile::tempdir().expect("a folder");
    let output = riddle(folder.path())
        .args(["--device", "cuda", "serve", "--listen", "127.0.0.1:0"])
        .output()
        .expect("the binary runs");
    assert_eq!(output.status.code(), Some(1));
    let told = String::from_utf8_lossy(&output.stderr);
    for part in [
        "no CUDA provider",
        "setup-runtime.sh --cuda",
        "`models.device` to cpu",
    ] {
        assert!(told.contains(part), "{told}");
    }
}

#[tokio::test]
async fn the_health_report_says_where_models_run_and_why_not_on_a_gpu() {
    let folder = tempfile::tempdir().expect("a folder");
    for (device, reason) in [("cpu", None), ("auto", Some("no CUDA provider"))] {
        std::fs::write(
            folder.path().join("riddle.toml"),
            format!("[models]\ndevice = \"{device}\"\n"),
        )
        .expect("written");
        let server = Server::start(folder.path()).await;
        let health = server.get("/api/v1/health").await;
        let compute = &health["compute"];
        assert_eq!(compute["device"], "cpu", "{compute}");
        match reason {
            None => assert!(compute["reason"].is_null(), "{compute}"),
            Some(part) => assert!(compute["reason"].to_string().contains(part), "{compute}"),
        }
        server.stop();
    }
}

#[test]
fn a_device_that_does_not_exist_is_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let output = riddle(folder.path())
        .args(["--device", "gpu", "models", "list"])
        .output()
        .expect("the binary runs");
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(told.contains("use cpu, cuda, cuda:1 or auto"), "{told}");
}
