"""The caller's address decides who is slowed down after wrong passwords, so nobody may choose his own."""

from types import SimpleNamespace

from django.test import RequestFactory

from config.clients import client_address


def test_without_a_proxy_the_header_is_ignored(rf: RequestFactory, settings: SimpleNamespace) -> None:
    settings.BEHIND_PROXY = False
    assert client_address(rf.get("/", HTTP_X_FORWARDED_FOR="198.51.100.7")) == "127.0.0.1"


def test_behind_the_proxy_its_word_counts_and_not_the_clients(rf: RequestFactory, settings: SimpleNamespace) -> None:
    settings.BEHIND_PROXY = True
    assert client_address(rf.get("/", HTTP_X_FORWARDED_FOR="203.0.113.9, 198.51.100.7")) == "198.51.100.7"
