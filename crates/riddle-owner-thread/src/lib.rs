//! One operating system thread owns a model and does what a bounded queue hands it, one piece of work after the other.
//!
//! The model is made on the thread, so it need not be `Send` and may borrow from what is made before it. Who is next is
//! the [`Queue`]'s to decide. A call that panics gives its caller a [`Panicked`], and the thread goes on. A
//! panic outside of a call ends the thread: what waits is dropped, and what comes later is given back. Dropping the
//! [`OwnerThread`] ends the thread after the work in hand and waits for it.

mod fifo;
mod panicked;
mod queue;
mod thread;

pub use fifo::{Fifo, Job};
pub use panicked::Panicked;
pub use queue::Queue;
pub use thread::{Owner, OwnerThread, PushError, Served, StartError};
