"""Records into objects of S3 and Google Cloud Storage, as tensorboardX.record_writer has them."""

from __future__ import annotations

import importlib
import io
import os
from typing import Any


class _ObjectRecordWriter:
    """Gathers an object in memory. An object cannot be appended to: every flush uploads all of it.

    Args:
        path: The object's URL.
    """

    _scheme = ""

    def __init__(self, path: str) -> None:
        self.path = path
        self.buffer = bytearray()
        self.closed = False

    def __del__(self) -> None:
        if not getattr(self, "closed", True):  # also where the constructor has raised
            self.close()

    def bucket_and_path(self) -> tuple[str, str]:
        """Returns the bucket's name and the object's in it."""
        bucket, _, path = self.path.removeprefix(self._scheme).partition("/")
        return bucket, path

    def write(self, val: bytes) -> None:
        """Appends to what the next flush() uploads."""
        self.buffer += val

    def flush(self) -> None:
        """Uploads the object."""
        raise NotImplementedError

    def close(self) -> None:
        """Uploads the object for the last time."""
        self.flush()
        self.closed = True


class S3RecordWriter(_ObjectRecordWriter):
    """An object of S3, or of the server that the environment variable S3_ENDPOINT names.

    Raises:
        ImportError: boto3 is missing.
    """

    _scheme = "s3://"

    def __init__(self, path: str) -> None:
        self._boto3 = _imported("boto3", "boto3 must be installed for S3 support.")
        super().__init__(path)

    def flush(self) -> None:
        """Uploads the object."""
        client = self._boto3.client("s3", endpoint_url=os.environ.get("S3_ENDPOINT"))
        bucket, path = self.bucket_and_path()
        client.upload_fileobj(io.BytesIO(self.buffer), bucket, path)


class S3RecordWriterFactory:
    """Opens objects of S3."""

    def open(self, path: str) -> S3RecordWriter:
        return S3RecordWriter(path)

    def directory_check(self, path: str) -> None:
        """Does nothing: an object needs no directory."""


class GCSRecordWriter(_ObjectRecordWriter):
    """An object of Google Cloud Storage.

    Raises:
        ImportError: google-cloud-storage is missing.
    """

    _scheme = "gs://"

    def __init__(self, path: str) -> None:
        storage = _imported(
            "google.cloud.storage",
            "`google-cloud-storage` must be installed in order to use the 'gs://' protocol",
        )
        super().__init__(path)
        bucket, name = self.bucket_and_path()
        self.blob = storage.Blob(name, storage.Bucket(storage.Client(), bucket))

    def flush(self) -> None:
        """Uploads the object, unless somebody else has meanwhile."""
        # The condition also lets the client try again by itself when a connection breaks.
        self.blob.upload_from_string(
            data=bytes(self.buffer), if_generation_match=self.blob.generation
        )


class GCSRecordWriterFactory:
    """Opens objects of Google Cloud Storage."""

    def open(self, path: str) -> GCSRecordWriter:
        return GCSRecordWriter(path)

    def directory_check(self, path: str) -> None:
        """Does nothing: an object needs no directory."""


def _imported(module: str, message: str) -> Any:
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise ImportError(message) from error
