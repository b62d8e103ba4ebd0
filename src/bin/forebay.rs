//! The native command: check, compile and explain a site.

#[cfg(not(target_arch = "wasm32"))]
fn main() -> std::process::ExitCode {
    forebay::cli::run()
}

/// The command is native, but the crate must build whole for the Worker's target as well.
#[cfg(target_arch = "wasm32")]
fn main() {}
