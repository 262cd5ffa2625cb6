#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Our gRPC server, called by grpcio: check_grpcio.py PEER_SERVER. Exit code 77 if grpcio is not there."""

import os
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../integration/peers"))
from grpc_client import Client, grpc  # noqa: E402

SERVER = None
MIB = 1 << 20
LONGEST_PATH = 107


def method(name):
    return "/peer.Peer/" + name


class Check(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.path = os.path.join(self.folder.name, "s.sock")
        self.server = subprocess.Popen([SERVER, self.path], stdout=subprocess.PIPE)
        self.assertEqual(self.server.stdout.readline(), b"ready\n")
        self.client = Client(self.path)

    def tearDown(self):
        self.client.close()
        if self.server.poll() is None:
            stopper = Client(self.path)
            stopper.call(method("Stop"), timeout=5)
            stopper.close()
        self.assertEqual(self.server.wait(10), 0)  # and the sanitizers had nothing to say
        self.server.stdout.close()
        self.assertEqual(os.listdir(self.folder.name), [])
        self.folder.cleanup()

    def assert_fails(self, code, call):
        with self.assertRaises(grpc.RpcError) as caught:
            call()
        self.assertEqual(caught.exception.code(), code)
        return caught.exception.details()

    def assert_echoes(self):
        self.assertEqual(self.client.call(method("Echo"), b"hello", timeout=5), b"hello")

    def n_cancelled(self):
        return int(self.client.call(method("Cancelled"), timeout=5))

    def wait_for_cancelled(self, n):
        for _ in range(100):
            if self.n_cancelled() == n:
                return
            time.sleep(0.02)
        self.fail("%d calls were cancelled, expected %d" % (self.n_cancelled(), n))

    def test_unary(self):
        self.assert_echoes()
        self.assertEqual(self.client.call(method("Echo")), b"")
        for _ in range(200):
            self.assert_echoes()

    def test_metadata(self):
        metadata = [("traceparent", "00-x"), ("some-bin", b"\x00\xff")]
        self.assertEqual(self.client.call(method("Echo"), b"x", metadata=metadata), b"x")

    def test_large_metadata(self):
        self.assert_fails(
            grpc.StatusCode.RESOURCE_EXHAUSTED,
            lambda: self.client.call(method("Echo"), b"x", metadata=[("k", "v" * 20000)]),
        )
        self.assert_echoes()

    def test_unknown_method(self):
        for path in [method("None"), "/other.Service/Echo", "/" + "x" * 1000]:
            self.assert_fails(grpc.StatusCode.UNIMPLEMENTED, lambda p=path: self.client.call(p))
        self.assert_echoes()

    def test_error_text(self):
        for text in ["plain", "100% of\nlines", "gr\u00f6\u00dfe \u2028 \U0001f600", "%41%zz%", "\t\x7f"]:
            details = self.assert_fails(
                grpc.StatusCode.NOT_FOUND, lambda t=text: self.client.call(method("Fail"), t.encode())
            )
            self.assertEqual(details, text)

    def test_malformed_utf8_in_an_error(self):
        details = self.assert_fails(
            grpc.StatusCode.NOT_FOUND, lambda: self.client.call(method("Fail"), b"a\xff\xc3b")
        )
        self.assertEqual(details, "a\ufffd\ufffdb")

    def test_long_error(self):
        details = self.assert_fails(
            grpc.StatusCode.NOT_FOUND, lambda: self.client.call(method("Fail"), b"x" * 100000)
        )
        self.assertEqual(details, "x" * 4096)

    def test_deadline(self):
        self.assert_fails(
            grpc.StatusCode.DEADLINE_EXCEEDED, lambda: self.client.call(method("Hold"), timeout=0.1)
        )
        self.wait_for_cancelled(1)
        self.assertEqual(self.client.call(method("Delay"), b"50", timeout=5), b"late")

    def test_cancel(self):
        futures = [self.client.start(method("Hold")) for _ in range(20)]
        time.sleep(0.1)
        for future in futures:
            future.cancel()
        self.wait_for_cancelled(20)
        self.assert_echoes()

    def test_peer_death(self):
        other = Client(self.path)
        futures = [other.start(method("Hold")) for _ in range(10)]
        time.sleep(0.1)
        other.close()
        self.wait_for_cancelled(10)
        del futures

    def test_messages_of_4_mib(self):
        request = bytes(4 * MIB)
        self.assertEqual(self.client.call(method("Echo"), request, timeout=20), request)

    def test_request_of_5_mib(self):
        large = Client(self.path, max_message_bytes=16 * MIB)
        for _ in range(3):
            details = self.assert_fails(
                grpc.StatusCode.RESOURCE_EXHAUSTED, lambda: large.call(method("Echo"), bytes(5 * MIB), 20)
            )
            self.assertIn("5242880", details)
        self.assertEqual(large.call(method("Echo"), b"x"), b"x")
        large.close()

    def test_reply_of_5_mib(self):
        size = str(5 * MIB).encode()
        self.assert_fails(
            grpc.StatusCode.RESOURCE_EXHAUSTED, lambda: self.client.call(method("Zeros"), size, timeout=20)
        )
        large = Client(self.path, max_message_bytes=16 * MIB)
        self.assertEqual(large.call(method("Zeros"), size, timeout=20), bytes(5 * MIB))
        large.close()

    def test_concurrent(self):
        for n in [100, 300]:  # the server takes 128 at once; the client keeps the rest back
            futures = [self.client.start(method("Delay"), b"20", timeout=20) for _ in range(n)]
            self.assertEqual([future.result() for future in futures], [b"late"] * n)

    def test_authorities(self):
        for authority in ["localhost", "%2Fvar%2Flib%2Fkubelet%2Fdra.sock", self.path, "x" * 200]:
            client = Client(self.path, authority=authority)
            self.assertEqual(client.call(method("Echo"), b"x", timeout=5), b"x")
            client.close()

    def test_stream(self):
        self.assertEqual(list(self.client.stream(method("Ticks"), b"5")), [b"1", b"2", b"3", b"4", b"5"])

    def test_stream_cancelled(self):
        stream = self.client.stream(method("Ticks"), b"100000")
        self.assertEqual(next(stream), b"1")
        stream.cancel()
        self.wait_for_cancelled(1)

    def test_goaway(self):
        running = self.client.start(method("Delay"), b"500", timeout=10)
        time.sleep(0.1)
        other = Client(self.path)
        other.call(method("Stop"), timeout=5)
        self.assert_fails(grpc.StatusCode.UNAVAILABLE, lambda: self.client.call(method("Echo"), b"x", timeout=5))
        self.assertEqual(running.result(), b"late")
        self.assertEqual(self.server.wait(5), 0)
        other.close()


if __name__ == "__main__":
    SERVER = sys.argv.pop(1)
    unittest.main(verbosity=2)
