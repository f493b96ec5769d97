"""May the experts read this image at all? What is stopped is not read, what is doubtful is read and marked."""

from models.findings import Gate, Verdict
from models.gate.keeper import ChestGate, load_gate, read_card
from models.gate.plain import SizeAndContrast, check

__all__ = ["ChestGate", "Gate", "SizeAndContrast", "Verdict", "check", "load_gate", "read_card"]
