"""As tensorboardX.proto, with real protobuf classes from a pool of their own."""
