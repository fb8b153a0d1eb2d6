"""What both command lines share: how people write values and names, and what they are shown."""
