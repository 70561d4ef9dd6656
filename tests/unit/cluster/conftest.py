"""A Milvus server that lives in this process, behind what pymilvus looks like."""

# ruff: noqa: A002 - the names of pymilvus's arguments

import sys
import types
from collections import defaultdict
from typing import Any

import numpy as np
import pytest


class FakeError(Exception):
    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


class FakeServer:
    """Collections by name; `evaluate` reads an expression as Python, which it nearly is."""

    def __init__(self) -> None:
        self.collections: dict[str, dict[str, Any]] = {}
        self.version = "v2.3.5-lite"
        self.there = True
        self.most = 16_384
        self.asked: list[dict[str, Any]] = []
        self.compacted = self.flushed = 0
        self.fails_after: int | None = None

    def rows(self, name: str) -> dict[int, dict[str, Any]]:
        return self.collections[name]["rows"]


def evaluate(where: str, row: dict[str, Any]) -> bool:
    known = {**row, "attributes": defaultdict(lambda: None, row["attributes"])}
    return not where or eval(where, {}, known)


class FakeClient:
    def __init__(self, server: FakeServer) -> None:
        self.server = server

    def __getattribute__(self, name: str) -> Any:
        if name not in ("server", "close") and not self.server.there:
            raise FakeError(2, "Fail connecting to server")
        return super().__getattribute__(name)

    def close(self) -> None: ...

    def get_server_version(self) -> str:
        return self.server.version

    def has_collection(self, name: str) -> bool:
        return name in self.server.collections

    def describe_collection(self, name: str) -> dict[str, Any]:
        return {"description": self.server.collections[name]["schema"].description}

    def load_collection(self, name: str) -> None:
        assert name in self.server.collections

    def prepare_index_params(self) -> Any:
        return types.SimpleNamespace(add_index=lambda *_, **__: None)

    def create_schema(self, *, auto_id: bool, description: str) -> Any:
        return types.SimpleNamespace(description=description, add_field=lambda *_, **__: None)

    def create_collection(self, name: str, **given: Any) -> None:
        self.server.collections[name] = {"schema": given["schema"], "rows": {}}

    def drop_collection(self, name: str) -> None:
        del self.server.collections[name]

    def upsert(self, name: str, rows: list[dict[str, Any]]) -> None:
        if self.server.fails_after is not None:
            self.server.fails_after -= 1
            if self.server.fails_after < 0:
                raise FakeError(1, "the server is\nout of memory")
        self.server.rows(name).update({row["id"]: row for row in rows})

    def delete(self, name: str, *, filter: str) -> None:
        rows = self.server.rows(name)
        for number in [number for number, row in rows.items() if evaluate(filter, row)]:
            del rows[number]

    def flush(self, name: str) -> None:
        self.server.flushed += 1

    def describe_index(self, name: str, field: str) -> dict[str, int]:
        assert field == "vector"
        return {"pending_index_rows": 0 if self.server.flushed else len(self.server.rows(name))}

    def compact(self, name: str) -> None:
        self.server.compacted += 1

    def query(
        self, name: str, *, filter: str, output_fields: list[str], **_: Any
    ) -> list[dict[str, Any]]:
        found = [row for row in self.server.rows(name).values() if evaluate(filter, row)]
        if output_fields == ["count(*)"]:
            return [{"count(*)": len(found)}]
        return [{field: row[field] for field in output_fields} for row in found]

    def search(self, name: str, *, data: Any, limit: int, filter: str, **given: Any) -> Any:
        """Float32 sums that err within their bound, equal scores in any order, as from Milvus."""
        self.server.asked.append({"limit": limit, "filter": filter, **given})
        assert limit <= self.server.most
        rng = np.random.default_rng(len(self.server.asked))
        found = []
        for row in self.server.rows(name).values():
            if evaluate(filter, row):
                score = float(row["vector"].astype(np.float64) @ data[0])
                error = rng.uniform(-1, 1) * len(data[0]) * np.finfo(np.float32).eps / 2
                found.append((score + error, rng.uniform(), row))
        found.sort(key=lambda each: each[:2], reverse=True)
        return [
            [
                {"id": row["id"], "distance": score, "entity": {"vector": row["vector"].tolist()}}
                for score, _, row in found[:limit]
            ]
        ]


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> FakeServer:
    """pymilvus, with one empty server behind every address."""
    made = FakeServer()
    package, errors = types.ModuleType("pymilvus"), types.ModuleType("pymilvus.exceptions")
    package.MilvusClient = lambda **_: FakeClient(made)  # pyright: ignore[reportAttributeAccessIssue]
    package.DataType = types.SimpleNamespace(  # pyright: ignore[reportAttributeAccessIssue]
        INT64=5, VARCHAR=21, JSON=23, FLOAT_VECTOR=101
    )
    errors.MilvusException = FakeError  # pyright: ignore[reportAttributeAccessIssue]
    package.exceptions = errors  # pyright: ignore[reportAttributeAccessIssue]
    monkeypatch.setitem(sys.modules, "pymilvus", package)
    monkeypatch.setitem(sys.modules, "pymilvus.exceptions", errors)
    return made
