"""Sends the body of one PATCH, all of it the letter s, at 100 kB/s. Run as a process, so that it can be stopped."""

import socket
import sys
import time

port, path, token, size = int(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4])
headers = {
    "Host": "127.0.0.1",
    "Tus-Resumable": "1.0.0",
    "Authorization": f"Token {token}",
    "Upload-Offset": 0,
    "Content-Type": "application/offset+octet-stream",
    "Content-Length": size,
}
line = socket.create_connection(("127.0.0.1", port))
line.sendall(f"PATCH {path} HTTP/1.1\r\n".encode())
line.sendall("".join(f"{name}: {value}\r\n" for name, value in headers.items()).encode() + b"\r\n")
for _number in range(size // 1000):
    line.sendall(b"s" * 1000)
    time.sleep(0.01)
