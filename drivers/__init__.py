"""Sources of images: scanners over SANE, watched folders and a scripted scanner, behind one small interface.

This package speaks of sheets and images. It knows neither registers nor where images go.
"""
