"""A private MariaDB to compare the server with, on a unix socket only.

    with MariaDb(directory) as mariadb:            # started and ready; its files are in `directory`
        connection = mariadb.connect()             # PyMySQL, as its root
"""

import os
import subprocess

from harness.server import wait_until

READY_SECONDS = 120
STOP_SECONDS = 120


class MariaDb:
    def __init__(self, directory, args=()):
        self.data = os.path.join(directory, "mariadb")
        self.socket = os.path.join(directory, "mariadb.sock")
        self.args = list(args)
        self.process = None
        self.user = ["--user=root"] if os.getuid() == 0 else []
        # A MariaDB that starts removes the temporary tables of every other in its directory for those.
        self.environment = dict(os.environ, TMPDIR=directory)
        subprocess.run(["mariadb-install-db", "--no-defaults", "--datadir=" + self.data, "--skip-test-db",
                        "--auth-root-authentication-method=normal"] + self.user,
                       check=True, env=self.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def __enter__(self):
        return self.start()

    def __exit__(self, kind, value, trace):
        self.stop()

    def start(self):
        self.process = subprocess.Popen(
            ["mariadbd", "--no-defaults", "--datadir=" + self.data, "--socket=" + self.socket,
             "--skip-networking"] + self.user + self.args,
            env=self.environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_until(self._answers, READY_SECONDS, "MariaDB is ready")
        return self

    def _answers(self):
        import pymysql
        try:
            self.connect().close()
            return True
        except pymysql.err.OperationalError:
            return False

    @property
    def pid(self):
        return self.process.pid

    def connect(self, **more):
        import pymysql
        return pymysql.connect(unix_socket=self.socket, user="root", **more)

    def stop(self):
        if self.process is not None:
            self.process.terminate()
            self.process.wait(STOP_SECONDS)
            self.process = None
