"""What a person wrote that cannot be meant."""


class Unclear(ValueError):
    """Something is not written as it has to be; the text is one sentence that says how."""
