"""What the ways of speaking S3 from Python cost: start, CPU a put, time, memory.

Usage: python -m benchmarks.clients   (obstore is left out where it is not installed)
Each way runs in a process of its own against benchmarks.s3_server, 16 requests at once, and does
what the publisher does: an exact Content-Type, Cache-Control, a sha256 of the content in the request.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from benchmarks.s3_server import run_server

SETS = {"2,000 x 4 kB": (2000, 4_000), "200 x 1 MB": (200, 1_000_000)}
WAYS = ("own", "botocore auth + urllib3", "botocore client", "obstore")
TYPE, CACHE = "image/png", "public, max-age=31536000, immutable"

Put = Callable[[str, bytes], object]
"""Puts bytes under a key."""


def own(endpoint: str) -> Put:
    """Return how the publisher puts an object."""
    from assetbuild.publish.content import body_of_bytes
    from assetbuild.publish.opening import StoreOptions, open_store
    from assetbuild.publish.target import read_target

    store = open_store(read_target({**os.environ}, Path()), {}, StoreOptions())
    store.use_abilities(store.probe("abilities"))
    headers = (("cache-control", CACHE), ("content-type", TYPE))
    return lambda key, data: store.put(key, body_of_bytes(data), headers)


def botocore_auth(endpoint: str) -> Put:
    """Return a put by urllib3, signed by botocore."""
    import urllib3
    from botocore.auth import S3SigV4Auth
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials

    pool = urllib3.PoolManager(maxsize=16, retries=False)
    auth = S3SigV4Auth(Credentials("k", "s"), "s3", "us-east-1")

    def put(key: str, data: bytes) -> None:
        headers = {"cache-control": CACHE, "content-type": TYPE}
        headers["X-Amz-Content-SHA256"] = hashlib.sha256(data).hexdigest()
        request = AWSRequest("PUT", f"{endpoint}/b/{key}", headers=headers, data=data)
        auth.add_auth(request)
        answer = pool.request(
            "PUT", str(request.url), body=data, headers=dict(request.headers.items())
        )
        assert answer.status == 200

    return put


def botocore_client(endpoint: str) -> Put:
    """Return a put by botocore's client, as boto3 does it."""
    import botocore.session
    from botocore.config import Config

    client: Any = botocore.session.Session().create_client(
        "s3",
        endpoint_url=endpoint,
        region_name="us-east-1",
        config=Config(max_pool_connections=16, request_checksum_calculation="when_required"),
    )

    def put(key: str, data: bytes) -> None:
        client.put_object(Bucket="b", Key=key, Body=data, ContentType=TYPE, CacheControl=CACHE)

    return put


def obstore(endpoint: str) -> Put:
    """Return a put by obstore, which is written in Rust."""
    from obstore.store import S3Store

    store = S3Store(
        "b",
        endpoint=endpoint,
        region="us-east-1",
        access_key_id="k",
        secret_access_key="s",
        virtual_hosted_style_request=False,
        client_options={"allow_http": True},
    )
    attributes = {"Content-Type": TYPE, "Cache-Control": CACHE}
    return lambda key, data: store.put(key, data, attributes=attributes, use_multipart=False)


def run_one(way: str, count: int, size: int, endpoint: str) -> dict[str, float]:
    """Open a way and put ``count`` objects; in a process of its own."""
    makers = dict(zip(WAYS, (own, botocore_auth, botocore_client, obstore), strict=True))
    data = os.urandom(size)
    started = time.perf_counter()
    put = makers[way](endpoint)
    opened = time.perf_counter() - started
    before = time.process_time()
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda n: put(f"f/{n}.png", data), range(count)))
    took = time.perf_counter() - started - opened
    cpu = time.process_time() - before
    peak = next(
        int(line.split()[1])
        for line in Path("/proc/self/status").read_text().splitlines()
        if line.startswith("VmHWM")
    )
    return {"open_s": opened, "puts_s": took, "cpu_ms": cpu / count * 1000, "peak_mb": peak / 1024}


def main() -> None:
    """Print a table: each way, the best of three runs."""
    print("| set | way | import and open s | puts s | CPU ms a put | peak MB |")
    print("|---|---|---|---|---|---|")
    for title, (count, size) in SETS.items():
        for way in WAYS:
            with run_server() as endpoint:
                env = {
                    **os.environ,
                    "ASSETBUILD_S3_URL": f"s3://b?region=us-east-1&endpoint={endpoint}",
                    "AWS_ACCESS_KEY_ID": "k",
                    "AWS_SECRET_ACCESS_KEY": "s",
                }
                argv = [sys.executable, "-m", "benchmarks.clients", way]
                argv += [str(count), str(size), endpoint]
                runs = []
                for _ in range(3):
                    done = subprocess.run(
                        argv, check=False, env=env, capture_output=True, text=True
                    )
                    if done.returncode == 0:
                        runs.append(json.loads(done.stdout))
            if not runs:
                print(f"| {title} | {way} | not installed: {done.stderr.splitlines()[-1:]} |")
                continue
            best = min(runs, key=lambda one: one["puts_s"])
            print(
                f"| {title} | {way} | {best['open_s']:.2f} | {best['puts_s']:.2f} "
                f"| {best['cpu_ms']:.2f} | {best['peak_mb']:.0f} |"
            )


if __name__ == "__main__":
    if len(sys.argv) > 1:
        found = run_one(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4])
        print(json.dumps(found))
    else:
        main()
