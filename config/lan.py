"""How other machines of the local network reach this one. Asks the kernel only; nothing is sent."""

import fcntl
import re
import socket
import struct
from contextlib import suppress

SIOCGIFADDR = 0x8915
EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104
LOOPBACK = ("localhost", "127.0.0.1", "[::1]")
# Bridges to containers and virtual machines: nobody in the office comes in by them.
INNER = ("docker", "br-", "veth", "virbr", "lxc", "cni", "podman")


def addresses() -> list[str]:
    """The IPv4 addresses of this machine, the one that leads out first, without the loopback."""
    found = {name: address for name, address in _by_interface().items() if not address.startswith("127.")}
    outward = _outward()
    return sorted(found.values(), key=lambda one: (one != outward, _is_inner(one, found)))


def host_names() -> list[str]:
    """What this machine calls itself, and that name as it is announced without a name server (mDNS).

    None where the name is none for the web, as with an underscore: requests by it are refused.
    """
    name = socket.gethostname().lower()
    if not re.fullmatch(r"[a-z0-9.-]+", name):
        return []
    return [name] if "." in name else [name, f"{name}.local"]


def reachable_as(host: str) -> list[str]:
    """What people may type into the browser when the server listens on `host`, the best one first."""
    where = addresses() if host in EVERYWHERE else [in_address(host)]
    return list(dict.fromkeys([*where, *host_names(), *LOOPBACK]))


def in_address(host: str) -> str:
    """As it stands in http://…: IPv6 in brackets."""
    return f"[{host}]" if ":" in host else host


def _by_interface() -> dict[str, str]:
    found = {}
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
        for _number, name in socket.if_nameindex():
            with suppress(OSError):  # one without an address
                answer = fcntl.ioctl(asked, SIOCGIFADDR, struct.pack("256s", name[:15].encode()))
                found[name] = socket.inet_ntoa(answer[20:24])
    return found


def _is_inner(address: str, found: dict[str, str]) -> bool:
    return any(found[name] == address for name in found if name.startswith(INNER))


def _outward() -> str:
    """The address from which a packet to a foreign network would leave; empty where there is no way out."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # of a network for documentation; connecting UDP sends nothing
        except OSError:
            return ""
        return probe.getsockname()[0]
