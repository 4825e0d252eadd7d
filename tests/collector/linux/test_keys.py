"""Certificates and keys that servers name, found in their files; nothing of a key leaves the host."""

import shutil
import subprocess
from pathlib import Path

import pytest

from collector.linux.keys import KEYS
from tests.collector.linux.snippets import run_source, write_tree

pytestmark = pytest.mark.skipif(not shutil.which("openssl"), reason="no openssl here")
PLANTED = "PLANTED-secret-42"


def test_named_certificates_are_read_and_keys_are_only_looked_at(tmp_path: Path) -> None:
    tls = f"{tmp_path}/etc/tls"
    write_tree(
        tmp_path,
        {
            "/etc/nginx/nginx.conf": f'#ssl_certificate /x;\nssl_certificate "{tls}/a.pem";\nssl_certificate_key {tls}/a.key;\n',
            "/etc/dovecot/dovecot.conf": f"ssl_cert = <{tls}/a.pem\nssl_key = <{tls}/a.key\n",
            "/etc/postfix/main.cf": f"smtpd_tls_cert_file = {tls}/gone.pem\nsmtpd_tls_key_file=$x\n",
            "/etc/ssl/private/old.key": PLANTED,
            "/etc/tls/none": "",
        },
    )
    make = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=x", "-days", "30"]
    subprocess.run([*make, "-keyout", f"{tls}/a.key", "-out", f"{tls}/a.pem"], capture_output=True, check=True)
    output = run_source(KEYS, tmp_path).output
    words = [line.split(" ")[0] + " " + line.replace("|", " ").split(" ")[-1] for line in output.splitlines()]
    assert words == ["file /etc/tls/a.key", "file /etc/ssl/private/old.key", "end /etc/tls/a.pem", "missing /etc/tls/gone.pem"]
    assert PLANTED not in output
    assert "PRIVATE" not in output
