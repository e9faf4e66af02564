use std::path::{Path, PathBuf};

use riddle_models::{HubKind, Repository, is_quantization, quantization_of_file};

use super::{Folders, Wanted};

/// Addresses of the hubs' pages.
const PAGES: [(&str, HubKind); 4] = [
    ("huggingface.co", HubKind::HuggingFace),
    ("hf.co", HubKind::HuggingFace),
    ("modelscope.cn", HubKind::ModelScope),
    ("www.modelscope.cn", HubKind::ModelScope),
];

/// What somebody wants to add.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Target {
    Folder(PathBuf),
    Repository {
        repository: Repository,
        quantization: Option<String>,
    },
}

/// Reads an id, a folder or an address. Where folders are allowed, what is there as a folder is one.
///
/// # Errors
/// What is wrong with it, and what to write.
pub(super) fn parse(wanted: &Wanted, hub: HubKind) -> Result<Target, String> {
    let (what, revision) = (wanted.what.as_str(), wanted.revision.as_deref());
    if let Some((_, rest)) = what.split_once("://") {
        return page(rest, revision);
    }
    let path = Path::new(what);
    let written_as_path = what.starts_with(['.', '/', '~']) || what.contains('\\');
    match wanted.folders {
        Folders::Allowed if written_as_path || path.exists() => {
            return Ok(Target::Folder(path.to_owned()));
        }
        Folders::Refused if written_as_path => {
            return Err(format!(
                "a folder of the server's machine is added there, by `riddle models add {what}`; here write owner/name of a \
                 repository"
            ));
        }
        Folders::Allowed | Folders::Refused => {}
    }
    // As addresses are often copied, without their scheme.
    let host = what.split('/').next();
    if PAGES.iter().any(|(page, _)| Some(*page) == host) {
        return page(what, revision);
    }
    let (repo, quantization) = split_quantization(what)?;
    Ok(Target::Repository {
        repository: Repository {
            hub,
            repo: checked(repo)?,
            revision: plain_revision(revision.unwrap_or(hub.usual_revision()))?,
        },
        quantization,
    })
}

/// What stands before the colon, and the quantization behind it.
fn split_quantization(what: &str) -> Result<(&str, Option<String>), String> {
    match what.rsplit_once(':') {
        // The port of an address.
        Some((_, other)) if other.contains('/') => Ok((what, None)),
        Some((repo, quantization)) if is_quantization(quantization) => {
            Ok((repo, Some(quantization.to_owned())))
        }
        Some((_, other)) => Err(format!(
            "`{other}` is no quantization of GGUF files; write one such as Q4_K_M or Q8_0 behind the colon"
        )),
        None => Ok((what, None)),
    }
}

/// The page of a model, at a hub, in one of its branches or of one of its files.
fn page(rest: &str, revision: Option<&str>) -> Result<Target, String> {
    let rest = rest.split(['?', '#']).next().unwrap_or_default();
    let (rest, asked) = split_quantization(rest)?;
    let mut parts = rest.split('/').filter(|part| !part.is_empty());
    let host = parts.next().unwrap_or_default();
    let Some((_, hub)) = PAGES.iter().find(|(page, _)| *page == host) else {
        return Err(format!(
            "{host} is no hub that is known; for a mirror set `models.hub_endpoint` to its address and name the model as owner/name"
        ));
    };
    let mut parts: Vec<&str> = parts.collect();
    if parts.first() == Some(&"models") {
        parts.remove(0);
    }
    let [owner, name, rest @ ..] = &*parts else {
        return Err(format!(
            "the address names no model; write it as https://{host}/owner/name"
        ));
    };
    let (in_address, file) = branch_and_file(rest);
    let revision = revision.or(in_address).unwrap_or(hub.usual_revision());
    Ok(Target::Repository {
        repository: Repository {
            hub: *hub,
            repo: checked(&format!("{owner}/{name}"))?,
            revision: plain_revision(revision)?,
        },
        quantization: asked.or_else(|| quantization_of_file(file?)),
    })
}

/// What stands behind the name of a repository.
fn branch_and_file<'a>(rest: &[&'a str]) -> (Option<&'a str>, Option<&'a str>) {
    match rest {
        ["tree" | "resolve" | "blob", revision, path @ ..]
        | ["file", "view", revision, path @ ..] => (Some(*revision), path.last().copied()),
        _ => (None, None),
    }
}

/// A revision becomes a part of addresses.
fn plain_revision(revision: &str) -> Result<String, String> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "-_./".contains(c);
    let steps_up = revision
        .split('/')
        .any(|part| part.is_empty() || part.starts_with('.'));
    if revision.chars().all(allowed) && !steps_up {
        return Ok(revision.to_owned());
    }
    Err(format!(
        "`{revision}` is no revision; write a commit, a tag or a branch"
    ))
}

