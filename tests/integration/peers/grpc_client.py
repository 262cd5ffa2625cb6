#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A gRPC client that we did not write: grpcio, over a unix socket, with raw bytes in place of generated messages.

As a program, it makes one call and says how it ended:

    grpc_client.py SOCKET METHOD [--timeout SECONDS] [--authority NAME] [--stream N] [--request HEX]

    $ grpc_client.py /run/x-reg.sock /pluginregistration.Registration/GetInfo
    OK 0a09445241506c7567696e...

One line for each message, then, if the call failed, the code and the message. Exit code 0 if it was OK, 1 if not,
77 if grpcio is not there. The request is empty unless --request gives it in hexadecimal digits.

As a module:

    client = grpc_client.Client("/run/x.sock")
    reply = client.call("/package.Service/Method", b"...", timeout=5)      # raises grpc.RpcError
    future = client.start("/package.Service/Method", b"...", timeout=5)    # .result(), .cancel(), .code()
    for message in client.stream("/package.Service/Method", b"..."): ...
"""

import argparse
import sys

try:
    import grpc
except ImportError:
    print("grpcio is not importable by", sys.executable, file=sys.stderr)
    sys.exit(77)


class Client:
    """One channel, and so one connection, to the server at the socket PATH."""

    def __init__(self, path, authority=None, max_message_bytes=None):
        # Channels with the same options share connections, unless told not to.
        options = [("grpc.use_local_subchannel_pool", 1), ("grpc.enable_retries", 0)]
        if authority is not None:
            options.append(("grpc.default_authority", authority))
        if max_message_bytes is not None:
            options.append(("grpc.max_receive_message_length", max_message_bytes))
            options.append(("grpc.max_send_message_length", max_message_bytes))
        self.channel = grpc.insecure_channel("unix:" + path, options=options)

    def call(self, method, request=b"", timeout=None, metadata=None):
        return self.channel.unary_unary(method)(request, timeout=timeout, metadata=metadata)

    def start(self, method, request=b"", timeout=None):
        return self.channel.unary_unary(method).future(request, timeout=timeout)

    def stream(self, method, request=b"", timeout=None):
        return self.channel.unary_stream(method)(request, timeout=timeout)

    def close(self):
        self.channel.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("socket")
    parser.add_argument("method")
    parser.add_argument("--timeout", type=float, default=10)
    parser.add_argument("--authority")
    parser.add_argument("--request", type=bytes.fromhex, default=b"", metavar="HEX")
    parser.add_argument("--stream", type=int, metavar="N", help="the method streams; stop after N messages")
    args = parser.parse_args()

    client = Client(args.socket, args.authority)
    try:
        if args.stream is None:
            print("OK", client.call(args.method, args.request, args.timeout).hex())
            return 0
        messages = client.stream(args.method, args.request, args.timeout)
        for n, message in enumerate(messages, 1):
            print("OK", message.hex(), flush=True)
            if n == args.stream:
                messages.cancel()
                return 0
        return 0
    except grpc.RpcError as error:
        print(error.code().name, error.details())
        return 1
    finally:
        client.close()


if __name__ == "__main__":
    sys.exit(main())
