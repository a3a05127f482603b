//! The `fritext` program.

fn main() -> std::process::ExitCode {
    fritext::run()
}
