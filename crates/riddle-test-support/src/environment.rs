/// A variable of the environment, through which scripts configure tests; `None` where it is empty.
#[expect(
    clippy::disallowed_methods,
    reason = "where test files lie is no configuration of the product"
)]
pub fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
