"""A running service's API as methods, one for each route."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote

import httpx

from tipr.client.refusals import require_done
from tipr.client.results import (
    Answer,
    Entry,
    Erasure,
    Explanation,
    Facets,
    Gallery,
    Item,
    Job,
    Mark,
    Plan,
    Saved,
    Verdict,
)
from tipr.errors import ServiceError

HERE = "http://127.0.0.1:8750"

Asked = Mapping[str, Any]
"""A search as JSON, beside what is typed: texts, avoid, like, unlike, filters, k, page, order,
group; docs/http.md tells what each holds."""


class Client:
    """Asks one service; close it, or use it as a context manager.

    Every method raises the `TiprError` that the service answered with, and `ServiceError` where
    there is no service.
    """

    def __init__(
        self,
        url: str = HERE,
        *,
        key: str | None = None,
        reason: str | None = None,
        timeout_s: float = 60.0,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        """`key` is one of 'tipr keys add'; `reason` why you ask, where a gallery demands it."""
        headers = {} if key is None else {"authorization": f"Bearer {key}"}
        if reason is not None:
            headers["x-reason"] = quote(reason)
        self._http = httpx.Client(
            base_url=f"{url.rstrip('/')}/api/v1/",
            headers=headers,
            timeout=timeout_s,
            transport=transport,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the connection."""
        self._http.close()

    # --- galleries and searches ---------------------------------------------------------------

    def galleries(self) -> list[Gallery]:
        """The galleries that are served."""
        return [Gallery.of(one) for one in self._json("GET", "galleries")]

    def gallery(self, name: str) -> Gallery:
        """A gallery at a glance."""
        return Gallery.of(self._json("GET", f"galleries/{_part(name)}"))

    def facets(self, gallery: str, typed: str = "", **filters: Any) -> Facets:
        """How many pictures there are under filters (cameras, sources, after, ...)."""
        asked = {"typed": typed, "filters": filters}
        return Facets.of(self._json("POST", f"galleries/{_part(gallery)}/facets", json=asked))

    def search(
        self, gallery: str, typed: str = "", *, pictures: Sequence[Path | bytes] = (), **asked: Any
    ) -> Answer:
        """The pictures that fit best; `asked` as in `Asked`."""
        place = f"galleries/{_part(gallery)}/search"
        wanted = {"typed": typed, **asked}
        if not pictures:
            return Answer.of(self._json("POST", place, json=wanted))
        files = [("pictures", (f"{number}", _bytes(one))) for number, one in enumerate(pictures)]
        sent = {"asked": json.dumps(wanted)}
        return Answer.of(self._json("POST", f"{place}/pictures", data=sent, files=files))

    def item(self, gallery: str, item: int) -> Item:
        """What is known of a picture."""
        return Item.of(self._json("GET", _item(gallery, item)))

    def thumbnail(self, gallery: str, item: int) -> bytes:
        """A small JPEG of the person."""
        return self._asked("GET", f"{_item(gallery, item)}/thumbnail").content

    def picture(self, gallery: str, item: int, *, frame: bool = False) -> bytes:
        """A JPEG of the person, or of the whole frame."""
        return self._asked(
            "GET", f"{_item(gallery, item)}/picture", params={"frame": frame}
        ).content

    def film(self, gallery: str, item: int, place: Path) -> None:
        """Write the video out of which a picture is to a file.

        The file is there whole or, if anything fails, as it was.
        """
        self._fetched(place, "GET", f"{_item(gallery, item)}/film")

    def nearby(self, gallery: str, item: int, *, minutes: float = 5.0, k: int = 50) -> list[Item]:
        """What the same camera saw shortly before and after."""
        wanted = {"minutes": minutes, "k": k}
        found = self._json("GET", f"{_item(gallery, item)}/nearby", params=wanted)
        return [Item.of(one) for one in found]

    def explain(self, gallery: str, item: int, sentence: str) -> Explanation:
        """Which word met which part of a picture."""
        asked = {"sentence": sentence}
        return Explanation.of(self._json("POST", f"{_item(gallery, item)}/explanation", json=asked))

    # --- what people say and keep -------------------------------------------------------------

    def mark(self, gallery: str, query: str, item: int, fits: bool | None) -> None:
        """Say of a hit that it is the person, or not; None takes it back."""
        asked = {"query": query, "item": item, "fits": fits}
        self._asked("PUT", f"galleries/{_part(gallery)}/feedback", json=asked)

    def marks(self, gallery: str, query: str | None = None) -> list[Mark]:
        """The marks of one query or of all."""
        wanted = {} if query is None else {"query": query}
        found = self._json("GET", f"galleries/{_part(gallery)}/feedback", params=wanted)
        return [Mark.of(one) for one in found]

    def searches(self, gallery: str) -> list[Saved]:
        """The kept searches."""
        found = self._json("GET", f"galleries/{_part(gallery)}/searches")
        return [Saved.of(one) for one in found]

    def run_search(self, gallery: str, name: str, *, k: int | None = None, page: int = 1) -> Answer:
        """What a kept search finds now."""
        wanted = {"page": page} if k is None else {"page": page, "k": k}
        return Answer.of(self._json("GET", _search(gallery, name), params=wanted))

    def save_search(
        self, gallery: str, name: str, typed: str = "", *, replace: bool = False, **asked: Any
    ) -> None:
        """Keep a search under a name."""
        wanted = {"typed": typed, **asked}
        self._asked("PUT", _search(gallery, name), json=wanted, params={"replace": replace})

    def delete_search(self, gallery: str, name: str) -> None:
        """Erase a kept search."""
        self._asked("DELETE", _search(gallery, name))

    def export(
        self,
        gallery: str,
        ids: Sequence[int],
        place: Path,
        *,
        kind: str = "zip",
        search: Asked | None = None,
    ) -> None:
        """Write chosen pictures to a file: a zip, csv, json or a sheet; with the search's scores.

        The file is there whole or, if anything fails, as it was.
        """
        asked = {"ids": list(ids), "kind": kind, "search": search}
        self._fetched(place, "POST", f"galleries/{_part(gallery)}/export", json=asked)

    # --- indexing, erasure, audit -------------------------------------------------------------

    def add_job(
        self, gallery: str, folder: str, *, pattern: str | None = None, retry: bool = False
    ) -> Job:
        """Have a folder of the server indexed."""
        asked = {"gallery": gallery, "folder": folder, "pattern": pattern, "retry": retry}
        return Job.of(self._json("POST", "jobs", json=asked))

    def jobs(self) -> list[Job]:
        """The last jobs, newest first."""
        return [Job.of(one) for one in self._json("GET", "jobs")]

    def job(self, number: int) -> Job:
        """A job as it stands."""
        return Job.of(self._json("GET", f"jobs/{number}"))

    def cancel_job(self, number: int) -> Job:
        """Stop a job; what it has stored is kept."""
        return Job.of(self._json("DELETE", f"jobs/{number}"))

    def watch_job(self, number: int) -> Iterator[Job]:
        """The job after every change, until it is over."""
        with self._streamed("GET", f"jobs/{number}/events") as answer:
            for line in answer.iter_lines():
                if line.startswith("data: "):
                    yield Job.of(json.loads(line.removeprefix("data: ")))

    def plan_erasure(self, gallery: str, **whom: Any) -> Plan:
        """How many would be erased: ids, source, camera, after, before, older_than_days."""
        return Plan.of(self._json("POST", f"galleries/{_part(gallery)}/forget/plan", json=whom))

    def forget(self, gallery: str, plan: str, **whom: Any) -> Erasure:
        """Erase the pictures of a plan."""
        asked = {**whom, "plan": plan}
        return Erasure.of(self._json("POST", f"galleries/{_part(gallery)}/forget", json=asked))

    def audit(self, **which: Any) -> list[Entry]:
        """Entries of the audit log, latest first: gallery, who, act, below, limit."""
        return [Entry.of(one) for one in self._json("GET", "audit", params=which)]

    def verify_audit(self, head: str | None = None) -> Verdict:
        """Have the audit log follow its own chain."""
        wanted = {} if head is None else {"head": head}
        return Verdict.of(self._json("GET", "audit/verify", params=wanted))

    # --- below --------------------------------------------------------------------------------

    def _json(self, method: str, place: str, **sent: Any) -> Any:
        return self._asked(method, place, **sent).json()

    def _fetched(self, place: Path, method: str, address: str, **sent: Any) -> None:
        draft = place.with_name(f".{place.name}.part")
        try:
            with self._streamed(method, address, **sent) as answer, draft.open("wb") as file:
                for block in answer.iter_bytes():
                    file.write(block)
            draft.replace(place)
        finally:
            draft.unlink(missing_ok=True)

    def _asked(self, method: str, place: str, **sent: Any) -> httpx.Response:
        with self._streamed(method, place, **sent) as answer:
            answer.read()
        return answer

    @contextmanager
    def _streamed(self, method: str, place: str, **sent: Any) -> Iterator[httpx.Response]:
        try:
            with self._http.stream(method, place, **sent) as answer:
                if not answer.is_success:
                    answer.read()
                require_done(answer)
                yield answer
        except httpx.TransportError as error:
            raise ServiceError(
                f"{self._http.base_url.host}: no answer ({error or type(error).__name__}); is "
                f"'tipr serve' running at {self._http.base_url.copy_with(path='/')}?"
            ) from error


def _part(name: str) -> str:
    """A name as a part of an address, whatever is in it."""
    return quote(name, safe="")


def _item(gallery: str, item: int) -> str:
    return f"galleries/{_part(gallery)}/items/{item}"


def _search(gallery: str, name: str) -> str:
    return f"galleries/{_part(gallery)}/searches/{_part(name)}"


def _bytes(picture: Path | bytes) -> bytes:
    return picture.read_bytes() if isinstance(picture, Path) else picture
