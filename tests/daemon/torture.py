#!/usr/bin/env python3
"""Tortures `fritext watch` from outside and looks whether anything is lost, leaked or done twice.

    torture.py BINARY kills    --kills 1000 --files 10000   killed at random while files arrive
    torture.py BINARY syscalls --every 1                     killed at the N-th call of each kind (needs strace)
    torture.py BINARY errors   --every 1                     the N-th call fails once: ENOSPC, EIO, EXDEV, EACCES (needs strace)
    torture.py BINARY full                                   each folder in turn on a disk that is full (needs to mount tmpfs)
    torture.py BINARY storm    --files 20000                 the queue of messages of the file system overflows
    torture.py BINARY folders  --files 10000                 files in new folders; by messages alone, then by walks alone
    torture.py BINARY writers                                a slow writer, a file replaced again and again, links and pipes
    torture.py BINARY locked                                 another program holds the ledger; one bit of it is flipped
    torture.py BINARY drop     --files 10000                 time of a drop beside a bare loop (write, fsync, rename)
    torture.py BINARY idle     --files 100000                what an idle daemon costs beside `find -size`

Ends with 0 if every invariant held, with 1 and the first violation otherwise. Everything happens in a new folder under
--dir (default: the temporary folder), which is removed if all went well. The judge below knows nothing of fritext: it knows
what was put in, and what must be where.
"""
import argparse, collections, json, os, random, re, shutil, signal, subprocess, sys, tempfile, threading, time

SECRET = "epilepsi"


class Violation(Exception):
    pass


def need(condition, message):
    if not condition:
        raise Violation(message)


