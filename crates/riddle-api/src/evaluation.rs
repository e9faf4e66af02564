mod outcome;
mod report;
mod run;
mod set;

pub use outcome::*;
pub use report::*;
pub use run::*;
pub use set::*;
