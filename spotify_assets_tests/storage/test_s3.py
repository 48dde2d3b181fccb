"""A base on S3: what only S3 does, with real boto3 over HTTP; the rest is in `test_storage`."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from moto.backends import get_backend
from moto.core import DEFAULT_ACCOUNT_ID

from spotify_assets.errors import UserError
from spotify_assets.storage import open_storage
from spotify_assets.storage.s3 import S3Storage, in_threads
from spotify_assets_tests.s3_server import (
    answering,
    changing,
    closing_client,
    count_requests,
    error_answer,
    impatient,
    new_bucket,
    set_aws,
)

KMS_KEY = "arn:aws:kms:us-east-1:123456789012:key/0f7d28c6-7a0c-4ad1-8a3c-5d0b5f2c7a11"


def head(storage: S3Storage, key: str) -> dict[str, Any]:
    """Return the metadata of an object."""
    location = storage.location(key).removeprefix(f"s3://{storage.bucket}/")
    answer: dict[str, Any] = storage.client.head_object(Bucket=storage.bucket, Key=location)
    return answer


def test_thousands_of_files_are_listed_page_by_page(s3_storage: S3Storage) -> None:
    wanted = [f"raw/{number:04}.csv" for number in range(2300)]
    # Directly into moto, which runs in this process: requests would take a quarter of a minute.
    s3 = get_backend("s3")[DEFAULT_ACCOUNT_ID]["aws"]
    for key in (*wanted, "rawer/a.csv"):
        s3.put_object(s3_storage.bucket, f"some/prefix/{key}", b"x")
    requests = count_requests(s3_storage)
    assert [file.key for file in s3_storage.files("raw/")] == wanted
    assert requests == {"ListObjectsV2": 3}


def test_a_base_below_a_prefix_sees_nothing_beside_it(each_s3: S3Storage) -> None:
    whole = S3Storage(each_s3.bucket)
    with closing_client(whole):
        whole.write("some/prefixes/a.txt", b"")
        whole.write("some/prefix/b.txt", b"")
        found = [file.key for file in whole.files("")]
        assert found == ["some/prefix/b.txt", "some/prefixes/a.txt"]
    assert [file.key for file in each_s3.files("")] == ["b.txt"]
    assert each_s3.location("b.txt") == f"s3://{each_s3.bucket}/some/prefix/b.txt"


def test_the_consoles_folders_are_not_listed(each_s3: S3Storage) -> None:
    for key in ("raw/", "raw/a.b.txt"):
        each_s3.write(key, b"")
    assert [file.key for file in each_s3.files("")] == ["raw/a.b.txt"]


def test_every_file_has_its_content_type(each_s3: S3Storage) -> None:
    types = {
        "a.json": "application/json",
        "a.jsonl": "application/x-ndjson",
        "a.CSV": "text/csv; charset=utf-8",
        "a.parquet": "application/vnd.apache.parquet",
        "a.html": "text/html; charset=utf-8",
        "a.reason.txt": "text/plain; charset=utf-8",
        "a": "application/octet-stream",
    }
    for key in types:
        each_s3.write(key, b"content")
    assert {key: head(each_s3, key)["ContentType"] for key in types} == types


@pytest.mark.usefixtures("s3_environment")
def test_whatever_is_written_is_encrypted_as_set() -> None:
    with new_bucket(encryption=KMS_KEY) as storage:
        storage.write("a.txt", b"a")
        storage.write_once("b.txt", b"b")
        storage.copy("a.txt", "c.txt")
        storage.move("b.txt", "d.txt")
        for key in ("a.txt", "c.txt", "d.txt"):
            assert head(storage, key)["ServerSideEncryption"] == "aws:kms"
            assert head(storage, key)["SSEKMSKeyId"] == KMS_KEY
    with new_bucket(encryption="AES256") as storage:
        storage.write("a.txt", b"a")
        assert head(storage, "a.txt")["ServerSideEncryption"] == "AES256"
    with new_bucket() as storage:
        storage.write("a.txt", b"a")
        assert "SSEKMSKeyId" not in head(storage, "a.txt")


def test_tags_stay_behind_for_which_a_copy_would_need_rights(s3_storage: S3Storage) -> None:
    s3_storage.write("a.txt", b"a")
    place = {"Bucket": s3_storage.bucket, "Key": f"{s3_storage.prefix}/a.txt"}
    tags = {"TagSet": [{"Key": "expires", "Value": "soon"}]}
    s3_storage.client.put_object_tagging(**place, Tagging=tags)
    s3_storage.move("a.txt", "b.txt")
    place["Key"] = f"{s3_storage.prefix}/b.txt"
    assert s3_storage.client.get_object_tagging(**place)["TagSet"] == []


def test_a_store_that_does_not_encrypt_as_set_is_refused(second_s3_storage: S3Storage) -> None:
    careless = S3Storage(second_s3_storage.bucket, "x", "AES256")
    second_s3_storage.write("a.txt", b"")
    for write in (
        lambda: careless.write("a.txt", b""),
        lambda: careless.write_once("b.txt", b""),
        lambda: careless.copy("a.txt", "c.txt"),
    ):
        with pytest.raises(UserError, match="doesn't encrypt as SPOTIFY_ASSETS_S3_ENCRYPTION says"):
            write()
    careless.client.close()


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("AWS_ACCESS_KEY_ID", "somebody", "XAdminUserNotFound"),
        ("AWS_SECRET_ACCESS_KEY", "a-secret", "SignatureDoesNotMatch"),
    ],
)
def test_credentials_that_a_store_does_not_accept_are_reported_without_them(
    second_s3_storage: S3Storage, monkeypatch: pytest.MonkeyPatch, name: str, value: str, code: str
) -> None:
    monkeypatch.setenv(name, value)
    with impatient(second_s3_storage.bucket) as storage:
        for use in (lambda: list(storage.files("")), lambda: storage.read("a.txt")):
            with pytest.raises(
                UserError, match=rf"doesn't accept the credentials .* \({code}\)"
            ) as e:
                use()
            assert value not in str(e.value)


def meanwhile(storage: S3Storage, operation: str, key: str, content: bytes) -> None:
    """Let somebody else write a file just before the storage's first such request about it is sent."""
    other = S3Storage(storage.bucket, "some/prefix")
    done: list[bool] = []

    def put(request: Any, **_: object) -> None:
        if not done and request.url.endswith(f"/{key}"):
            done.append(True)
            with closing_client(other):
                other.write(key, content)

    storage.client.meta.events.register(f"before-send.s3.{operation}", put)


