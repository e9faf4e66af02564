//! Tests over the real server: the riddle binary with its real database, indexes, models and extraction child.

#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking, its helpers included"
)]

mod architecture;
mod chain;
mod chat;
mod chats;
mod command_line;
mod compare;
mod corpus;
mod curate;
mod device;
mod families;
mod kill;
mod openai;
mod safety;
mod support;
mod tools;
