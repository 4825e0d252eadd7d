"""The package in which a Windows host prints its bundle: gzip in base64, so that no console and no pipe can change it. Pure.

    closeout-bundle-gzip 1
    H4sIAAAAAAAE...              <- lines of base64
    finish

In place of all that a script that cannot begin prints `closeout-bundle-gzip error WORD: SENTENCE`.
"""

import binascii
import re
import zlib
from base64 import b64decode

from collector.errors import CollectorError

MAGIC = "closeout-bundle-gzip"
_BYTE_ORDER_MARKS = ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"), (b"\xef\xbb\xbf", "utf-8"))
_NOISE = 20_000  # bytes that a console may print before the script speaks
_START = re.compile(rf"^{MAGIC} ", re.MULTILINE)
_PACKAGE = re.compile(rf"^{MAGIC} 1\r?\n(?P<base64>[A-Za-z0-9+/=\r\n]+?)\r?\nfinish\s*\Z", re.MULTILINE)
_TROUBLE = re.compile(rf"^{MAGIC} error (?P<word>[a-z0-9-]{{1,40}}): (?P<sentence>.{{1,400}})", re.MULTILINE)
_GZIP = 16 + zlib.MAX_WBITS


def is_packed(raw: bytes) -> bool:
    """True where these bytes claim to be the package of a Windows host, in whatever encoding a console wrote them.

    The word alone says nothing: any user of a host can put it where a bundle quotes it, but never at the start of a line.
    """
    return bool(_START.search(_decode(raw[:_NOISE])))


def unpack(raw: bytes, largest: int) -> bytes:
    """The bundle in the package; raises CollectorError when it is changed, cut or holds more than so many bytes."""
    text = _decode(raw)
    if trouble := _TROUBLE.search(text):
        raise CollectorError(f"the script could not collect ({trouble['word']}): {trouble['sentence'].strip()}")
    found = _PACKAGE.search(text)
    if not found:
        raise CollectorError("the package of the Windows bundle is cut or was changed on the way; collect or carry it again")
    try:
        packed = b64decode(re.sub(r"[\r\n]", "", found["base64"]), validate=True)
    except binascii.Error as error:
        raise CollectorError("the package of the Windows bundle is damaged: what should be base64 is not; carry it again") from error
    return _inflate(packed, largest)


def _decode(raw: bytes) -> str:
    for mark, encoding in _BYTE_ORDER_MARKS:
        if raw.startswith(mark):
            return raw[len(mark) :].decode(encoding, "replace")
    return raw.decode("utf-16-le" if MAGIC.encode("utf-16-le") in raw[:_NOISE] else "ascii", "replace")


def _inflate(packed: bytes, largest: int) -> bytes:
    reader = zlib.decompressobj(_GZIP)
    try:
        bundle = reader.decompress(packed, largest + 1)
    except zlib.error as error:
        raise CollectorError("the package of the Windows bundle is damaged: what should be gzip is not; carry it again") from error
    if len(bundle) > largest:
        raise CollectorError(f"the bundle in the package is larger than {largest // 2**20} MiB; look at what the host prints")
    if not reader.eof or reader.unused_data:
        raise CollectorError("the package of the Windows bundle is cut or has something behind its end; carry it again")
    return bundle
