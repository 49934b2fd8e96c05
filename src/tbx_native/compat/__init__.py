"""The APIs of other packages, under their own names and with their own signatures, on tbx_native's engine."""
