"""Runs a server under hostile conditions, and checks that nothing is lost, doubled, made up or blamed, and that it
answers for its health all the while.

Usage: soak.py RIDDLE CONDITION [COUNT]
Conditions: kill, full-disk, open-files, clock, slow-disk. Needs Linux; full-disk needs `unshare` where it is not run as
root, clock the library of faketime, slow-disk strace. With RIDDLE_SOAK_STRICT, for a machine with nothing else to do, a
run fails whose 99th percentile of the answers of health misses the goal.
"""

import glob
import json
import math
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.parse
import urllib.request

WORDS = "network router cable server memory disk index vector passage answer question riddle sieve".split()
# The goal: an answer of health, whatever else goes on.
HEALTH_GOAL_MS = 100
# A machine of tests may be slow itself: a run fails where more than this share of the answers takes longer than this.
HEALTH_LIMIT_MS, HEALTH_SHARE = 1000, 0.01
OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def call(base, method, path, body=None, timeout=60):
    """Status and JSON of an answer; status 0 where there was none."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(base + path, data, {"content-type": "application/json"}, method=method)
    try:
        with OPENER.open(request, timeout=timeout) as answer:
            return answer.status, json.loads(answer.read() or b"null")
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read() or b"null")
    except (OSError, ValueError):
        return 0, None


class Server:
    """The binary on a data folder; it may be started anew."""

    def __init__(self, riddle, folder, before=(), environment=None):
        self.command = [*before, riddle, "serve", "--listen", "127.0.0.1:0", "--data-dir", folder]
        self.folder, self.environment = folder, {**os.environ, **(environment or {})}
        self.log = open(os.path.join(tempfile.gettempdir(), f"soak-{os.getpid()}.log"), "ab")
        self.base, self.lives = None, 0

    def start(self):
        address = os.path.join(self.folder, "server.json")
        if os.path.exists(address):
            os.remove(address)
        self.process = subprocess.Popen(self.command, stdout=self.log, stderr=self.log, env=self.environment)
        while self.process.poll() is None:
            try:
                with open(address) as file:
                    self.base = "http://" + json.load(file)["address"]
                if call(self.base, "GET", "/api/v1/health")[0] == 200:
                    self.lives += 1
                    return
            except (OSError, ValueError, KeyError):
                pass
            time.sleep(0.05)
        sys.exit(f"the server ended with {self.process.returncode}; see {self.log.name}")

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(120)

    def kill(self):
        # What is asked from here on need not be answered.
        self.lives += 1
        self.process.kill()
        self.process.wait()


class Watch(threading.Thread):
    """Asks for health all the time."""

    def __init__(self, server):
        super().__init__(daemon=True)
        self.server, self.times, self.failures, self.done = server, [], 0, threading.Event()

    def run(self):
        while not self.done.wait(0.05):
            began, life = time.monotonic(), self.server.lives
            status, _ = call(self.server.base, "GET", "/api/v1/health")
            if status == 200:
                self.times.append((time.monotonic() - began) * 1000)
            elif life == self.server.lives and life % 2 == 1:
                self.failures += 1


class Client(threading.Thread):
    """Adds documents and deletes some, and remembers what it was promised."""

    def __init__(self, server, seed):
        super().__init__(daemon=True)
        self.server, self.random, self.done = server, random.Random(seed), threading.Event()
        self.accepted, self.maybe, self.gone, self.codes = {}, set(), set(), {}
        self.number = 0
        self.seed = seed

    def run(self):
        while not self.done.is_set():
            if self.accepted and self.random.random() < 0.1:
                self.delete()
            else:
                self.add()

    def add(self):
        self.number += 1
        name = f"{self.seed}-{self.number}.txt"
        text = " ".join(f"{self.random.choice(WORDS)}{self.random.randrange(9999)}" for _ in range(200))
        body = {"name": name, "text": text}
        status, answer = call(self.server.base, "POST", "/api/v1/knowledge-bases/soak/documents", body)
        self.codes[status] = self.codes.get(status, 0) + 1
        if status == 202:
            self.accepted[name] = answer["documents"][0]["id"]
        elif status == 0:
            self.maybe.add(name)
        if status != 202:
            time.sleep(0.05)

    def delete(self):
        name = self.random.choice(list(self.accepted))
        status, _ = call(self.server.base, "DELETE", f"/api/v1/documents/{self.accepted[name]}")
        if status == 204:
            self.gone.add(name)
            del self.accepted[name]
        elif status in (0, 409, 503):
            # Hidden already, or not yet.
            self.maybe.add(name)
            del self.accepted[name]


def documents(base):
    """Names and states of all documents."""
    found, cursor = [], ""
    while True:
        path = "/api/v1/knowledge-bases/soak/documents?limit=1000"
        status, page = call(base, "GET", path + cursor)
        assert status == 200, f"documents cannot be listed: {status} {page}"
        found += [(document["name"], document["status"]) for document in page["documents"]]
        if not page.get("next_cursor"):
            return found
        cursor = "&cursor=" + urllib.parse.quote(page["next_cursor"])


def settle(base, limit_s=1200):
    end = time.monotonic() + limit_s
    while time.monotonic() < end:
        status, health = call(base, "GET", "/api/v1/health")
        if status == 200 and health["queue"]["pending_documents"] == health["queue"]["outbox_lag"] == 0:
            return
        time.sleep(0.2)
    sys.exit("the server did not come to rest")


def percentile(ascending, share):
    """The nearest value that this share of them does not exceed."""
    return ascending[max(0, math.ceil(len(ascending) * share) - 1)]


def health_of(watch):
    """What is to be said about the answers of health, and what is wrong with them."""
    times, asked = sorted(watch.times), len(watch.times) + watch.failures
    if not times:
        return "health was never answered", "health was never answered"
    above = {limit: sum(one > limit for one in times) for limit in (HEALTH_GOAL_MS, HEALTH_LIMIT_MS)}
    said = (
        f"health asked {asked} times, p50 {percentile(times, 0.5):.1f} ms, p99 {percentile(times, 0.99):.0f} ms, worst "
        f"{times[-1]:.0f} ms, {above[HEALTH_GOAL_MS]} above the goal of {HEALTH_GOAL_MS} ms, "
        f"{above[HEALTH_LIMIT_MS]} above {HEALTH_LIMIT_MS} ms, {watch.failures} without an answer"
    )
    late = above[HEALTH_LIMIT_MS] + watch.failures
    if late > asked * HEALTH_SHARE:
        return said, f"{late} of {asked} answers of health came after {HEALTH_LIMIT_MS} ms or never"
    if os.environ.get("RIDDLE_SOAK_STRICT") and percentile(times, 0.99) > HEALTH_GOAL_MS:
        return said, f"more than one of a hundred answers of health took longer than {HEALTH_GOAL_MS} ms"
    return said, None


def judge(what, server, watch, clients):
    """Prints one line, and ends with an error where something is wrong."""
    settle(server.base)
    found = documents(server.base)
    names = [name for name, _ in found]
    accepted = {name for client in clients for name in client.accepted}
    gone = {name for client in clients for name in client.gone}
    maybe = {name for client in clients for name in client.maybe}
    codes = {}
    for client in clients:
        for code, count in client.codes.items():
            codes[code] = codes.get(code, 0) + count
    status, audit = call(server.base, "POST", "/api/v1/audit", {"originals": True}, 600)
    wrong = {
        "lost": len(accepted - set(names)),
        "doubled": len(names) - len(set(names)),
        "come back": len(gone & set(names)),
        "made up": len(set(names) - accepted - maybe - gone),
        "not ready": sum(state != "ready" for _, state in found),
        "inconsistent": int(status != 200 or not audit["consistent"]),
        "damaged originals": audit["originals"]["damaged"] if status == 200 else -1,
    }
    health, problem = health_of(watch)
    print(
        f"{what}: {len(accepted)} accepted and kept, {len(gone)} deleted, answers {dict(sorted(codes.items()))}; "
        f"{health}; {wrong}",
        flush=True,
    )
    if any(wrong.values()):
        sys.exit("something was lost, doubled, made up or blamed")
    if problem:
        sys.exit(problem)


def work(server, clients=2):
    call(server.base, "POST", "/api/v1/knowledge-bases", {"name": "soak"})
    watch = Watch(server)
    threads = [Client(server, seed) for seed in range(clients)]
    for thread in [watch, *threads]:
        thread.start()
    return watch, threads


def end(watch, clients):
    for thread in [watch, *clients]:
        thread.done.set()
    for thread in [watch, *clients]:
        thread.join()


def kill(riddle, folder, count):
    """The server is killed at any moment and started anew."""
    server = Server(riddle, folder)
    server.start()
    watch, clients = work(server)
    for _ in range(count):
        time.sleep(random.uniform(0.2, 3))
        server.kill()
        server.start()
    end(watch, clients)
    judge(f"{count} kills", server, watch, clients)
    server.stop()


def full_disk(riddle, folder, count):
    """A small disk that somebody else fills, again and again; now and then the server is killed on it."""
    subprocess.check_call(["mount", "-t", "tmpfs", "-o", "size=256m", "tmpfs", folder])
    server = Server(riddle, folder)
    server.start()
    watch, clients = work(server)
    ballast, kills = os.path.join(folder, "ballast"), 0
    for number in range(count):
        time.sleep(random.uniform(0.2, 1.5))
        with open(ballast, "wb", buffering=0) as file:
            try:
                while True:
                    file.write(bytes(1 << 16))
            except OSError:
                pass
        time.sleep(random.uniform(0.2, 1.5))
        if number % 5 == 4:
            server.kill()
            os.remove(ballast)
            server.start()
            kills += 1
        else:
            os.remove(ballast)
    end(watch, clients)
    judge(f"{count} full disks, {kills} kills on them", server, watch, clients)
    server.stop()


def open_files(riddle, folder, count):
    """Few files may be open, and strangers take all connections that they get."""
    server = Server(riddle, folder, ["bash", "-c", 'ulimit -Sn 256 -Hn 256; exec "$@"', "-"])
    server.start()
    watch, clients = work(server)
    host, port = server.base.removeprefix("http://").split(":")
    for _ in range(count):
        strangers = []
        for _ in range(400):
            try:
                strangers.append(socket.create_connection((host, int(port)), timeout=5))
            except OSError:
                break
        time.sleep(1)
        for stranger in strangers:
            stranger.close()
    end(watch, clients)
    judge(f"{count} times 400 idle connections with 256 open files", server, watch, clients)
    server.stop()


def clock(riddle, folder, count):
    """The clock of the machine jumps while the server works."""
    libraries = glob.glob("/usr/lib/*/faketime/libfaketime.so.1")
    if not libraries:
        sys.exit("libfaketime is missing: apt-get install faketime")
    time_file = os.path.join(tempfile.gettempdir(), f"soak-clock-{os.getpid()}")

    def jump(seconds):
        with open(time_file + ".new", "w") as file:
            file.write(f"{seconds:+d}s")
        os.replace(time_file + ".new", time_file)

    jump(0)
    environment = {
        "LD_PRELOAD": libraries[0],
        "FAKETIME_TIMESTAMP_FILE": time_file,
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }
    server = Server(riddle, folder, environment=environment)
    server.start()
    watch, clients = work(server)
    for _ in range(count):
        time.sleep(0.5)
        jump(random.choice([-86_400 * 400, -3_600, -1, 1, 3_600, 86_400, 86_400 * 400]))
    jump(0)
    end(watch, clients)
    judge(f"{count} jumps of the clock", server, watch, clients)
    server.stop()


def slow_disk(riddle, folder, count):
    """Each call that makes something durable takes as long as on a bad disk."""
    if not shutil.which("strace"):
        sys.exit("strace is missing: apt-get install strace")
    calls = "fsync,fdatasync,msync"
    slow = f"inject={calls}:delay_enter=200000"
    before = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", f"trace={calls}", "-e", slow]
    server = Server(riddle, folder, before)
    server.start()
    watch, clients = work(server)
    time.sleep(count)
    end(watch, clients)
    judge(f"{count} s on a disk that takes 200 ms for each durable write", server, watch, clients)
    with open(os.path.join(folder, "server.json")) as file:
        os.kill(json.load(file)["pid"], signal.SIGTERM)
    server.process.wait(120)


CONDITIONS = {
    "kill": (kill, 50),
    "full-disk": (full_disk, 100),
    "open-files": (open_files, 20),
    "clock": (clock, 60),
    "slow-disk": (slow_disk, 60),
}


def main():
    riddle, name = os.path.abspath(sys.argv[1]), sys.argv[2]
    condition, count = CONDITIONS[name]
    if name == "full-disk" and os.geteuid() != 0:
        os.execvp("unshare", ["unshare", "--map-root-user", "--mount", sys.executable, *sys.argv])
    folder = tempfile.mkdtemp(prefix="riddle-soak-")
    try:
        condition(riddle, folder, int(sys.argv[3]) if len(sys.argv) > 3 else count)
    finally:
        subprocess.run(["umount", folder], stderr=subprocess.DEVNULL)
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
