"""The scripts of the Windows agent as text, and its protocol byte by byte: nothing here can run them."""

import base64
import gzip
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import get_args

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

import collector as collector_package
from collector.packed import unpack
from collector.windows.identity import CLOCK, IDENTITY
from server.agent_package import KINDS, pin_of
from server.envelope import Word, insert_changes, is_signed, read_enrolment, read_public_key, read_upload
from tests.support.device import changes_of
from tests.support.powershell import mistakes
from tests.support.windows import bundle_text, pack
from tests.support.windows_agent import (
    FILES,
    TEXT,
    constant,
    expand_bundle,
    form,
    format_signature,
    get_public_key,
    get_raw_signature,
    pin_shown,
)

NAMES = KINDS["windows"].files
SCRIPTS = {name: (FILES / name).read_text() for name in NAMES}
ID = "5e1f0c5a-50c4-4e9f-9a4b-3d6a4d9a1b7c"
# Nothing that makes a program of a text, compiles a file, or fetches one.
FORBIDDEN = re.compile(
    r"\b(Invoke-(Expression|Command|WebRequest|RestMethod|Item|WmiMethod|CimMethod)|iex|icm|iwr|irm|Add-Type|ScriptBlock|NewScriptBlock"
    r"|InvokeScript|InvokeCommand|AddScript|CreateRunspace|EncodedCommand|DownloadString|DownloadFile|DownloadData|WebClient|HttpWebRequest"
    r"|HttpClient|ServicePointManager|Start-Process|Start-Job|Import-Module|Assembly|Reflection|CreateDelegate|BinaryFormatter)\b",
    re.IGNORECASE,
)


@pytest.mark.parametrize("name", NAMES)
def test_every_script_parses_and_is_plain_ascii(name: str) -> None:
    assert mistakes(SCRIPTS[name]) == []
    assert SCRIPTS[name].isascii()
    assert "\r" not in SCRIPTS[name]
    assert "\t" not in SCRIPTS[name]


@pytest.mark.parametrize("name", NAMES)
def test_half_a_script_does_not_parse_or_does_nothing(name: str) -> None:
    """The last thing in each is what calls the functions; all before it only says what they are."""
    lines = SCRIPTS[name].rstrip().split("\n")
    begin = max(number for number, line in enumerate(lines) if line == "try {")
    assert lines[-1] == "exit 0"
    for end in range(begin + 1, len(lines) - 1):
        body = "\n".join(lines[:end])
        assert mistakes(body) or body.rstrip().endswith("}"), f"cut after line {end}"


@pytest.mark.parametrize("name", NAMES)
def test_no_script_makes_a_program_of_a_text_or_fetches_one(name: str) -> None:
    assert [found[0] for found in FORBIDDEN.finditer(SCRIPTS[name])] == []


@pytest.mark.parametrize(
    "text",
    [
        "iex $word",
        "& ([ScriptBlock]::Create($word))",
        "Invoke-Expression $x",
        "(New-Object Net.WebClient).DownloadString($u)",
        "Add-Type -TypeDefinition $x",
        "[Reflection.Assembly]::Load($bytes)",
    ],
)
def test_the_list_of_what_would_run_a_text_works(text: str) -> None:
    assert FORBIDDEN.search(text)


def test_the_call_operator_stands_before_the_agents_own_file_only() -> None:
    calls = {name: re.findall(r"(?:^|[\s(|;{])[&.] ([^\s]+ ?\w*)", uncommented(text), re.MULTILINE) for name, text in SCRIPTS.items()}
    assert calls["closeout-agent.ps1"] == []
    assert sorted(calls["install.ps1"]) == ["$agent enrol", "$agent forget", "$agent try"]
    assert "$agent = Join-Path $code 'closeout-agent.ps1'" in SCRIPTS["install.ps1"]


