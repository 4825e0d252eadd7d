"""Collection from many Windows hosts at once, against endpoints of our own."""
