//! The OpenAI-compatible client against real HTTP servers on this machine.

mod openai {
    mod answers;
    mod failures;
    mod served;
    mod server;
}
