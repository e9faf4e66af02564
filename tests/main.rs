//! Tests over the real server: the riddle binary with its real database, indexes, models and extraction child.

mod architecture;
mod chain;
mod chat;
mod command_line;
mod corpus;
mod kill;
mod openai;
mod safety;
mod support;