fn checked(repo: &str) -> Result<String, String> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    let plain =
        |part: &str| !part.is_empty() && !part.starts_with('.') && part.chars().all(allowed);
    match repo.split('/').collect::<Vec<_>>()[..] {
        [owner, name] if plain(owner) && plain(name) => Ok(repo.to_owned()),
        _ => Err(format!(
            "`{repo}` is neither a folder of this machine nor a repository; write owner/name, such as BAAI/bge-large-en-v1.5, or a path such as ./folder"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(what: &str, folders: Folders) -> Wanted {
        Wanted {
            what: what.to_owned(),
            hub: None,
            revision: None,
            name: None,
            role: None,
            query_prefix: None,
            passage_prefix: None,
            folders,
        }
    }

    fn read(what: &str) -> Result<Target, String> {
        parse(&wanted(what, Folders::Allowed), HubKind::HuggingFace)
    }

    fn repository(what: &str) -> (HubKind, String, String, Option<String>) {
        match read(what).expect("it names one") {
            Target::Repository {
                repository,
                quantization,
            } => (
                repository.hub,
                repository.repo,
                repository.revision,
                quantization,
            ),
            Target::Folder(path) => panic!("{}", path.display()),
        }
    }

    #[test]
    fn ids_and_addresses_name_repositories() {
        let hub = |revision: &str, quantization: Option<&str>| {
            let quantization = quantization.map(str::to_owned);
            (
                HubKind::HuggingFace,
                "Owner/Name-1.5".to_owned(),
                revision.to_owned(),
                quantization,
            )
        };
        assert_eq!(repository("Owner/Name-1.5"), hub("main", None));
        assert_eq!(
            repository("Owner/Name-1.5:Q4_K_M"),
            hub("main", Some("Q4_K_M"))
        );
        assert_eq!(
            repository("https://huggingface.co/Owner/Name-1.5"),
            hub("main", None)
        );
        let branch = "https://huggingface.co/Owner/Name-1.5/tree/v2?x=1";
        assert_eq!(repository(branch), hub("v2", None));
        let (scope, repo, revision, _) = repository("https://modelscope.cn/models/iic/gte/summary");
        assert_eq!(
            (scope, &*repo, &*revision),
            (HubKind::ModelScope, "iic/gte", "master")
        );
    }

    #[test]
    fn an_address_may_name_a_quantization_or_a_file_that_has_one() {
        for (address, expected) in [
            (
                "https://huggingface.co/Qwen/Qwen3-4B-GGUF/blob/main/Qwen3-4B-Q8_0.gguf",
                "Q8_0",
            ),
            (
                "https://huggingface.co/Qwen/Qwen3-4B-GGUF/resolve/main/UD/Qwen3-4B-UD-Q4_K_XL.gguf?download=true",
                "UD-Q4_K_XL",
            ),
            ("https://huggingface.co/Qwen/Qwen3-4B-GGUF:Q4_K_M", "Q4_K_M"),
            ("hf.co/Qwen/Qwen3-4B-GGUF:Q4_K_M", "Q4_K_M"),
        ] {
            let (hub, repo, revision, quantization) = repository(address);
            assert_eq!(
                (hub, &*repo, &*revision),
                (HubKind::HuggingFace, "Qwen/Qwen3-4B-GGUF", "main"),
                "{address}"
            );
            assert_eq!(quantization.as_deref(), Some(expected), "{address}");
        }
        let (hub, repo, _, quantization) = repository("www.modelscope.cn/models/iic/gte");
        assert_eq!(
            (hub, &*repo, quantization),
            (HubKind::ModelScope, "iic/gte", None)
        );
        let file = "modelscope.cn/models/Qwen/Qwen3-4B-GGUF/file/view/v2/a-Q8_0.gguf?status=2";
        let (_, _, revision, quantization) = repository(file);
        assert_eq!((&*revision, quantization.as_deref()), ("v2", Some("Q8_0")));
        let (_, _, _, of_card) =
            repository("https://huggingface.co/Qwen/Qwen3-4B-GGUF/blob/main/README.md");
        assert_eq!(of_card, None);
    }

    #[test]
    fn folders_are_told_by_being_there_or_by_how_they_are_written() {
        let here = env!("CARGO_MANIFEST_DIR");
        for path in [here, "./nothing", "/nothing", "../nothing"] {
            let target = read(path).expect("a path");
            assert_eq!(target, Target::Folder(PathBuf::from(path)));
        }
    }

    #[test]
    fn what_is_neither_says_what_to_write() {
        let message = |what: &str| read(what).expect_err(what);
        for what in ["name", "a/b/c", "owner/../x", "owner/na me", ""] {
            assert!(message(what).contains("owner/name"), "{}", message(what));
        }
        assert!(message("owner/name:latest").contains("Q4_K_M"));
        assert!(message("https://example.org/owner/name").contains("models.hub_endpoint"));
        assert!(message("https://huggingface.co/owner").contains("owner/name"));
    }

    #[test]
    fn a_client_of_the_server_names_no_folders_and_learns_of_none() {
        let read = |what: &str| parse(&wanted(what, Folders::Refused), HubKind::HuggingFace);
        for path in ["/etc", "./src", "../x", "~/models", "C:\\models"] {
            let refused = read(path).expect_err(path);
            assert!(refused.contains("riddle models add"), "{refused}");
        }
        // A folder that is there is taken for the repository that it may be.
        assert!(matches!(
            read("src/provider"),
            Ok(Target::Repository { .. })
        ));
        assert!(matches!(read("src/none"), Ok(Target::Repository { .. })));
    }

    #[test]
    fn a_revision_is_no_path_and_no_query() {
        let mut wanted = wanted("owner/name", Folders::Refused);
        for (revision, is_one) in [
            ("refs/pr/3", true),
            ("v1.5", true),
            ("../../x", false),
            ("main?x=1", false),
            ("a//b", false),
        ] {
            wanted.revision = Some(revision.to_owned());
            let read = parse(&wanted, HubKind::HuggingFace);
            assert_eq!(read.is_ok(), is_one, "{revision}");
        }
    }
}
