#!/usr/bin/python3
"""Stores behind an HTTP proxy: SET, CHECK and `breakwater check` through one of our own and through tinyproxy, over http and
https; what the proxy gets to see, and what is said if it refuses, stalls, lies or isn't there.

    proxy_test.py --server PROGRAM --shim SHIM
"""

import argparse
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import names  # noqa: E402
from certificates import Certificates  # noqa: E402
from emulated import CERTIFICATE_NAMES, SECRET, Emulator  # noqa: E402
from harness.server import Server, attempt, query, wait_until  # noqa: E402
from proxies import Proxy, Tinyproxy  # noqa: E402
from statements import HOSTS, Store, check, hints, set_to  # noqa: E402

NOBODY = "nothing.invalid=127.0.0.1"     # no store has a name that this machine knows
PASSWORD = "backup:proxy-Secret-0123"
HTTP = ["--set", "backup_dest_allow_http=true"]


def secret_file(base, content=PASSWORD, name="password"):
    path = os.path.join(base, name)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="ascii") as file:
        file.write(content + "\n")
    return path


def https(store):
    return lambda path: store.uri(path).replace("http://%s:%d" % (HOSTS[store.provider], store.emulator.http),
                                                "https://%s:%d" % (HOSTS[store.provider], store.emulator.https))


def new_server(options, base, name, settings, hosts=NOBODY, env=None):
    server = Server(options.server, os.path.join(base, name), settings,
                    env=dict(names.environment(options.shim, hosts), **(env or {})))
    server.start()
    query(server.connect("root@sys"), "CREATE TENANT t")
    return server


def accepted(connection, sql):
    answer = attempt(connection, sql)
    check(answer[0] is None, "%s: %s %s", sql.replace(SECRET, "***"), answer, hints(connection) if answer[0] else "")


def refused(connection, sql, code, hint):
    answer = attempt(connection, sql)
    shown = hints(connection)
    check(answer[0] == code and re.search(hint, shown), "%s (%s), wanted %s and %s", answer, shown, code, hint)
    check(PASSWORD.split(":")[1] not in shown and SECRET not in shown, "a secret is shown: %s", shown)


def through_our_own(options, base, emulator, certificates):
    """Names that this machine doesn't know, and no leave for loopback: only the proxy gets there."""
    with Proxy(PASSWORD) as proxy:
        settings = [*HTTP, "--set", "backup_dest_ca_file=" + certificates.ca, "--set",
                    "backup_dest_proxy=http://127.0.0.1:%d" % proxy.port, "--set",
                    "backup_dest_proxy_auth_file=" + secret_file(base)]
        with new_server(options, base, "own", settings) as server:
            t = server.connect("root@t")
            for provider in HOSTS:
                store = Store(emulator, provider)
                for scheme, uri in (("http", store.uri), ("https", https(store))):
                    proxy.forget()
                    sql = uri("proxied/" + scheme)
                    rows = query(t, "ALTER SYSTEM CHECK BACKUP DESTINATION '%s'" % sql)
                    check(all(row[1] == "YES" for row in rows), "CHECK: %s", rows)
                    check("the proxy 127.0.0.1:%d" % proxy.port in rows[1][3], "the row says %s", rows[1])
                    accepted(t, set_to(sql))
                    check(len(store.keys("proxied/" + scheme)) == 2, "left: %s", store.keys("proxied/" + scheme))
                    asked = proxy.seen()
                    check(asked and all("proxy-authorization" in head.lower() for head in asked), "asked: %s", asked)
                    check(scheme == "http" or all(head.startswith("CONNECT ") for head in asked), "asked: %s", asked)
                    check(SECRET not in str(asked), "the key went to the proxy")
                    if scheme == "https":
                        check("authorization: " not in re.sub("(?i)proxy-authorization", "", str(asked)).lower(), "%s", asked)
            refusals(proxy, t, https(Store(emulator, "s3")), Store(emulator, "s3").uri)
            killed(server, proxy, https(Store(emulator, "s3")))
            check(PASSWORD.split(":")[1] not in server.log(), "the password is in the log")
            shown = str(query(server.connect("root@sys"), "SHOW PARAMETERS LIKE 'backup_dest_proxy%%'"))
            check(PASSWORD.split(":")[1] not in shown, "the password is shown: %s", shown)


