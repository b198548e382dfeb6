"""The analysis: arrays and frames in, frozen results or bytes out; opens no file."""
