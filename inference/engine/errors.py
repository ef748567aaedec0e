"""What can go wrong in the engine. Every message is a sentence for the person who chose the model or the image."""


class EngineError(Exception):
    """Base of all anticipated failures of the engine."""


class CardError(EngineError):
    """The model card is missing, unreadable or says something impossible."""


class ModelFileError(EngineError):
    """The weights file is not what the card promises, or asks for something that is refused."""


class DetectorError(EngineError):
    """The detector could not answer, or answered nonsense."""


class DetectorMemoryError(DetectorError):
    """The batch did not fit into memory; a smaller one may."""
