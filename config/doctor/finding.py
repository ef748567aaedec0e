"""What the doctor says of one thing."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """`says`: how it stands. `remedy`: what to do; what is well has none."""

    name: str
    says: str
    remedy: str = ""

    @property
    def is_well(self) -> bool:
        return not self.remedy

    def __str__(self) -> str:
        state = "ok  " if self.is_well else "FAIL"
        return " ".join(filter(None, [state, f"{self.name:<9}", self.says, self.remedy and f"-> {self.remedy}"]))
