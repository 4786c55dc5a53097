# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Whether annotations survive the way into annotation tools and back, by the libraries of the tools themselves."""
