//! The service, and one that does nothing but read JSON and write it again.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

/// A running server; ends with the value.
pub struct Server {
    pub address: SocketAddr,
    pub socket: PathBuf,
    folder: PathBuf,
    child: Child,
}

impl Server {
    /// `fritext serve` with these lines below `serve:`.
    pub fn fritext(lines: &str) -> Self {
        static NEXT: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
        let number = NEXT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("fritext-bench-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder");
        let lines: String = lines.lines().map(|l| format!("  {l}\n")).collect();
        let socket = folder.join("s");
        let config = folder.join("fritext.yaml");
        let text = format!("serve:\n  listen: 127.0.0.1:0\n  socket: {}\n{lines}", socket.display());
        std::fs::write(&config, text).expect("written");
        let mut command = Command::new(env!("CARGO_BIN_EXE_fritext"));
        command.arg("--config").arg(config).arg("serve");
        Self::start(command, folder, socket)
    }

    /// The other one.
    pub fn echo() -> Self {
        let mut command = Command::new(std::env::current_exe().expect("a path"));
        command.arg("echo");
        Self::start(command, PathBuf::new(), PathBuf::new())
    }

    fn start(mut command: Command, folder: PathBuf, socket: PathBuf) -> Self {
        let mut child = command.stderr(Stdio::piped()).spawn().expect("it starts");
        let mut lines = BufReader::new(child.stderr.take().expect("a pipe")).lines().map_while(Result::ok);
        let address = lines.find_map(|l| {
            let after = l.split("http://").nth(1)?;
            after[..after.find(|c: char| !c.is_ascii_digit() && c != '.' && c != ':').unwrap_or(after.len())]
                .parse()
                .ok()
        });
        std::thread::spawn(move || lines.for_each(drop));
        Self { address: address.expect("it says where it listens"), socket, folder, child }
    }

    /// Bytes of memory that are resident.
    pub fn memory(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap_or_default();
        let line = status.lines().find(|l| l.starts_with("VmRSS:")).unwrap_or_default();
        line.split_whitespace().nth(1).and_then(|n| n.parse::<u64>().ok()).unwrap_or_default() << 10
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if !self.folder.as_os_str().is_empty() {
            let _ = std::fs::remove_dir_all(&self.folder);
        }
    }
}

/// Reads JSON and writes it again, with axum as it comes.
pub fn echo() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("threads");
    runtime.block_on(async {
        let answer = async |body: hyper::body::Bytes| {
            let value: serde_json::Value = serde_json::from_slice(&body).expect("JSON");
            ([("content-type", "application/json")], serde_json::to_vec(&value).expect("JSON"))
        };
        let router = axum::Router::new().route("/v1/check", axum::routing::post(answer));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        eprintln!("http://{}", listener.local_addr().expect("an address"));
        axum::serve(listener, router).await.expect("it serves");
    });
}
