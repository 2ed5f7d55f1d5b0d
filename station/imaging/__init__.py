"""From a master file to the delivery copy that goes into a PDF, with what the checks saw on the way.

`pool`, `page` and `recipe` are light: importing them loads neither OpenCV nor numpy, so a front end stays slim and only
the workers pay for the image libraries.
"""
