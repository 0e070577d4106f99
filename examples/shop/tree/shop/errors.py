"""What can go wrong and is not our fault."""


class BadRequest(Exception):
    """The customer sent something that we cannot take."""


class PaymentFailed(Exception):
    """The money did not arrive."""
