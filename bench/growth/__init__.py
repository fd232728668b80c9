"""The same work with few rows and with a thousand times as many: what grows with the fund must not grow slower."""
