//! Tests over the real server: the riddle binary with its real database, indexes, models and extraction child.

#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking, its helpers included"
)]

mod adding;
mod adding_online;
mod architecture;
mod backup;
mod chain;
mod chat;
mod chats;
mod citations;
mod command_line;
mod compare;
mod container;
mod corpus;
mod curate;
mod database;
mod device;
mod disk;
mod eval_command;
mod evaluations;
mod families;
mod handbook;
mod held_up;
mod kill;
mod library;
mod limits;
mod live;
mod ocr;
mod openai;
mod other_embedder;
mod privacy;
mod quoted_answers;
mod remote;
mod renewal;
mod safety;
mod same_scores;
mod schemas;
mod support;
mod telemetry;
mod tidy;
mod tools;
mod usage;
mod wider_runs;