def refusals(proxy, t, secure, plain):
    place = "the proxy 127.0.0.1:%d" % proxy.port
    for mode, words in ((407, "doesn't accept the user"), (403, "answered 403"), (502, "can't reach"),
                        ("garbage", "speaks no HTTP"), ("endless", "answers without end")):
        proxy.mode = mode
        proxy.cut()
        refused(t, set_to(secure("refused")), 9070, words)
        shown = hints(t)
        check("127.0.0.1:%d" % proxy.port in shown and "backup_dest_proxy" in shown and "Check host=" not in shown, "%s", shown)
    # Over http the proxy answers in the store's place.
    for mode, code, words in ((407, 9070, "doesn't accept the user"), (403, 9071, "may be that of " + place),
                              (502, 9105, "may be that of " + place)):
        proxy.mode = mode
        proxy.cut()
        refused(t, set_to(plain("refused")), code, words)
    proxy.mode = None
    accepted(t, set_to(secure("refused")))


def killed(server, proxy, secure):
    """A proxy that stalls: KILL QUERY ends the wait, and what can't be reached is no place."""
    sys_, t = server.connect("root@sys"), server.connect("root@t")
    proxy.mode = "stall"
    proxy.cut()
    proxy.forget()
    answers = []
    thread = threading.Thread(target=lambda: answers.append(attempt(t, set_to(secure("stalled")))))
    thread.start()
    wait_until(lambda: proxy.seen("CONNECT"), 60, "the proxy is asked")
    query(sys_, "KILL QUERY %d" % t.thread_id())
    thread.join(60)
    check(answers and answers[0][0] == 1317, "KILL QUERY: %s", answers)
    proxy.mode = None
    accepted(t, set_to(secure("stalled")))


def still_checked(options, base, emulator):
    """What this machine can tell of an address it tells, proxy or not; and the setting changes by SIGHUP, not by SQL."""
    path = os.path.join(base, "breakwater.toml")
    with Proxy() as proxy:
        def write(value):
            with open(path, "w", encoding="ascii") as file:
                file.write('backup_dest_allow_http = true\nbackup_dest_proxy = "%s"\n' % value)
        write("http://127.0.0.1:%d" % proxy.port)
        with new_server(options, base, "checked", ["--config", path], names.HOSTS) as server:
            t, sys_ = server.connect("root@t"), server.connect("root@sys")
            store = Store(emulator, "s3")
            refused(t, set_to(store.uri("x")), 9026, "this machine itself")
            for host in ("169.254.169.254", "100.100.100.200", "localhost", "[::1]"):
                uri = store.uri("x", extra="&addressing_model=path_style").replace(HOSTS["s3"], host)
                refused(t, set_to(uri), 9026, "is refused")
            check(proxy.seen() == [], "the proxy was asked: %s", proxy.seen())
            code, _ = attempt(sys_, "ALTER SYSTEM SET backup_dest_proxy = 'http://127.0.0.1:1'")
            check(code is not None, "ALTER SYSTEM changed it")
            # None any more: the name leads here, where it may not.
            write("")
            server.process.send_signal(signal.SIGHUP)
            wait_until(lambda: "backup_dest_proxy" in server.log(), 60, "the settings are read again")
            refused(t, set_to(store.uri("x")), 9026, "this machine itself")
    # Nobody there.
    with new_server(options, base, "gone", [*HTTP, "--set", "backup_dest_proxy=http://127.0.0.1:%d" % proxy.port]) as server:
        refused(server.connect("root@t"), set_to(Store(emulator, "s3").uri("x")), 9070, "the proxy 127.0.0.1:%d" % proxy.port)
    # A user in the setting would be shown with it.
    done = subprocess.run([options.server, "serve", "--data-dir", os.path.join(base, "none"), "--set",
                           "backup_dest_proxy=http://%s@127.0.0.1:1" % PASSWORD], capture_output=True, text=True, timeout=60)
    check(done.returncode != 0 and PASSWORD.split(":")[1] not in done.stdout + done.stderr, "%s", done)


