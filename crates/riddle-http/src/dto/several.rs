use riddle_api::SeveralBases;

use crate::extract::Part;

impl Part for SeveralBases {
    const FIELDS: &'static [&'static str] = &["knowledge_bases"];
}
