# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
from entmin.command_line import main

main()
