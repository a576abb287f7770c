"""A real mail server for the tests: Postfix takes and delivers, Dovecot shows the mailboxes.

    with PostOffice() as office:
        office.smtp, office.imap      # the ports, on the loopback
        office.hand_in(sender, recipient, content)   # as a server outside would

Every address of `DOMAINS` that is in `MAILBOXES` has a mailbox; to any other of them Postfix takes
a mail and then reports that it cannot be delivered. Both listen on the loopback alone, keep all in
one folder, and end with the block.
"""

import shutil
import smtplib
import socket
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from rehearsal.serving import HOST

DOMAINS = ("desk.example", "cedres.example")
MAILBOXES = (
    "desk@desk.example",
    "juror@desk.example",
    "contact@cedres.example",
    "second@cedres.example",
)
PASSWORD = "not a secret"
_AT_MOST_S = 30
_OUTSIDE = "198.51.100.7"

_MAIN = """
compatibility_level = 3.10
queue_directory = {folder}/queue
data_directory = {folder}/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
myhostname = mx.desk.example
mydestination =
alias_maps =
local_recipient_maps =
inet_interfaces = {host}
inet_protocols = ipv4
maillog_file = {folder}/postfix.log
maillog_file_prefixes = {folder}
virtual_mailbox_domains = {domains}
virtual_mailbox_maps = inline:{{ {maps} }}
virtual_mailbox_base = {folder}/mail
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{uid}
virtual_minimum_uid = 1
smtpd_reject_unlisted_recipient = no
smtpd_relay_restrictions = permit_mynetworks, reject_unauth_destination
smtpd_tls_security_level = may
smtpd_tls_cert_file = {folder}/cert.pem
smtpd_tls_key_file = {folder}/key.pem
smtpd_authorized_xclient_hosts = {host}
"""
_MASTER = """
{host}:{smtp} inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
proxymap unix - - n - - proxymap
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
virtual unix - n n - - virtual
error unix - - n - - error
retry unix - - n - - error
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
"""
_DOVECOT = """
dovecot_config_version = 2.4.1
dovecot_storage_version = 2.4.1
base_dir = {folder}/run
state_dir = {folder}/run
log_path = {folder}/dovecot.log
protocols = imap
listen = {host}
ssl = required
ssl_server_cert_file = {folder}/cert.pem
ssl_server_key_file = {folder}/key.pem
mail_driver = maildir
mail_path = {folder}/mail/%{{user}}
mail_uid = {uid}
mail_gid = {uid}
first_valid_uid = 1
passdb static {{
  password = {password}
}}
userdb static {{
  fields {{
    uid = {uid}
    gid = {uid}
    home = {folder}/mail/%{{user}}
  }}
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = {imaps}
  }}
}}
service anvil {{
  chroot =
}}
"""


class PostOffice:
    def __init__(self) -> None:
        # Postfix and Dovecot give up their rights: each has to get there by itself.
        self.folder = Path(tempfile.mkdtemp(prefix="ptce-post-"))
        self.smtp, self.imap, self.imaps = free_port(), free_port(), free_port()
        for program in ("postfix", "dovecot", "openssl"):
            missing = f"{program} is missing: apt-get install postfix dovecot-imapd openssl"
            assert shutil.which(program, path="/usr/sbin:/usr/bin"), missing

    @property
    def authority(self) -> Path:
        """The certificate by which both are to be trusted."""
        return self.folder / "cert.pem"

    def __enter__(self) -> Self:
        folder = self.folder
        folder.chmod(0o755)
        for name in ("postfix", "queue", "data", "mail", "run"):
            (folder / name).mkdir()
        key = ("-newkey", "rsa:2048", "-nodes", "-keyout", folder / "key.pem")
        named = ("-subj", f"/CN={HOST}", "-addext", f"subjectAltName=IP:{HOST}", "-days", "2")
        _run("openssl", "req", "-x509", *key, "-out", self.authority, *named)
        maps = ", ".join(f"{{ {one} = {one}/ }}" for one in MAILBOXES)
        values = {
            "folder": folder,
            "host": HOST,
            "domains": " ".join(DOMAINS),
            "maps": maps,
            "smtp": self.smtp,
            "imap": self.imap,
            "imaps": self.imaps,
            "uid": 65534,
            "password": PASSWORD,
        }
        for name, text in (
            ("postfix/main.cf", _MAIN),
            ("postfix/master.cf", _MASTER),
            ("dovecot.conf", _DOVECOT),
        ):
            (folder / name).write_text(text.format(**values), "utf-8")
        shutil.chown(folder / "data", "postfix")
        shutil.chown(folder / "mail", 65534, 65534)
        _run("/usr/sbin/postfix", "-c", folder / "postfix", "start")
        _run("/usr/sbin/dovecot", "-c", folder / "dovecot.conf")
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        for command in (
            ("/usr/sbin/postfix", "-c", self.folder / "postfix", "stop"),
            ("/usr/bin/doveadm", "-c", self.folder / "dovecot.conf", "stop"),
        ):
            subprocess.run(command, check=False, capture_output=True, timeout=_AT_MOST_S)
        shutil.rmtree(self.folder, ignore_errors=True)

    def hand_in(self, sender: str, recipient: str, content: bytes) -> None:
        """Hands a mail to Postfix as a server elsewhere does: it stamps where it came from."""
        with smtplib.SMTP(HOST, self.smtp, timeout=_AT_MOST_S) as client:
            client.ehlo("out.example")
            client.docmd("XCLIENT", f"ADDR={_OUTSIDE} NAME=out.example")
            # It begins anew, and speaks to somebody outside: no relay.
            client.sendmail(sender, [recipient], content)

    def mails(self, mailbox: str) -> Sequence[Path]:
        """The mails of a mailbox, as files."""
        return sorted(self.folder.glob(f"mail/{mailbox}/*/*:2,*")) + sorted(
            self.folder.glob(f"mail/{mailbox}/new/*")
        )

    def wait_for(self, mailbox: str, count: int) -> None:
        """Waits until so many mails lie in a mailbox: Postfix delivers in its own time."""
        ends = time.monotonic() + _AT_MOST_S
        while len(self.mails(mailbox)) < count:
            log = self.folder / "postfix.log"
            told = log.read_text("utf-8") if log.exists() else "no log"
            assert time.monotonic() < ends, f"{self.mails(mailbox)}\n{told}"
            time.sleep(0.1)


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind((HOST, 0))
        port: int = taken.getsockname()[1]
        return port


def _run(*command: object) -> None:
    # Into a file: what stays in the background would hold a pipe open.
    with tempfile.TemporaryFile("w+", encoding="utf-8") as said:
        words = [str(word) for word in command]
        done = subprocess.run(
            words, check=False, stdout=said, stderr=subprocess.STDOUT, timeout=_AT_MOST_S
        )
        said.seek(0)
        assert done.returncode == 0, said.read()
