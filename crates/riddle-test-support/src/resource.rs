/// Something that a test needs and that a machine may lack.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Resource {
    /// The ONNX Runtime library.
    OnnxRuntime,
    /// Weights of real models.
    Models,
    /// A Python with the clients of other tools.
    Clients,
    /// Data outside the repository.
    SharedData,
    /// The built web app.
    WebApp,
    /// A Python package registry that answers.
    Registry,
    /// Instructions of the CPU.
    Cpu,
    /// A kernel that filters system calls.
    Seccomp,
    /// A system that lets users mount file systems of their own.
    Namespaces,
    /// A PostgreSQL server.
    Postgres,
    /// A Qdrant server that answers.
    Qdrant,
}

impl Resource {
    /// Every resource.
    pub const ALL: [Self; 11] = [
        Self::OnnxRuntime,
        Self::Models,
        Self::Clients,
        Self::SharedData,
        Self::WebApp,
        Self::Registry,
        Self::Cpu,
        Self::Seccomp,
        Self::Namespaces,
        Self::Postgres,
        Self::Qdrant,
    ];

    /// Its name in `RIDDLE_TEST_REQUIRE`.
    pub fn name(self) -> &'static str {
        match self {
            Self::OnnxRuntime => "onnxruntime",
            Self::Models => "models",
            Self::Clients => "clients",
            Self::SharedData => "shared-data",
            Self::WebApp => "web-app",
            Self::Registry => "registry",
            Self::Cpu => "cpu",
            Self::Seccomp => "seccomp",
            Self::Namespaces => "namespaces",
            Self::Postgres => "postgres",
            Self::Qdrant => "qdrant",
        }
    }

    /// The resources of a comma-separated list of names; `all` stands for every one.
    ///
    /// # Errors
    ///
    /// The first name that is none, so that a misspelt one does not ask for nothing.
    pub fn parse_list(list: &str) -> Result<Vec<Self>, String> {
        let mut resources = Vec::new();
        for name in list
            .split(',')
            .map(str::trim)
            .filter(|name| !name.is_empty())
        {
            match Self::ALL.into_iter().find(|one| one.name() == name) {
                Some(one) => resources.push(one),
                None if name == "all" => resources.extend(Self::ALL),
                None => return Err(name.to_owned()),
            }
        }
        Ok(resources)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_names_resources() {
        assert_eq!(Resource::parse_list(""), Ok(Vec::new()));
        assert_eq!(
            Resource::parse_list("models, shared-data,"),
            Ok(vec![Resource::Models, Resource::SharedData])
        );
        assert_eq!(Resource::parse_list("all"), Ok(Resource::ALL.to_vec()));
    }

    #[test]
    fn a_misspelt_name_is_told() {
        assert_eq!(
            Resource::parse_list("models,onnx-runtime"),
            Err("onnx-runtime".to_owned())
        );
    }
}
