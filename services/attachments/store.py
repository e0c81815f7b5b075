"""Where the bytes lie: under their SHA-256, in a folder or an object store, written once and never changed."""

import hashlib
import os
import posixpath
import uuid

import fsspec
from fsspec.implementations.local import LocalFileSystem

from services.config import files_url


class Damaged(RuntimeError):
    """What lies in the store is not what was put there."""


def put(sha256: str, data: bytes) -> None:
    """Store content under its own hash; content that is there already is left as it is."""
    files, path = _place(sha256)
    if files.exists(path):
        get(sha256)  # a damaged copy must not pass for this upload
        return
    files.makedirs(posixpath.dirname(path), exist_ok=True)
    unfinished = f"{path}.{uuid.uuid4().hex}"
    with files.open(unfinished, "wb") as target:
        target.write(data)
        if isinstance(files, LocalFileSystem):
            target.flush()
            os.fsync(target.fileno())  # its row must not outlive it in a power cut
    files.mv(unfinished, path)


def get(sha256: str) -> bytes:
    """The content with this hash. Raises `Damaged` where it is missing or was altered."""
    files, path = _place(sha256)
    try:
        data: bytes = files.cat_file(path)
    except FileNotFoundError as error:
        raise Damaged(f"{sha256}: missing") from error
    if hashlib.sha256(data).hexdigest() != sha256:
        raise Damaged(f"{sha256}: altered")
    return data


def _place(sha256: str) -> tuple[fsspec.AbstractFileSystem, str]:
    files, root = fsspec.core.url_to_fs(files_url())
    return files, posixpath.join(root, sha256[:2], sha256)
