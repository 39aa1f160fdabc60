"""A process of the machine's own Python that runs one call, or those of one session. Arguments: the folder of Memoir's modules,
and "lines" where the server is reached through standard input and output, as base64, instead of a pipe."""

import base64
import json
import os
import resource
import socket
import struct
import sys
import threading
import time

sys.path.insert(0, os.path.join(sys.argv[1], "python"))
sys.dont_write_bytecode = True
import memoir_driver  # noqa: E402

PACKAGES = "/tmp/packages"
writing = threading.Lock()


class Lines:
    """A stream of bytes as lines of base64, which begins after a line of its own."""

    def __init__(self):
        self.source, self.sink, self.rest = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb"), b""
        nothing = os.open(os.devnull, os.O_RDWR)
        for fd in (0, 1):
            os.dup2(nothing, fd)
        os.close(nothing)
        self.sink.write(b"memoir-frames\n")

    def recv(self, most):
        if not self.rest:
            self.rest = base64.b64decode(self.source.readline())
        part, self.rest = self.rest[:most], self.rest[most:]
        return part

    def sendall(self, data):
        for at in range(0, len(data), 3 << 14):
            self.sink.write(base64.b64encode(data[at : at + (3 << 14)]) + b"\n")
        self.sink.flush()


pipe = Lines() if sys.argv[2:] == ["lines"] else socket.socket(fileno=3)


def read(count):
    parts = []
    while count:
        part = pipe.recv(min(count, 1 << 20))
        if not part:
            os._exit(0)
        parts.append(part)
        count -= len(part)
    return b"".join(parts)


def receive():
    head, blob = struct.unpack(">II", read(8))
    return json.loads(read(head)), read(blob)


def send(head, blob=b""):
    text = json.dumps(head).encode()
    with writing:
        pipe.sendall(struct.pack(">II", len(text), len(blob)) + text + blob)


class Call:
    def __init__(self, head, job):
        self.head, self.job, self.result, self.written = head, job, b"", 0

    def message(self, message):
        """What the driver sends: the counterpart of the device that it writes to elsewhere."""
        kind, body = message[:1], message[1:]
        if kind == b"J":
            return self.job
        if kind == b"A":
            question = json.loads(body)
            send({"type": "ask", "method": str(question["method"]), "params": question.get("params") or {}})
            return receive()[1]
        if kind == b"R":
            self.result = body
        return b""

    def forward(self, stream, source):
        """Sends output on as it comes, up to the limit; ten times as much ends the call."""
        import codecs

        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        while chunk := os.read(source, 1 << 16):
            text = decoder.decode(chunk)
            limit = self.head["outputChars"]
            room = max(0, limit - self.written)
            self.written += len(text)
            if room and text:
                send({"type": "output", "stream": stream, "text": text[:room]})
            if self.written > limit * 10:
                send({"type": "overflow"})
                os._exit(1)
        os.close(source)


def capture(call):
    """Takes the place of stdout and stderr. Gives back what ends it."""
    threads = []
    for stream, fd in (("stdout", 1), ("stderr", 2)):
        source, sink = os.pipe()
        os.dup2(sink, fd)
        os.close(sink)
        threads.append(threading.Thread(target=call.forward, args=(stream, source), daemon=True))
        threads[-1].start()

    def finish():
        nothing = os.open(os.devnull, os.O_WRONLY)
        for fd in (1, 2):
            os.dup2(nothing, fd)
        os.close(nothing)
        for thread in threads:
            thread.join(1)

    return finish


def held():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[0]) * resource.getpagesize()


def private():
    """Bytes that are this process's alone: what it wrote to since it began."""
    try:
        with open("/proc/self/smaps_rollup") as file:
            lines = [line.split() for line in file]
    except OSError:
        return 0
    return sum(int(line[1]) * 1024 for line in lines if line[0] in ("Private_Dirty:", "Swap:"))


def limit_memory(count):
    try:
        most = held() + count + (64 << 20)
    except OSError:
        most = count + (512 << 20)
    resource.setrlimit(resource.RLIMIT_AS, (most, most))


def main():
    os.chdir("/tmp")
    send({"type": "ready"})
    limited = False
    while True:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        own = private()
        head, blob = receive()
        if head["type"] == "file":
            os.makedirs(PACKAGES, exist_ok=True)
            with open(os.path.join(PACKAGES, os.path.basename(head["path"])), "wb") as file:
                file.write(blob)
            continue
        job = json.loads(blob)
        job["packages"] = [os.path.join(PACKAGES, os.path.basename(path)) for path in job["packages"]]
        call = Call(head, json.dumps(job).encode())
        memoir_driver.send = call.message
        finish = capture(call)
        if not limited:
            limit_memory(head["memoryBytes"])
            limited = True
        started = time.perf_counter()
        memoir_driver.main()
        took = (time.perf_counter() - started) * 1000
        finish()
        grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024
        # A call that found room in what the interpreter held already still wrote its arguments: a page.
        count = max(grown, private() - own, resource.getpagesize())
        send({"type": "done", "trouble": None, "durationMs": took, "memoryBytes": count}, call.result)
        send({"type": "clean", "clean": head["keep"]})
        if not head["keep"]:
            os._exit(0)


main()
