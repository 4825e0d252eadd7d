"""The package of a Windows bundle, as consoles write it and as a hostile host might."""

import base64
import gzip
import io
import zlib

import pytest

from collector.bundle import BundleError, read_bundle
from collector.errors import CollectorError
from collector.packed import unpack
from tests.support.windows import bundle_text, pack

BUNDLE = bundle_text({"host.identity": "WS-014\n9f0c\nTrue\nS-1-5-18\n5.1.20348.1", "host.clock": "1795441860"})


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
@pytest.mark.parametrize("encoding", ["ascii", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_a_package_is_read_however_a_console_wrote_it(line_end: str, encoding: str) -> None:
    mark = b"\xfe\xff" if encoding == "utf-16-be" else b""
    bundle = read_bundle(mark + pack(BUNDLE, line_end).decode().encode(encoding))
    assert bundle.raw.decode() == BUNDLE
    assert (bundle.platform, bundle.frames["host.clock"].volatile) == ("windows", True)
    assert bundle.frames["host.identity"].output.startswith("WS-014\n")


def test_what_is_printed_before_the_package_is_not_in_the_way() -> None:
    assert read_bundle(b"Windows PowerShell\r\n\r\n" + pack(BUNDLE)).raw.decode() == BUNDLE


def test_the_bundle_in_a_package_reads_as_itself() -> None:
    assert read_bundle(BUNDLE.encode()).manifest() == read_bundle(pack(BUNDLE)).manifest()


@pytest.mark.parametrize("encoding", ["ascii", "utf-16-le", "utf-16-be"])
def test_a_bundle_that_quotes_the_word_of_a_package_is_no_package(encoding: str) -> None:
    word = "closeout-bundle-gzip 1\ncloseout-bundle-gzip error x: y".encode(encoding).replace(b"\n", b"\n|")
    raw = BUNDLE.encode().replace(b"|WS-014", b"|" + word)
    assert read_bundle(raw).raw == raw


def test_a_script_that_cannot_begin_says_why() -> None:
    raw = b"closeout-bundle-gzip error constrained-language: PowerShell runs in Constrained Language Mode here; allow it\r\n"
    with pytest.raises(BundleError, match=r"could not collect \(constrained-language\): PowerShell runs in"):
        read_bundle(raw)


def damaged(middle: bytes) -> bytes:
    return b"closeout-bundle-gzip 1\r\n" + middle + b"\r\nfinish\r\n"


def bomb(size: int) -> bytes:
    out = io.BytesIO()
    with gzip.GzipFile(fileobj=out, mode="wb", mtime=0) as zipped:
        for _ in range(size // 2**20):
            zipped.write(bytes(2**20))
    return base64.b64encode(out.getvalue())


@pytest.mark.parametrize(
    ("raw", "sentence"),
    [
        (pack(BUNDLE)[:-12], "cut or was changed"),
        (pack(BUNDLE).replace(b"finish", b"|finish"), "cut or was changed"),
        (pack(BUNDLE) + b"more\r\n", "cut or was changed"),
        (damaged(b"QUJD*"), "cut or was changed"),
        (damaged(b"QUJ"), "should be base64 is not"),
        (damaged(base64.b64encode(b"no gzip")), "should be gzip is not"),
        (damaged(base64.b64encode(gzip.compress(BUNDLE.encode(), mtime=0)[:-20])), "is cut"),
        (damaged(base64.b64encode(gzip.compress(BUNDLE.encode(), mtime=0) + gzip.compress(b"more", mtime=0))), "behind its end"),
        (damaged(base64.b64encode(zlib.compress(BUNDLE.encode()))), "should be gzip is not"),
        (damaged(base64.b64encode(gzip.compress(b"{}", mtime=0))), "not a bundle"),
        (damaged(base64.b64encode(gzip.compress(pack(BUNDLE), mtime=0))), "not a bundle"),
        (damaged(bomb(80 * 2**20)), "larger than 64 MiB"),
    ],
)
def test_a_damaged_package_is_refused_with_a_sentence(raw: bytes, sentence: str) -> None:
    with pytest.raises(BundleError, match=sentence):
        read_bundle(raw)


def test_a_gigabyte_of_zeros_is_never_unpacked() -> None:
    small = 1024
    with pytest.raises(CollectorError, match="larger than"):
        unpack(damaged(bomb(1024 * 2**20)), small)
