#!/usr/bin/python3
"""An administrator's session in an Oracle tenant, through the mariadb CLI and through MariaDB Connector/J.

    oracle_session.py --server PROGRAM --client cli|connector-j
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
from harness.server import Server, query  # noqa: E402

SECONDS = 300
REFUSED = "ORA-00600: internal error code, arguments: -9026, backup destination is not valid"

SCRIPT = """
SELECT USER FROM DUAL;
ALTER SYSTEM SET DATA_BACKUP_DEST='file://{directory}/data';
SELECT * FROM SYS.DBA_OB_BACKUP_PARAMETER;
ALTER SYSTEM SET tde_method='internal';
ADMINISTER KEY MANAGEMENT CREATE KEYSTORE ks IDENTIFIED BY Password1;
ADMINISTER KEY MANAGEMENT SET KEYSTORE OPEN IDENTIFIED BY Password1;
ADMINISTER KEY MANAGEMENT SET KEY IDENTIFIED BY Password1;
ALTER SYSTEM BACKUP KEY TO 'file://{directory}/key' ENCRYPTED BY 'p';
SELECT DEST_ID, PATH, DEST_TYPE FROM dba_ob_backup_storage_info ORDER BY DEST_ID;
SELECT COUNT(*) FROM DBA_OB_BACKUP_DEST_CHECKS WHERE RESULT <> 'OK';
ALTER SYSTEM SET DATA_BACKUP_DEST='nothing';
"""


def expect(actual, wanted):
    if actual != wanted:
        raise AssertionError("wanted %r\n  got    %r" % (wanted, actual))


def run(command, **more):
    return subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, **more)


def cli(server, directory):
    done = run(["mariadb", "--no-defaults", "-h", "127.0.0.1", "-P", str(server.port), "-u", "sys@oracle_t", "-f"],
               input=SCRIPT.format(directory=directory))
    data, key = ("file://%s/%s" % (directory, name) for name in ("data", "key"))
    expect(done.stdout.split("\n"), [
        "USER", "SYS", "NAME\tVALUE", "data_backup_dest\t" + data, "DEST_ID\tPATH\tDEST_TYPE",
        "1001\t%s\tbackup_data" % data, "1002\t%s\tbackup_key" % key, "COUNT(*)", "0", ""])
    expect(done.stderr.strip().endswith("ERROR 600 (HY000) at line 12: " + REFUSED), True)


def connector_j(server, directory):
    done = run(["java", "-cp", "/usr/share/java/mariadb-java-client.jar", str(HERE / "programs" / "OracleMode.java")],
               env=dict(os.environ, DRIVER_PORT=str(server.port), DRIVER_DIRECTORY=directory, DRIVER_TENANT="oracle_t"))
    if done.returncode != 0:
        raise AssertionError(done.stdout + done.stderr)
    told = {step["step"]: step["result"] for step in map(json.loads, done.stdout.splitlines())}
    expect(told, {
        "user": ["SYS", "SYS"],
        "backup_data": ["1001", "1001", "file://%s/data" % directory, "none", "DECIMAL", "false"],
        "backup_key": ["1002", "1002", "file://%s/key" % directory, "none", "DECIMAL", "false"],
        "values": ["true", "0.25", None],
        "error": ["600", "HY000", REFUSED],
        "valid": ["true"]})


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--server", required=True)
    parser.add_argument("--client", required=True, choices=["cli", "connector-j"])
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as base, Server(options.server, os.path.join(base, "server")) as server:
        directory = os.path.join(base, "backups")
        os.mkdir(directory)
        query(server.connect(), "CREATE TENANT oracle_t SET ob_compatibility_mode='oracle', ob_tcp_invited_nodes='%'")
        (cli if options.client == "cli" else connector_j)(server, directory)
        done = run([options.server, "key", "verify", os.path.join(directory, "key"), "--password-file", "/dev/stdin"],
                   input="p")
        expect((done.returncode, "oracle_t" in done.stdout), (0, True))


if __name__ == "__main__":
    main()