def test_the_one_process_that_is_started_is_powershell_with_the_agents_own_collector() -> None:
    assert TEXT.count("[Diagnostics.Process]::Start(") == 1
    assert re.findall(r"\$start\.(?:FileName|Arguments) = (.*)", TEXT) == [
        r"Join-Path ([Environment]::SystemDirectory) 'WindowsPowerShell\v1.0\powershell.exe'",
        "'-NoProfile -NonInteractive -ExecutionPolicy RemoteSigned -File \"{0}\"' -f (Join-Path $code 'collect.ps1')",
    ]


def test_what_the_server_answers_is_compared_and_never_shown() -> None:
    """$word holds the answer: it is a key of the table, is compared, or is handed on to where that is done."""
    for line in uncommented(TEXT).split("\n"):
        if "$word" in line.lower():
            assert "Write-" not in line, line
            assert "Set-State" not in line, line
            assert not re.search(r'"[^"]*\$\(?word', line, re.IGNORECASE), line


def uncommented(text: str) -> str:
    return "\n".join(line for line in text.split("\n") if not line.lstrip().startswith("#"))


def test_both_agents_have_a_sentence_for_the_same_refusals() -> None:
    linux = (FILES.parent / "linux" / "closeout-agent.sh").read_text()
    windows = dict(re.findall(r"^  '([a-z-]+)'\s+= '(.*)'$", TEXT, re.MULTILINE))
    said = {word: sentence.replace("$(id_of_agent)", "{0}") for word, sentence in linux_refusals(linux)}
    assert windows == said
    assert set(windows) <= set(get_args(Word))


def linux_refusals(text: str) -> list[tuple[str, str]]:
    found = re.findall(r"^    'closeout ([a-z-]+)'\) stop 1 (?:'([^']*)'|\"([^\"]*)\") ;;$", text, re.MULTILINE)
    return [(word, plain or quoted) for word, plain, quoted in found]


def test_neither_script_does_more_than_speak_in_constrained_language_mode() -> None:
    for text in SCRIPTS.values():
        first = next(line for line in uncommented(text).split("\n") if line and not line.startswith("param("))
        assert first == "if (\"$($ExecutionContext.SessionState.LanguageMode)\" -ne 'FullLanguage') {"
        assert "constrained-language:" in text


def test_no_script_is_an_advanced_one() -> None:
    """Where a policy constrains the session, powershell.exe -File runs a trusted script, but refuses an advanced one."""
    collector = (Path(collector_package.__file__).parent / "script.ps1").read_text()
    for text in (*SCRIPTS.values(), collector):
        assert not re.search(r"\[(CmdletBinding|Parameter|Validate\w+|Alias)\b", text, re.IGNORECASE)


def test_the_token_is_never_an_argument() -> None:
    assert re.findall(r"^param\(.*\)$", SCRIPTS["install.ps1"], re.MULTILINE) == ["param([string]$TokenFile = '', [switch]$Uninstall)"]
    assert "$Token | & $agent enrol" in SCRIPTS["install.ps1"]


LONG = int.from_bytes(bytes([0xFF] * 32), "big")
EDGES = [1, 127, 128, 255, 256, 2**247, 2**248 - 1, 2**248, 2**255 - 1, 2**255, LONG]


@pytest.mark.parametrize("r", EDGES)
@pytest.mark.parametrize("s", EDGES)
def test_a_signature_is_der_at_every_edge(r: int, s: int) -> None:
    assert format_signature(r.to_bytes(32, "big") + s.to_bytes(32, "big")) == encode_dss_signature(r, s)


@given(st.integers(1, LONG), st.integers(1, LONG))
def test_a_signature_is_der_whatever_its_halves(r: int, s: int) -> None:
    assert format_signature(r.to_bytes(32, "big") + s.to_bytes(32, "big")) == encode_dss_signature(r, s)


@pytest.mark.parametrize("secret", [1, 2, 3, 2**128, *range(1000, 1020)])
def test_a_public_key_is_the_one_that_everybody_else_writes(secret: int) -> None:
    key = ec.derive_private_key(secret, ec.SECP256R1())
    assert get_public_key(key) == key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    assert read_public_key(get_public_key(key)) == get_public_key(key)


