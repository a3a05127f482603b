//! The callers of `examples/hook`, run against a service. `.ci/run` runs them with the browser, too.

use crate::run::command;

#[test]
fn the_examples_of_callers_work() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let program = command(&[]).get_program().to_owned();
    let ran = std::process::Command::new("python3")
        .arg(root.join("examples/hook/test.py"))
        .arg(program)
        .arg("--no-browser")
        .env_remove("FRITEXT_CONFIG")
        .output()
        .expect("python3 runs");
    let said = [ran.stdout, ran.stderr].concat();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&said));
}