class Site:
    def __init__(self, args, mode="gate", settle="0ms", rescan="1s", events="auto", name="site", system="vklass", places=None):
        self.binary = args.binary
        self.root = tempfile.mkdtemp(prefix=f"fritext-{name}-", dir=args.dir)
        self.inbox, self.out, self.kept, self.state = (f"{self.root}/{d}" for d in ("in", "out", "kept", "state"))
        for folder in (self.inbox, self.out, self.kept):
            os.makedirs(folder)
        for where, path in (places or {}).items():
            setattr(self, where, path)
        gate = f"mode: gate, output: {self.out}, quarantine: {self.kept}" if mode == "gate" else "mode: flag"
        self.config = f"{self.root}/fritext.yaml"
        with open(self.config, "w") as f:
            f.write(f"extends: builtin\nwatch:\n  state: {self.state}\n  workers: 2\n  folders:\n    - {{path: {self.inbox}, system: {system}, "
                    f"field: kommentar, {gate}, settle: {settle}, rescan: {rescan}, events: {events}}}\n")
        self.put_in = {}

    def command(self, *more):
        return [self.binary, "-q", "--config", self.config, *more]

    def start(self, *prefix, once=False):
        words = self.command("watch", *(["--once"] if once else []))
        return subprocess.Popen([*prefix, *words], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def once(self, expected=(0, 1)):
        ran = subprocess.run(self.command("watch", "--once"), capture_output=True, text=True, timeout=600)
        need(ran.returncode in expected, f"--once ended with {ran.returncode}: {ran.stderr[-500:]}")

    def put(self, name, content):
        path = f"{self.inbox}/{name}"
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(f"{self.root}/new", "wb") as f:
            f.write(content)
        os.rename(f"{self.root}/new", path)
        self.put_in[name] = content

    def rows(self):
        ran = subprocess.run(self.command("ledger", "list", "--format", "jsonl"), capture_output=True, text=True)
        need(ran.returncode == 0, f"the ledger cannot be listed: {ran.stderr}")
        return [json.loads(line) for line in ran.stdout.splitlines()]

    def verified(self):
        return subprocess.run(self.command("ledger", "verify"), capture_output=True).returncode == 0

    def done(self):
        """All is as it must be at the end."""
        out, kept, left = files(self.out), files(self.kept), files(self.inbox)
        need(not left, f"left in the inbox: {sorted(left)[:5]}")
        for name, content in self.put_in.items():
            result, keeps = judge(content)
            need(out.get(name) == result, f"{name}: its result is {out.get(name)!r} and not {result!r}")
            need(kept.get(name) == (content if keeps else None), f"{name}: what is kept is {kept.get(name)!r}")
        need(len(out) == sum(judge(c)[0] is not None for c in self.put_in.values()), f"other names: {sorted(set(out) - set(self.put_in))[:5]}")
        need(len(kept) == sum(judge(c)[1] for c in self.put_in.values()), f"other names: {sorted(set(kept) - set(self.put_in))[:5]}")
        rows = collections.Counter(r["path"] for r in self.rows())
        need(set(rows) == set(self.put_in) and set(rows.values()) <= {1}, f"rows: {[(p, n) for p, n in rows.items() if n != 1][:5]}, {len(rows)} of {len(self.put_in)}")
        need(self.verified(), "the chain does not hold")
        self.sweep()

    def sweep(self):
        """No secret outside inbox and quarantine, nothing left lying about."""
        for folder in (self.state, f"{self.out}/.fritext-staging"):
            for name, content in files(folder, hidden=True).items():
                need(SECRET.encode() not in content, f"a secret in {folder}/{name}")
        staged = [n for n in files(f"{self.out}/.fritext-staging", hidden=True) if n != "lock"]
        need(not staged, f"left in staging: {staged[:3]}")
        need(not files(f"{self.state}/spool", hidden=True), "left in the spool")

    def end(self):
        shutil.rmtree(self.root, ignore_errors=True)


def content(i):
    return [f"Har {SECRET} {i}\n", f"Id;Kommentar\n{i};Har {SECRET}\n", f"Sitter längst fram {i}\n", f"PK\x03\x04 {i}"][i % 4].encode()


def name_of(i):
    return f"{i % 37}/f{i}.{'csv' if i % 4 == 1 else 'txt'}"


def judge(content):
    """What becomes of a file: its result, and whether its original is kept."""
    if content.startswith(b"PK"):
        return None, True
    if SECRET.encode() in content:
        return content.replace(SECRET.encode(), b"[borttaget]"), True
    return content, False


def files(root, hidden=False):
    out = {}
    for folder, folders, names in os.walk(root):
        if not hidden:
            folders[:] = [f for f in folders if f != ".fritext-staging"]
        for name in names:
            path = os.path.join(folder, name)
            try:
                with open(path, "rb") as f:
                    out[os.path.relpath(path, root)] = f.read()
            except OSError:
                pass
    return out


class Observer(threading.Thread):
    """Looks at the output all the time: nothing unredacted, nothing half written."""
    def __init__(self, site):
        super().__init__(daemon=True)
        self.site, self.stop, self.looks, self.wrong = site, False, 0, None

    def run(self):
        while not self.stop and self.wrong is None:
            for name, content in files(self.site.out).items():
                self.looks += 1
                if SECRET.encode() in content or not content.endswith(b"\n"):
                    self.wrong = f"seen in the output: {name}: {content[:60]!r}"
            time.sleep(0.01)

    def finish(self):
        self.stop = True
        self.join()
        need(self.wrong is None, self.wrong)
        need(self.looks > 0, "the observer saw nothing")
        return self.looks


def kills(args):
    site, rng, put = Site(args, name="kills"), random.Random(args.seed), 0
    observer = Observer(site)
    observer.start()
    begun = time.time()
    for kill in range(args.kills):
        target = args.files * (kill + 1) // args.kills
        for i in range(put, target):
            site.put(name_of(i), content(i))
        put = target
        daemon = site.start()
        time.sleep(rng.uniform(0.01, 0.12))
        daemon.kill()
        daemon.wait()
    site.once()
    looks = observer.finish()
    site.done()
    print(f"kills {args.kills}, files {args.files}, looks of the observer {looks}, {time.time() - begun:.0f} s: 0 violations")
    site.end()


CALLS = ["renameat2", "rename", "unlinkat", "unlink", "fsync", "fdatasync", "pwrite64", "write", "openat", "mkdir", "ftruncate"]


def small(args, name):
    site = Site(args, name=name)
    for i in range(8):
        site.put(name_of(i), content(i))
    return site


def count_calls(args):
    site = small(args, "count")
    log = f"{site.root}/strace"
    subprocess.run(["strace", "-f", "-qq", "-e", "trace=" + ",".join(CALLS), "-o", log, *site.command("watch", "--once")], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=300)
    # Counters of injection are per thread; the busiest thread sets how far to count.
    counts = collections.defaultdict(collections.Counter)
    with open(log, errors="replace") as f:
        for line in f:
            match = re.match(r"(\d+) +(\w+)\(", line)
            if match:
                counts[match.group(2)][match.group(1)] += 1
    site.done()
    site.end()
    return {call: max(of.values()) for call, of in counts.items() if call in CALLS}


def each_call(args, injections, how):
    points, held, begun = 0, 0, time.time()
    for call, most in sorted(count_calls(args).items()):
        for injection in injections:
            for nth in range(1, most + 1, args.every):
                site = small(args, "call")
                watched = Observer(site)
                watched.start()
                ran = subprocess.Popen(["strace", "-f", "-qq", "-o", f"{site.root}/strace", "-e", f"trace={call}", "-e", f"inject={call}:{injection}:when={nth}", *site.command("watch", "--once")], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                try:
                    ran.wait(60)
                except subprocess.TimeoutExpired:
                    ran.kill()
                    ran.wait()
                with open(f"{site.root}/strace", errors="replace") as f:
                    log = f.read()
                held += "INJECTED" in log or "killed by SIGKILL" in log
                site.once()
                watched.stop = True
                watched.join()
                try:
                    need(watched.wrong is None, watched.wrong)
                    site.done()
                except Violation as e:
                    raise Violation(f"{call} {injection} {nth} ({site.root}): {e}")
                points += 1
                site.end()
    need(held > 0, "nothing was hit")
    print(f"{how}: {points} points, {held} runs hit, {time.time() - begun:.0f} s: 0 violations")


def syscalls(args):
    each_call(args, ["signal=KILL"], "killed at a call")


def errors(args):
    each_call(args, [f"error={e}" for e in ("ENOSPC", "EIO", "EXDEV", "EACCES")], "a call fails")


def wait_for(what, seconds, message):
    end = time.time() + seconds
    while not what():
        need(time.time() < end, message() if callable(message) else message)
        time.sleep(0.1)


def full(args):
    for where in ("out", "kept", "state"):
        place = tempfile.mkdtemp(prefix="fritext-disk-", dir=args.dir)
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", place]).returncode != 0:
            raise Violation("a tmpfs cannot be mounted here: run this as root or under `unshare --map-root-user --mount`")
        try:
            site = Site(args, name="full", places={where: place if where != "state" else f"{place}/state"})
            big = "Sitter längst fram och räknar.\n" * 4000
            for i in range(24):
                site.put(f"f{i}.txt", f"Har {SECRET} {i}\n{big}".encode())
            daemon = site.start()
            time.sleep(4)
            need(daemon.poll() is None or where == "state", f"{where}: the daemon ended")
            originals = {**files(site.inbox), **files(site.kept)}
            need({k: v for k, v in originals.items()} == site.put_in, f"{where}: an original is missing or changed")
            for name, seen in files(site.out).items():
                need(seen == judge(site.put_in[name])[0], f"{where}: {name} is not whole")
            need(len(files(site.inbox)) > 0 or where == "state", f"{where}: the disk was not full")
            subprocess.run(["mount", "-o", "remount,size=64m", place], check=True)
            if daemon.poll() is not None:
                daemon = site.start()
            wait_for(lambda: not files(site.inbox), 90, f"{where}: not taken up after there was space")
            daemon.terminate()
            need(daemon.wait(10) == 0, "SIGTERM")
            site.done()
        finally:
            daemon.kill()
            subprocess.run(["umount", "-l", place])
            os.rmdir(place)
        print(f"full: {where}: 0 violations")
        site.end()


def all_taken(args, site, daemon, what):
    """Waits until the inbox is empty, ends the daemon, looks through the site: how long it took, in seconds."""
    begun = time.time()
    wait_for(lambda: not any(f for _, _, f in os.walk(site.inbox)), 60 + args.files / 200, lambda: f"{what}: {len(files(site.inbox))} not seen")
    took = time.time() - begun
    daemon.terminate()
    need(daemon.wait(10) == 0, "SIGTERM")
    site.done()
    return took


def storm(args):
    site = Site(args, name="storm", rescan="1h")
    daemon = site.start()
    time.sleep(1)
    daemon.send_signal(signal.SIGSTOP)
    for i in range(args.files):
        site.put(name_of(i), content(i))
    daemon.send_signal(signal.SIGCONT)
    took = all_taken(args, site, daemon, "storm")
    print(f"storm: {args.files} files while stopped, {took:.1f} s after: 0 violations")
    site.end()


def folders(args):
    for what, events, rescan in (("by messages", "native", "24h"), ("by walks", "poll", "2s")):
        site = Site(args, name="folders", events=events, rescan=rescan)
        daemon = site.start()
        time.sleep(1)
        for i in range(args.files):
            site.put(f"d{i % (args.files // 10)}/e/f{i}.txt", content(i))
        took = all_taken(args, site, daemon, what)
        print(f"folders {what}: {args.files} files in {args.files // 10} new folders, {took:.1f} s after the last: 0 missed")
        site.end()


def writers(args):
    site = Site(args, name="writers", settle="1s")
    canary = f"{site.root}/outside.txt"
    with open(canary, "w") as f:
        f.write(f"Har {SECRET}\n")
    os.symlink(canary, f"{site.inbox}/link.txt")
    os.symlink(site.root, f"{site.inbox}/folder")
    os.mkfifo(f"{site.inbox}/pipe.txt")
    daemon = site.start()
    parts = [f"rad {i}: Har {SECRET}\n".encode() * 20 for i in range(6)]
    with open(f"{site.inbox}/slow.txt", "wb", buffering=0) as f:
        for part in parts:
            f.write(part)
            time.sleep(2.5)
            need(not files(site.out) and not files(site.kept), "a file that is being written was taken")
    wait_for(lambda: "slow.txt" in files(site.out), 20, "the slow file was not done")
    need(files(site.out)["slow.txt"] == judge(b"".join(parts))[0], "the slow file is not whole")
    for i in range(300):
        site.put("again.txt", f"Har {SECRET} {i}\n".encode())
        time.sleep(0.01)
    wait_for(lambda: not os.path.exists(f"{site.inbox}/again.txt"), 20, "the last version was not done")
    time.sleep(0.5)
    need(files(site.out)["again.txt"] == b"Har [borttaget] 299\n", "not the last version")
    states = [r["state"] for r in site.rows() if r["path"] == "again.txt"]
    need(states[-1] == "redacted" and set(states[:-1]) <= {"superseded"}, f"states {states}")
    need(open(canary).read() == f"Har {SECRET}\n" and os.path.islink(f"{site.inbox}/link.txt"), "a link was followed")
    daemon.terminate()
    need(daemon.wait(10) == 0, "SIGTERM")
    site.sweep()
    print("writers: 0 violations")
    site.end()


def locked(args):
    import sqlite3
    site = Site(args, name="locked")
    site.put("a.txt", content(0))
    site.once()
    daemon = site.start()
    time.sleep(1)
    db = sqlite3.connect(f"{site.state}/ledger.sqlite", isolation_level=None)
    db.execute("BEGIN EXCLUSIVE")
    for i in range(1, 20):
        site.put(f"later{i}.txt", content(4 * i))
    time.sleep(12)
    need({**files(site.inbox), **files(site.kept)} == site.put_in, "an original is missing while the ledger is held")
    need(set(files(site.out)) == {"a.txt"}, "something was released without a row")
    db.execute("ROLLBACK")
    db.close()
    if daemon.poll() is not None:
        daemon = site.start()
    wait_for(lambda: not files(site.inbox), 60, "not taken up after the ledger was free")
    daemon.terminate()
    need(daemon.wait(10) == 0, "SIGTERM")
    site.done()
    with open(f"{site.state}/ledger.sqlite", "rb+") as f:
        whole = f.read()
        at = whole.rindex(b'"redacted"')
        f.seek(at + 1)
        f.write(bytes([whole[at + 1] ^ 1]))
    need(not site.verified(), "a flipped bit was not noticed")
    print("locked: 0 violations")
    site.end()


def drop(args):
    site = Site(args, name="drop", rescan="30s")
    text = ("Elev sitter längst fram vid fönstret och räknar tal på sidan 12. " * 40).encode()[:1980]
    ratios = []
    for round_ in range(3):
        bare = f"{site.root}/bare{round_}"
        os.makedirs(bare)
        begun = time.time()
        for i in range(args.files):
            fd = os.open(f"{bare}/.{i}", os.O_CREAT | os.O_WRONLY, 0o644)
            os.write(fd, text)
            os.fsync(fd)
            os.close(fd)
            os.rename(f"{bare}/.{i}", f"{bare}/{i}.txt")
        plain = time.time() - begun
        for i in range(args.files):
            with open(f"{site.inbox}/r{round_}-{i}.txt", "wb") as f:
                f.write((f"Har {SECRET}. " if i % 10 == 0 else "Hej igen. ").encode() + text)
        begun = time.time()
        site.once()
        took = time.time() - begun
        ratios.append(took / plain)
        print(f"drop: {args.files} files of 2 KB: {took:.1f} s; bare loop {plain:.1f} s; ratio {took / plain:.2f}")
    print(f"drop: median ratio {sorted(ratios)[1]:.2f}")
    site.end()


def cpu(pid):
    with open(f"/proc/{pid}/stat") as f:
        fields = f.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def idle(args):
    site = Site(args, mode="flag", name="idle", rescan="5s")
    for i in range(args.files):
        site.put(f"{i % 100}/f{i}.txt", f"Sitter längst fram {i}\n".encode())
    begun = time.time()
    daemon = site.start()
    status = lambda: json.load(open(f"{site.state}/status.json"))
    wait_for(lambda: os.path.exists(f"{site.state}/status.json") and sum(status()["done"].values()) == args.files, 1800, "not done")
    print(f"idle: {args.files} files read in {time.time() - begun:.0f} s")
    time.sleep(8)
    before, walks = cpu(daemon.pid), status()["walks"]
    time.sleep(60)
    spent, walked = cpu(daemon.pid) - before, status()["walks"] - walks
    finds = []
    for _ in range(5):
        ran = subprocess.run(["bash", "-c", f"TIMEFORMAT='%U %S'; time find {site.inbox} -type f -size +0 | wc -l"], capture_output=True, text=True)
        finds.append(sum(map(float, ran.stderr.split())))
    with open(f"/proc/{daemon.pid}/status") as f:
        memory = next(line.split()[1] for line in f if line.startswith("VmHWM"))
    per_walk, find = spent / max(walked, 1), sorted(finds)[2]
    print(f"idle: {walked} walks in 60 s, {per_walk * 1000:.0f} ms CPU each; find {find * 1000:.0f} ms; ratio {per_walk / find:.2f}; peak memory {int(memory) // 1024} MiB")
    daemon.terminate()
    daemon.wait(10)
    site.end()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary")
    parser.add_argument("what", nargs="+", choices=["kills", "syscalls", "errors", "full", "storm", "folders", "writers", "locked", "drop", "idle"])
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--files", type=int, default=10000)
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--dir")
    args = parser.parse_args()
    args.binary = os.path.abspath(args.binary)
    for what in args.what:
        try:
            globals()[what](args)
        except Violation as e:
            print(f"{what}: VIOLATION: {e}", file=sys.stderr)
            sys.exit(1)


main()
