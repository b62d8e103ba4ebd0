//! The native command: check, compile and explain a site.

fn main() -> std::process::ExitCode {
    forebay::cli::run()
}
