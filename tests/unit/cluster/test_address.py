import pytest

from tipr.cluster.address import Address, parse
from tipr.errors import ConfigError


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("milvus://db/people", Address("db", 19530, "people")),
        ("milvus://10.0.0.7:7/_p2?index=hnsw", Address("10.0.0.7", 7, "_p2", "hnsw")),
        ("milvus://[::1]:7/p?index=exact", Address("::1", 7, "p")),
    ],
)
def test_an_address_is_read_and_written(text, address):
    assert parse(text) == address
    assert parse(str(address)) == address


@pytest.mark.parametrize(
    "text",
    [
        *("db/people", "http://db/people", "milvus:///people", "milvus://db", "milvus://db/"),
        *("milvus://db/pe ople", "milvus://db/2people", "milvus://db/a/b", "milvus://db:x/p"),
        *("milvus://db/p?index=flat", "milvus://db/p?indexes=hnsw", "milvus://db/p?x"),
        *("milvus://db:70000/p", "milvus://db/p#x", "milvus://db/p?index=hnsw&index=ivf"),
    ],
)
def test_anything_else_is_refused_with_what_was_expected(text):
    with pytest.raises(ConfigError, match="expected milvus://HOST:PORT/COLLECTION"):
        parse(text)


def test_a_password_in_the_address_is_refused_and_not_repeated():
    with pytest.raises(ConfigError, match="TIPR_MILVUS_TOKEN") as caught:
        parse("milvus://root:secret-word@db/people")
    assert "secret-word" not in str(caught.value)


def test_an_ipv6_server_stands_in_brackets():
    assert parse("milvus://[::1]:7/p").server == "http://[::1]:7"
