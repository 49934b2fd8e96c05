"""The messages of event files as protobuf classes; one module for each file of proto/tbx_native.

Their descriptors are in a pool of their own, where they meet neither tensorflow's, tensorboard's
nor tensorboardX's of the same messages. protobuf is imported with the first module that is.
"""
