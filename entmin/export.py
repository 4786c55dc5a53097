# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Export a trained segmentor to an ONNX file or to a program of torch.export.

The file takes float32 RGB images (N, 3, H, W) with values 0..255 and gives logits (N, C, H, W); see docs/shipping.md.
After writing, the file is opened and compared with mmseg's own prediction; a file that differs is not kept.
"""
from pathlib import Path

from .arguments import add_config_options
from .parser import Parser


def add_arguments(parser: Parser) -> None:
    parser.add_argument('config', help='config file')
    parser.add_argument('checkpoint', help='checkpoint file or URL')
    parser.add_argument('--out', type=Path, required=True, metavar='FILE', help='file to write: *.onnx or *.pt2')
    parser.add_argument('--format', choices=['onnx', 'torch'],
                        help="of the file (default: by its name, 'torch' for *.pt2)")
    parser.add_argument('--variance', action='store_true', help='a second output, the variance of the logits')
    parser.add_argument('--size', type=int, nargs=2, metavar=('H', 'W'), help='fixed height and width (default: any)')
    parser.add_argument('--check', type=int, default=20, metavar='N', help='images to compare (default: 20)')
    parser.add_argument('--images', type=Path, metavar='DIR', help='folder of images to compare beside random ones')
    add_config_options(parser)