def test_a_signature_of_windows_is_one_to_the_server() -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    for number in range(200):
        text = b"closeout %d" % number
        assert is_signed(get_public_key(key), format_signature(get_raw_signature(key, text)), text)


PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey
KEYS: dict[str, PrivateKey] = {
    "rsa-2048": rsa.generate_private_key(65537, 2048),
    "rsa-4096": rsa.generate_private_key(65537, 4096),
    "p-256": ec.generate_private_key(ec.SECP256R1()),
    "p-384": ec.generate_private_key(ec.SECP384R1()),
    "ed25519": ed25519.Ed25519PrivateKey.generate(),
}


@pytest.mark.parametrize("kind", KEYS)
def test_the_pin_of_a_server_is_the_same_on_windows_and_in_the_package(kind: str) -> None:
    key = KEYS[kind]
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "closeout")])
    now = datetime.now(UTC)
    made = x509.CertificateBuilder(name, name, key.public_key(), 1, now, now + timedelta(days=1))
    certificate = made.sign(key, None if kind == "ed25519" else SHA256())
    assert pin_shown(certificate.public_bytes(Encoding.DER)) == pin_of(certificate.public_bytes(Encoding.PEM))
    assert form("pinForm").match(pin_of(certificate.public_bytes(Encoding.PEM)))


def test_the_head_of_an_upload_is_what_the_server_reads() -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    signed = constant("uploadHead").format(ID, "2026-11-24T13:51:00Z", 1795441860, "ab" * 32)
    signature = base64.b64encode(format_signature(get_raw_signature(key, signed.encode()))).decode()
    upload, rest = read_upload(f"{signed}signature {signature}\nchanges {'cd' * 32}\n\nbegin".encode())
    assert (str(upload.host), upload.sequence, upload.known, rest) == (ID, 1795441860, "cd" * 32, b"begin")
    assert upload.signed == signed.encode()
    assert is_signed(get_public_key(key), upload.signature, upload.signed)


def test_an_enrolment_is_what_the_server_reads() -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    public = get_public_key(key)
    signed = constant("enrolmentHead").format(ID, "x" * 43, "WS-014", base64.b64encode(public).decode())
    signature = base64.b64encode(format_signature(get_raw_signature(key, signed.encode()))).decode()
    request = read_enrolment(f"{signed}signature {signature}\n".encode())
    assert (str(request.host), request.name, request.key) == (ID, "WS-014", public)


def windows_bundle(clock: str = "1795441860", name: str = "WS-014") -> str:
    identity = f"{name}\n9f0c\nTrue\nS-1-5-18\n5.1.20348.1"
    return bundle_text({IDENTITY.name: identity, CLOCK.name: clock, "test.names": "begin test.volatile volatile\nend x"})


def test_what_always_differs_is_cut_out_as_the_server_puts_it_in() -> None:
    first, later = windows_bundle(), windows_bundle("1795445460")
    cut = form("volatileFrames")
    changes = "".join(found[0] for found in cut.finditer(later))
    assert changes.encode() == changes_of(later.encode())
    assert cut.sub("", first) == cut.sub("", later)
    assert cut.sub("", first) != cut.sub("", windows_bundle(name="WS-015"))
    assert insert_changes(first.encode(), changes.encode()) == later.encode()


ODD = (
    "closeout-bundle 1\nbegin a\n|begin x volatile\n|end x 0\n\nend a 0\n"
    "begin b volatile with A|B\n|1\n\n!end\n!\nend b 0\nbegin c volatile\nend c 69\nbegin d\n|volatile\n\nend d 0\n"
    "begin e volatile\n|cut\nagain e\nbegin e volatile\n|whole\u2028\u0085begin f volatile\n\nend e 0\nfinish 5\n"
)


