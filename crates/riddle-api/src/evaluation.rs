mod judging;
mod live;
mod look;
mod outcome;
mod quality;
mod report;
mod run;
mod set;

pub use judging::*;
pub use live::*;
pub use look::*;
pub use outcome::*;
pub use quality::*;
pub use report::*;
pub use run::*;
pub use set::*;
