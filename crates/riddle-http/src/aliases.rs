use std::collections::BTreeMap;
use std::sync::Arc;

/// Names that other tools insist on, with the models or knowledge bases (`riddle/NAME`) that serve them.
#[derive(Clone, Debug, Default)]
pub(crate) struct ModelAliases(Arc<BTreeMap<String, String>>);

impl ModelAliases {
    pub(crate) fn new(aliases: BTreeMap<String, String>) -> Self {
        Self(Arc::new(aliases))
    }

    /// What a name stands for: itself, if it is no alias.
    pub(crate) fn resolve(&self, name: String) -> String {
        self.0.get(&name).cloned().unwrap_or(name)
    }

    /// The aliases with what they stand for.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        let both = self.0.iter();
        both.map(|(alias, model)| (alias.as_str(), model.as_str()))
    }
}
