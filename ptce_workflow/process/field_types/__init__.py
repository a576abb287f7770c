"""How each type of field reads what people typed; `process/fields.py` is the way in."""
