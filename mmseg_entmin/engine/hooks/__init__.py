# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Hooks of MMEngine's runner."""
from .channels_last_hook import ChannelsLastHook
from .stuck_share_hook import StuckShareHook

__all__ = ['ChannelsLastHook', 'StuckShareHook']
