//! The language server as an editor uses it: messages over standard input and output.

use crate::run::command;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};

struct Editor {
    child: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
    asked: u32,
}

impl Editor {
    fn new(capabilities: Value, options: Value) -> (Self, Value) {
        let mut child = command(&["lsp", "--system", "vklass", "--field", "kommentar"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("fritext starts");
        let (to, from) = (child.stdin.take().expect("a pipe"), child.stdout.take().expect("a pipe"));
        let mut editor = Self { child, to, from: BufReader::new(from), asked: 0 };
        let answer = editor.ask(
            "initialize",
            json!({"processId": null, "rootUri": null, "capabilities": capabilities, "initializationOptions": options}),
        );
        editor.tell("initialized", json!({}));
        (editor, answer)
    }

    fn send(&mut self, message: Value) {
        let body = message.to_string();
        write!(self.to, "Content-Length: {}\r\n\r\n{body}", body.len()).expect("it reads");
        self.to.flush().expect("it reads");
    }

    fn tell(&mut self, method: &str, params: Value) {
        self.send(json!({"jsonrpc": "2.0", "method": method, "params": params}));
    }

    fn ask(&mut self, method: &str, params: Value) -> Value {
        self.asked += 1;
        let id = self.asked;
        self.send(json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params}));
        loop {
            let message = self.read();
            if message["id"] == id {
                return message;
            }
        }
    }

    fn read(&mut self) -> Value {
        let mut length = 0;
        loop {
            let mut line = String::new();
            assert!(self.from.read_line(&mut line).expect("it writes") > 0, "it ended");
            match line.trim().split_once(": ") {
                Some(("Content-Length", n)) => length = n.parse().expect("a number"),
                _ if line.trim().is_empty() => break,
                _ => {}
            }
        }
        let mut body = vec![0; length];
        self.from.read_exact(&mut body).expect("it writes");
        serde_json::from_slice(&body).expect("JSON")
    }

    fn open(&mut self, text: &str) -> Value {
        let document = json!({"uri": "file:///a.txt", "languageId": "plaintext", "version": 1, "text": text});
        self.tell("textDocument/didOpen", json!({"textDocument": document}));
        self.diagnostics(1)
    }

    fn change(&mut self, version: u32, text: &str) {
        let document = json!({"uri": "file:///a.txt", "version": version});
        self.tell("textDocument/didChange", json!({"textDocument": document, "contentChanges": [{"text": text}]}));
    }

    /// What is told about this version.
    fn diagnostics(&mut self, version: u32) -> Value {
        loop {
            let told = self.read();
            if told["method"] == "textDocument/publishDiagnostics" && told["params"]["version"] == version {
                return told["params"]["diagnostics"].clone();
            }
        }
    }

    fn actions(&mut self, diagnostics: &Value) -> Vec<Value> {
        let params = json!({
            "textDocument": {"uri": "file:///a.txt"},
            "range": diagnostics[0]["range"],
            "context": {"diagnostics": diagnostics},
        });
        let answer = self.ask("textDocument/codeAction", params);
        answer["result"].as_array().unwrap_or_else(|| panic!("{answer}")).clone()
    }

    fn end(mut self) {
        assert_eq!(self.ask("shutdown", Value::Null)["result"], Value::Null);
        self.tell("exit", Value::Null);
        assert!(self.child.wait().expect("it ends").success());
    }
}

fn edit(action: &Value) -> &Value {
    &action["edit"]["changes"]["file:///a.txt"][0]
}

#[test]
fn a_text_is_linted_while_it_is_written() {
    let (mut editor, answer) = Editor::new(json!({}), json!({"locale": "sv"}));
    assert_eq!(answer["result"]["capabilities"]["positionEncoding"], "utf-16");
    let found = editor.open("Rad ett\n🙂 Har adhd");
    let range = json!({"start": {"line": 1, "character": 7}, "end": {"line": 1, "character": 11}});
    assert_eq!((&found[0]["range"], &found[0]["code"]), (&range, &json!("note.health")), "{found}");
    assert_eq!((&found[0]["severity"], &found[0]["source"]), (&json!(2), &json!("fritext")));
    assert!(found[0]["message"].as_str().is_some_and(|m| m.starts_with("Skriv vad skolan ska göra")), "{found}");
    let actions = editor.actions(&found);
    assert_eq!(actions.len(), 1, "{actions:?}");
    assert_eq!((&edit(&actions[0])["newText"], &edit(&actions[0])["range"]), (&json!("[borttaget]"), &range));
    assert_eq!(actions[0]["diagnostics"], found);
    editor.change(2, "Har adhd och är muslim");
    editor.change(3, "Har adhd och är muslim");
    let found = editor.diagnostics(3);
    assert_eq!(found.as_array().map(Vec::len), Some(2), "{found}");
    let actions = editor.actions(&found);
    let all = actions.last().expect("one for all of it");
    assert!(edit(all)["newText"].as_str().is_some_and(|t| !t.contains("adhd") && !t.contains("muslim")), "{all}");
    editor.change(4, "Bra jobbat");
    assert_eq!(editor.diagnostics(4), json!([]));
    editor.tell("textDocument/didClose", json!({"textDocument": {"uri": "file:///a.txt"}}));
    assert_eq!(editor.ask("textDocument/hover", json!({}))["error"]["code"], -32601);
    editor.end();
}

#[test]
fn the_place_comes_from_the_editor_and_positions_as_it_counts() {
    let utf8 = json!({"general": {"positionEncodings": ["utf-8", "utf-16"]}});
    let (mut editor, answer) = Editor::new(utf8, json!({"field": "franvaro", "locale": "en"}));
    assert_eq!(answer["result"]["capabilities"]["positionEncoding"], "utf-8");
    let found = editor.open("å är sjuk");
    assert_eq!((&found[0]["code"], &found[0]["range"]["start"]["character"]), (&json!("absence.health"), &json!(7)));
    let actions = editor.actions(&found);
    assert_eq!(actions[0]["title"], "Write ‘Frånvarande’");
    assert_eq!(
        edit(&actions[0])["range"]["start"],
        json!({"line": 0, "character": 0}),
        "the whole field is one wording"
    );
    editor.end();
}