def test_of_two_that_write_once_the_first_one_counts(each_s3: S3Storage) -> None:
    meanwhile(each_s3, "PutObject", "a.txt", b"somebody else's")
    assert not each_s3.write_once("a.txt", b"ours")
    assert each_s3.read("a.txt") == b"somebody else's"


@pytest.mark.parametrize("moved", [False, True])
def test_a_file_replaced_while_it_is_deleted_or_moved_stays(
    each_s3: S3Storage, moved: bool
) -> None:
    each_s3.write("a.txt", b"old")
    (listed,) = each_s3.files("")
    meanwhile(each_s3, "DeleteObject", "a.txt", b"new")
    if moved:
        each_s3.move("a.txt", "b.txt")
        assert each_s3.read("b.txt") == b"old"
    else:
        assert not each_s3.delete_unchanged(listed)
    assert each_s3.read("a.txt") == b"new"


def test_no_more_is_read_ahead_than_the_window_holds() -> None:
    begun: list[str] = []

    def read(key: str) -> bytes:
        begun.append(key)
        return key.encode()

    def asked_for() -> Iterator[str]:
        for number in range(100):
            yield str(number)
            asked.append(number)

    asked: list[int] = []
    reading = in_threads(read, asked_for(), threads=4, window=8)
    assert next(reading) == ("0", b"0")
    assert len(asked) <= 8
    reading.close()  # type: ignore[attr-defined]
    assert len(begun) <= 8
    assert not [t for t in threading.enumerate() if t.name.startswith("in_threads")]


def test_items_before_an_error_of_the_iterator_are_done() -> None:
    def items() -> Iterator[int]:
        yield from range(20)
        raise ValueError("no more")

    done: list[int] = []
    with pytest.raises(ValueError, match="no more"):
        list(in_threads(done.append, items()))
    assert sorted(done) == list(range(20))


def test_an_error_is_raised_in_its_turn_and_nothing_more_is_started() -> None:
    def do(number: int) -> int:
        done.append(number)
        return 1 // number

    done: list[int] = []
    doing = in_threads(do, [1, 0, *range(2, 100)], threads=1, window=4)
    assert next(doing) == (1, 1)
    with pytest.raises(ZeroDivisionError):
        list(doing)
    assert len(done) <= 6


def test_several_are_read_at_the_same_time() -> None:
    all_at_once = threading.Barrier(16)  # lets only 16 at once pass

    def read(key: str) -> bytes:
        all_at_once.wait(timeout=30)
        return key.encode()

    keys = [str(number) for number in range(32)]
    assert [key for key, _ in in_threads(read, keys)] == keys


