"""An authority of the test's own and a certificate under it, made by openssl."""

import os
import subprocess

SECONDS = 60


def openssl(directory, *arguments):
    subprocess.run(["openssl", *arguments], cwd=directory, check=True, capture_output=True, timeout=SECONDS)


class Certificates:
    """`names`: what the certificate is for, wildcards as in "*.s3.test". Files: ca, key, cert, pem (key and cert)."""

    def __init__(self, directory, names):
        os.makedirs(directory, exist_ok=True)
        self.directory = directory
        self.ca, self.key, self.cert, self.pem = (os.path.join(directory, name)
                                                  for name in ("ca.crt", "server.key", "server.crt", "server.pem"))
        curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
        openssl(directory, "req", "-x509", *curve, "-keyout", "ca.key", "-out", "ca.crt", "-days", "30",
                "-subj", "/CN=Breakwater test authority", "-addext", "basicConstraints=critical,CA:TRUE")
        openssl(directory, "req", *curve, "-keyout", "server.key", "-out", "server.csr", "-subj", "/CN=store")
        with open(os.path.join(directory, "names"), "w", encoding="ascii") as file:
            file.write("subjectAltName=" + ",".join("DNS:" + name for name in names) + ",IP:127.0.0.1\n")
        openssl(directory, "x509", "-req", "-in", "server.csr", "-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial",
                "-out", "server.crt", "-days", "30", "-extfile", "names")
        with open(self.pem, "w", encoding="ascii") as file:
            for part in (self.cert, self.key):
                with open(part, encoding="ascii") as source:
                    file.write(source.read())
