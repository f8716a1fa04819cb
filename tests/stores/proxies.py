"""HTTP proxies between the server and a store: one of our own that counts, refuses, stalls and lies, and tinyproxy."""

import base64
import os
import shutil
import socket
import subprocess
import threading
import time

PIECE = 1 << 16
SECONDS = 60
FOUND = "HTTP/1.1 200 Connection established\r\n\r\n"


class Proxy:
    """with Proxy() as proxy: ... Every name is 127.0.0.1 to it. `mode`: how it answers from now on:

      None       as a proxy does
      a number   this status, to everything
      "stall"    not at all
      "garbage"  with what is no HTTP
      "endless"  with headers that don't end
    """

    def __init__(self, password=None):
        self.expected = "Basic " + base64.b64encode(password.encode()).decode() if password else None
        self.mode, self.heads, self.lock, self.open = None, [], threading.Lock(), set()

    def __enter__(self):
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.listener.close()
        self.cut()

    def cut(self):
        """Ends every connection, so that the next request needs a new one."""
        with self.lock:
            sockets, self.open = self.open, set()
        for one in sockets:
            try:
                one.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def forget(self):
        with self.lock:
            self.heads = []

    def seen(self, method=""):
        """The heads of the requests that were made to the proxy itself."""
        with self.lock:
            return [head for head in self.heads if head.startswith(method)]

    def _accept(self):
        while True:
            try:
                client = self.listener.accept()[0]
            except OSError:
                return
            with self.lock:
                self.open.add(client)
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        try:
            with client:
                data = b""
                while self._one(client, data):
                    data = b""
        except OSError:
            pass
        finally:
            with self.lock:
                self.open.discard(client)

    def _head(self, client):
        data = b""
        while b"\r\n\r\n" not in data:
            piece = client.recv(PIECE)
            if not piece:
                return None, b""
            data += piece
        head, rest = data.split(b"\r\n\r\n", 1)
        return head.decode("latin-1"), rest

    def _one(self, client, _):
        """One request. Whether another may follow."""
        head, rest = self._head(client)
        if head is None:
            return False
        with self.lock:
            self.heads.append(head)
            mode = self.mode
        if mode == "stall":
            while self.mode == "stall" and client in self.open:
                time.sleep(0.05)
            return False
        if mode == "garbage":
            client.sendall(b"SSH-2.0-OpenSSH_9.2p1\r\n\r\n")
            return False
        if mode == "endless":
            client.sendall(b"HTTP/1.1 200 OK\r\nx: " + b"a" * 100000)
            return False
        lines = head.split("\r\n")
        if mode is None and self.expected and "proxy-authorization: " + self.expected.lower() not in head.lower():
            mode = 407
        if mode:
            client.sendall(("HTTP/1.1 %d No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n" % mode).encode())
            return False
        method, target, version = lines[0].split(" ")
        if method == "CONNECT":
            far = socket.create_connection(("127.0.0.1", int(target.rsplit(":", 1)[1])))
            client.sendall(FOUND.encode())
        else:
            assert target.startswith("http://"), target
            authority, path = target[len("http://"):].split("/", 1)
            far = socket.create_connection(("127.0.0.1", int(authority.rsplit(":", 1)[1])))
            kept = [line for line in lines[1:] if not line.lower().startswith(("proxy-", "connection:"))]
            far.sendall("\r\n".join(["%s /%s %s" % (method, path, version), "Connection: close", *kept, "", ""]).encode("latin-1"))
        with self.lock:
            self.open.add(far)
        with far:
            far.sendall(rest)
            back = threading.Thread(target=self._copy, args=(far, client), daemon=True)
            back.start()
            self._copy(client, far)
            back.join()
        return False

    @staticmethod
    def _copy(one, other):
        try:
            while True:
                piece = one.recv(PIECE)
                if not piece:
                    break
                other.sendall(piece)
        except OSError:
            pass
        for end in one, other:
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass


class Tinyproxy:
    """The same, by a program that many networks have."""

    def __init__(self, base, password, environment):
        self.directory, self.password, self.environment = base, password, environment

    def __enter__(self):
        os.makedirs(self.directory, exist_ok=True)
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port = probe.getsockname()[1]
        self.log = os.path.join(self.directory, "log")
        path = os.path.join(self.directory, "conf")
        with open(path, "w", encoding="ascii") as file:
            file.write("Port %d\nListen 127.0.0.1\nTimeout 60\nAllow 127.0.0.1\nMaxClients 200\nLogLevel Connect\nLogFile \"%s\"\n"
                       "BasicAuth %s\n" % (self.port, self.log, self.password.replace(":", " ")))
        self.process = subprocess.Popen([shutil.which("tinyproxy", path=os.environ["PATH"] + ":/usr/sbin"), "-d", "-c", path],
                                        env=self.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
                return self
            except OSError:
                time.sleep(0.05)
        raise RuntimeError("tinyproxy did not start")

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(SECONDS)

    def said(self):
        with open(self.log, encoding="utf-8", errors="replace") as file:
            return file.read()
