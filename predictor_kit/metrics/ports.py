"""Ports, as a number or as text from the environment."""

__all__ = ["checked_port"]


def checked_port(written: object, origin: str, protocol: str, least: int = 1) -> int:
    """The port of ``protocol`` that is ``written``, from ``least`` to 65535.

    Raises `ValueError`, naming ``origin``, if it is none.
    """
    try:
        port = int(str(written))
    except ValueError:
        port = -1
    if not least <= port < 65536:
        # Without the value, which may have come from the environment.
        raise ValueError(f"{origin} is not a {protocol} port, a whole number from {least} to 65535")
    return port
