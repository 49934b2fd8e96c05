"""What the tbx-native command can do, a module for each: add_to() adds it to the parser."""