def by_the_environment(options, base, emulator, certificates):
    with Proxy(PASSWORD) as proxy:
        place = "127.0.0.1:%d" % proxy.port
        env = {"https_proxy": "http://%s@%s" % (PASSWORD, place), "no_proxy": "aliyuncs.com"}
        settings = [*HTTP, "--set", "backup_dest_ca_file=" + certificates.ca, "--set", "backup_dest_proxy=environment"]
        with new_server(options, base, "environment", settings, env=env) as server:
            t = server.connect("root@t")
            accepted(t, set_to(https(Store(emulator, "s3"))("env")))
            check(proxy.seen("CONNECT bucket3.s3.test:"), "asked: %s", proxy.seen())
            proxy.forget()
            refused(t, set_to(https(Store(emulator, "oss"))("env")), 9070, "could not be resolved")    # by no_proxy, directly
            check(proxy.seen() == [], "asked: %s", proxy.seen())
            check(PASSWORD.split(":")[1] not in server.log(), "the password is in the log")
        # The program without a server.
        env = dict(os.environ, **names.environment(options.shim, NOBODY), **env)
        for arguments in (["--proxy", "environment"],
                          ["--proxy", "http://" + place, "--proxy-auth-file", secret_file(base)]):
            proxy.forget()
            done = subprocess.run([options.server, "check", https(Store(emulator, "s3"))("cli"), "--ca-file", certificates.ca,
                                   *arguments], capture_output=True, text=True, timeout=60, env=env)
            check(done.returncode == 0 and place in done.stdout, "check: %s %s", done.stdout, done.stderr)
            check(proxy.seen("CONNECT"), "not through the proxy")
        done = subprocess.run([options.server, "check", https(Store(emulator, "s3"))("cli"), "--proxy", "http://%s@%s" % (PASSWORD, place)],
                              capture_output=True, text=True, timeout=60, env=env)
        check(done.returncode != 0 and PASSWORD.split(":")[1] not in done.stdout + done.stderr, "%s", done)


def through_tinyproxy(options, base, emulator, certificates):
    environment = dict(os.environ, **names.environment(options.shim))
    with Tinyproxy(os.path.join(base, "tinyproxy"), PASSWORD, environment) as proxy:
        settings = [*HTTP, "--set", "backup_dest_ca_file=" + certificates.ca, "--set",
                    "backup_dest_proxy=http://127.0.0.1:%d" % proxy.port, "--set"]
        password = secret_file(base, name="tiny.password")
        with new_server(options, base, "tiny", [*settings, "backup_dest_proxy_auth_file=" + password]) as server:
            t = server.connect("root@t")
            for scheme, uri in (("http", Store(emulator, "s3").uri), ("https", https(Store(emulator, "s3")))):
                accepted(t, set_to(uri("tiny/" + scheme)))
            check("CONNECT bucket3.s3.test" in proxy.said() and "http://bucket3.s3.test" in proxy.said(), "%s", proxy.said())
            secret_file(base, "backup:wrong", "tiny.password")
            refused(t, set_to(https(Store(emulator, "cos"))("tiny")), 9070, "doesn't accept the user")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--server", required=True)
    parser.add_argument("--shim", required=True)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="breakwater-proxy-") as base:
        certificates = Certificates(os.path.join(base, "tls"), CERTIFICATE_NAMES)
        with Emulator(certificates) as emulator:
            for test, arguments in ((through_our_own, (emulator, certificates)), (still_checked, (emulator,)),
                                    (by_the_environment, (emulator, certificates)),
                                    (through_tinyproxy, (emulator, certificates))):
                test(options, base, *arguments)
                print(test.__name__, "ok", flush=True)


if __name__ == "__main__":
    main()
