# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Whether the weights of a checkpoint fit a model; MMEngine loads what fits and only warns of the rest."""
import re

from torch import Tensor, nn

from mmseg_entmin.errors import Refusal

WRAPPERS = re.compile(r'^(module\.)+')  # of a distributed model, and of test-time augmentation


class UnfitWeights(Refusal, ValueError):
    """A checkpoint whose weights do not fit a model, or are not finite."""


def check_weights(model: nn.Module, checkpoint: dict, path: str, config: str | None) -> None:
    """Raises UnfitWeights unless the content of a checkpoint has exactly the model's weights, all finite."""
    mine, state = weights_of(model.state_dict()), weights_of(checkpoint)
    reasons = dict(lacks=sorted(mine.keys() - state.keys()), adds=sorted(state.keys() - mine.keys()),
                   reshapes=sorted(key for key in mine.keys() & state.keys() if mine[key].shape != state[key].shape))
    found = '; '.join(f'it {verb} {len(keys)} weights, like {keys[0]}' for verb, keys in reasons.items() if keys)
    if found:
        raise UnfitWeights(f"checkpoint '{path}' is not of config '{config}': {found}; give the config that it was "
                           'trained with')
    # a constant of the model may be infinite
    broken = [key for key, weight in state.items() if not weight.isfinite().all() and mine[key].isfinite().all()]
    if broken:
        raise UnfitWeights(f"checkpoint '{path}': {len(broken)} weights are not finite, like {broken[0]}; give one "
                           'that was saved before the training went wrong')


def check_some_fit(model: nn.Module, checkpoint: dict, path: str, config: str | None) -> None:
    """Raises UnfitWeights if the model has none of the weights; of pretrained weights a part may be of use."""
    mine, state = weights_of(model.state_dict()), weights_of(checkpoint)
    if not any(mine[key].shape == state[key].shape for key in mine.keys() & state.keys()):
        raise UnfitWeights(
            f"load_from='{path}': none of its {len(state)} weights fits the model of config '{config}', which has "
            f"{next(iter(mine), 'none')}; give a checkpoint of this network, or of its backbone by "
            "model.backbone.init_cfg=dict(type='Pretrained', checkpoint=...)")


def weights_of(checkpoint: dict) -> dict[str, Tensor]:
    """The tensors of a checkpoint or state dict by name; other entries are extra states of modules."""
    state = checkpoint.get('state_dict', checkpoint)
    return {WRAPPERS.sub('', str(key)): value for key, value in state.items() if isinstance(value, Tensor)}
