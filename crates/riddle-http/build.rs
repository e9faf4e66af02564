//! Lets Cargo look at the built web app: a macro that reads files cannot say that they have changed.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=../../web/dist");
}
