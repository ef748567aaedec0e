"""Parts of addresses."""


class UsernameConverter:
    """What a name to log in with may hold; anything else in its place is an unknown address."""

    regex = r"[\w.@+-]+"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value
