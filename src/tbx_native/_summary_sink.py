"""What the groups of add_* methods need of the writer that they are mixed into."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from tbx_native._arguments import clean_tag

if TYPE_CHECKING:
    from tbx_native._encoding_queue import Encoding
    from tbx_native.file_writer import DummyFileWriter, FileWriter


class SummarySink:
    """The base of the groups; RunWriter has what is only declared here."""

    _cleans_tags: bool
    _write_to_disk: bool

    if TYPE_CHECKING:

        def _get_file_writer(self) -> FileWriter | DummyFileWriter: ...
        def get_logdir(self) -> Any: ...
        def _append_summary(
            self, tag: object, summary: bytes, global_step: Any = None, walltime: Any = None
        ) -> None: ...
        def _encode_later(
            self, tag: object, encoding: Encoding, global_step: Any, walltime: Any
        ) -> None: ...

    def _written_tag(self, tag: object) -> str:
        """The tag as it goes into the file: cleaned, where the API does.

        Raises:
            TypeError: It is not a str.
            ValueError: It cannot be encoded as UTF-8.
        """
        if type(tag) is str:
            return _written(tag, self._cleans_tags)
        return clean_tag(check_tag(tag)) if self._cleans_tags else check_tag(tag)


@lru_cache(maxsize=1000)  # a program has few tags, and uses them again and again
def _written(tag: str, cleans: bool) -> str:
    return clean_tag(check_tag(tag)) if cleans else check_tag(tag)


def check_tag(tag: object) -> str:
    """Returns `tag`.

    Raises:
        TypeError: It is not a str.
        ValueError: It cannot be encoded as UTF-8.
    """
    if not isinstance(tag, str):
        raise TypeError(f"tag must be a str, not {type(tag).__name__}: {tag!r}")
    try:
        tag.encode()
    except UnicodeEncodeError:
        raise ValueError(f"tag cannot be encoded as UTF-8: {tag!r}") from None
    return tag
