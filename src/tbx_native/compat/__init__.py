"""The APIs of other packages, with their own names and signatures, on tbx_native's engine."""