def test_definitions_of_a_base_on_s3_load_without_credentials(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    storage = open_storage("s3://charts/x")
    with pytest.raises(UserError, match=r"AWS_PROFILE names a profile that isn't .* 'charts'"):
        storage.exists("a.txt")


@pytest.mark.usefixtures("s3_environment")
def test_a_bucket_that_does_not_exist_is_named() -> None:
    names = pytest.raises(UserError, match="_BASE names the bucket 'no-such-bucket', which does")
    with impatient("no-such-bucket") as storage:
        with names:
            storage.read("a.txt")
        with names:
            storage.write("a.txt", b"")
        with names:
            list(storage.files(""))


@pytest.mark.usefixtures("nobody_listens")
def test_an_address_where_nothing_listens_is_a_connection_error_without_its_password() -> None:
    with impatient() as storage, pytest.raises(ConnectionError) as error:
        storage.read("a.txt")
    assert "S3 can't be reached for the bucket 'charts'" in str(error.value)
    assert "AWS_ENDPOINT_URL" in str(error.value)
    assert "pass-word" not in str(error.value)
    assert error.value.__cause__ is None
    assert error.value.__suppress_context__


@pytest.mark.parametrize("name", ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"])
@pytest.mark.parametrize("where", ["a host:9000", "[::1", "host_name:80"])
def test_an_endpoint_that_is_no_address_is_named_without_its_password(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, where: str
) -> None:
    set_aws(monkeypatch, "http://127.0.0.1:9", tmp_path)
    monkeypatch.setenv(name, f"http://someone:a-password@{where}")
    with pytest.raises(UserError, match=f"^{name} is no address") as error:
        S3Storage("charts").read("a.txt")
    assert "a-password" not in str(error.value)
    assert error.value.__suppress_context__


def test_a_connection_that_breaks_within_a_file_is_retried(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    half = (200, {"Content-Length": "100"}, b"half of it")
    with answering([half, half, (200, {}, b"all of it")]) as endpoint:
        set_aws(monkeypatch, endpoint, tmp_path)
        with impatient() as storage:
            assert storage.read("a.txt") == b"all of it"
    with answering([half]) as endpoint:
        set_aws(monkeypatch, endpoint, tmp_path)
        with impatient() as storage, pytest.raises(ConnectionError, match="can't be reached"):
            storage.read("a.txt")


def test_of_many_that_write_once_at_the_same_moment_one_does(second_s3_storage: S3Storage) -> None:
    start = threading.Barrier(8)

    def write(number: int) -> bool:
        start.wait(timeout=30)
        return bool(second_s3_storage.write_once("a.txt", b"%d" % number))

    wrote = [wrote for _, wrote in second_s3_storage.together(write, range(8))]
    assert wrote.count(True) == 1
    assert second_s3_storage.read("a.txt") == b"%d" % wrote.index(True)


@pytest.mark.parametrize(
    ("header", "says"),
    [
        ("If-None-Match", "ignores If-None-Match of PutObject"),
        ("If-Match", "ignores If-Match of PutObject"),
    ],
)
def test_a_store_that_ignores_conditions_is_refused_and_nothing_is_lost(
    s3_storage: S3Storage, s3_endpoint: str, monkeypatch: pytest.MonkeyPatch, header: str, says: str
) -> None:
    s3_storage.write("a.txt", b"theirs")
    (listed,) = s3_storage.files("")
    with changing(s3_endpoint, without=(header,)) as address:
        monkeypatch.setenv("AWS_ENDPOINT_URL", address)
        careless = S3Storage(s3_storage.bucket, s3_storage.prefix)
        with closing_client(careless):
            for change in (
                lambda: careless.write_once("a.txt", b"ours"),
                lambda: careless.delete_unchanged(listed),
                lambda: careless.move("a.txt", "b.txt"),
            ):
                with pytest.raises(UserError, match=f"{s3_storage.location('')} {says}"):
                    change()
    assert dict(s3_storage.read_many(f.key for f in s3_storage.files(""))) == {"a.txt": b"theirs"}


def test_a_store_is_tried_once_with_three_requests(each_s3: S3Storage) -> None:
    each_s3.write_once("a.txt", b"")
    other = S3Storage(each_s3.bucket, each_s3.prefix)
    with closing_client(other):
        requests = count_requests(other)
        assert all(wrote for _, wrote in other.together(lambda k: other.write_once(k, b""), "bcde"))
        for file in list(other.files("")):
            other.delete_unchanged(file)
    assert requests == {"PutObject": 6, "DeleteObject": 6, "ListObjectsV2": 1}


def test_a_write_that_conflicts_with_another_is_retried(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    conflict, kept = error_answer(409, "ConditionalRequestConflict"), error_answer(412, "412")
    written = (200, {"ETag": '"1"'}, b"")
    with answering([conflict, conflict, kept, kept, kept, conflict, written]) as endpoint:
        set_aws(monkeypatch, endpoint, tmp_path)
        with impatient() as storage:
            assert storage.write_once("a.txt", b"content")