def test_frames_that_are_odd_are_cut_as_the_linux_agent_cuts_them() -> None:
    kept: list[str] = []
    cut: list[str] = []
    inside = False
    for line in ODD.split("\n")[:-1]:  # sed: from a line /^begin [^ ]* volatile/ to the next /^[ae]/
        opens = not inside and re.match(r"begin [^ ]* volatile", line) is not None
        (cut if inside or opens else kept).append(line + "\n")
        inside = opens or (inside and line[:1] not in {"a", "e"})
    frames = form("volatileFrames")
    assert frames.sub("", ODD) == "".join(kept)
    assert "".join(found[0] for found in frames.finditer(ODD)) == "".join(cut)


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
@pytest.mark.parametrize("before", ["", "\ufeff", "a line of a profile\r\n"])
def test_a_package_is_unpacked_to_the_bytes_that_the_server_would_unpack(line_end: str, before: str) -> None:
    bundle = windows_bundle(name="W\u00dc-014 \ud7ff")
    printed = pack(bundle, line_end)
    assert expand_bundle(before + printed.decode()) == unpack(printed, 2**26) == bundle.encode()
    assert expand_bundle(before + printed.decode()).decode().encode() == bundle.encode()


def test_base64_that_spells_finish_at_the_start_of_a_line_does_not_end_the_package() -> None:
    packed = b"\n".join([b"closeout-bundle-gzip 1", *spelled(), b"finish", b""])
    assert expand_bundle(packed.decode()) == b"|nothing\n" * 400


def spelled() -> list[bytes]:
    """A gzip stream whose base64 has a line that begins with the word, in the name of the file that gzip keeps."""
    plain = gzip.compress(b"|nothing\n" * 400, mtime=0)
    name = b"B" * (57 - 10) + base64.b64decode(b"finishBB")  # ten bytes stand before it, and 57 bytes are a line
    raw = plain[:3] + bytes([8]) + plain[4:10] + name + b"\0" + plain[10:]
    text = base64.b64encode(raw)
    lines = [text[at : at + 76] for at in range(0, len(text), 76)]
    assert lines[1].startswith(b"finish")
    return lines


@pytest.mark.parametrize("word", get_args(Word))
@pytest.mark.parametrize("shape", ["%s\n", "%s\r\n", "10\r\n%s\n\r\n0\r\n\r\n", "1F;x=y\r\n%s\r\n"])
def test_every_word_of_the_server_is_read_from_an_answer(word: str, shape: str) -> None:
    head = "HTTP/1.1 403 Forbidden\r\nContent-Type: text/plain\r\nX: y\r\n\r\n"
    found = form("answerForm").match(head + shape % f"closeout {word}")
    assert found
    assert found["word"] == word


@pytest.mark.parametrize(
    "body",
    [
        "",
        "<html>closeout stored</html>\n",
        "closeout stored; x\n",
        "closeout $(x)\n",
        "closeout stored\0\n",
        "\n\ncloseout stored\n",
        "closeout " + "a" * 40 + "\n",
    ],
)
def test_what_is_no_answer_of_a_closeout_server_is_none(body: str) -> None:
    assert not form("answerForm").match(f"HTTP/1.1 200 OK\r\nA: b\r\n\r\n{body}")
    assert not form("answerForm").match(f"closeout stored\n{body}")


@pytest.mark.parametrize(
    ("url", "taken"),
    [
        ("https://closeout.example.org/agent/1", True),
        ("https://192.0.2.1:8443/agent/1", True),
        ("https://closeout.example.org/c/agent/12", True),
        ("http://closeout.example.org/agent/1", False),
        ("https://closeout.example.org/agent/1\r\nHost: x", False),
        ("https://a b/agent/1", False),
        ("https://closeout.example.org:443443/agent/1", False),
        ("https://closeout.example.org@x/agent/1", False),
        ("https:///agent/1", False),
    ],
)
def test_an_address_that_could_change_the_request_is_none(url: str, taken: bool) -> None:  # noqa: FBT001 - a table of cases
    assert bool(form("urlForm").match(url)) == taken


def test_a_token_is_taken_as_the_server_makes_it() -> None:
    assert form("tokenForm").match(f"{ID}.{'a-Z_' * 10}abc")
    for odd in (ID, f"{ID}.short", f"{ID.upper()}.{'x' * 43}", f"{ID}.{'x' * 43}\nx", f"{ID}.{'$' * 43}"):
        assert not form("tokenForm").match(odd)
