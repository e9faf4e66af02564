//! Landlock, which knows files by where they lie.

use std::path::Path;

use landlock::{
    ABI, Access, AccessFs, AccessNet, CompatLevel, Compatible, PathBeneath, PathFd,
    RestrictionStatus, Ruleset, RulesetAttr, RulesetCreatedAttr, RulesetStatus, Scope,
};

use crate::confine::Layer;

/// The newest version of Landlock that is of use here. An older kernel enforces what it knows of it.
const WANTED: ABI = ABI::V6;

pub(crate) fn refuse_all_but(readable: Option<&Path>) -> Layer {
    match restrict(readable) {
        Ok(status) => match status.ruleset {
            RulesetStatus::FullyEnforced => Layer::Holds,
            RulesetStatus::PartiallyEnforced => {
                Layer::Partly("this kernel is older than Linux 6.12 and lacks parts of it".to_owned())
            }
            RulesetStatus::NotEnforced => Layer::Missing(
                "this kernel does not have it, has it switched off, or a container forbids it; it came with Linux 5.13"
                    .to_owned(),
            ),
        },
        Err(error) => Layer::Missing(error),
    }
}

fn restrict(readable: Option<&Path>) -> Result<RestrictionStatus, String> {
    let failed = |error: landlock::RulesetError| error.to_string();
    let mut rules = Ruleset::default()
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(AccessFs::from_all(WANTED))
        .and_then(|rules| rules.handle_access(AccessNet::from_all(WANTED)))
        .and_then(|rules| rules.scope(Scope::from_all(WANTED)))
        .and_then(Ruleset::create)
        .map_err(failed)?;
    if let Some(path) = readable {
        let file = PathFd::new(path).map_err(|error| error.to_string())?;
        rules = rules
            .add_rule(PathBeneath::new(file, AccessFs::ReadFile))
            .map_err(failed)?;
    }
    rules.restrict_self().map_err(failed)
}
