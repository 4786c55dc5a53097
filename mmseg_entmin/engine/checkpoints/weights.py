# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Whether the weights of a checkpoint are those of a model; MMEngine loads what fits and only warns of the rest."""
import re

from torch import Tensor, nn

from mmseg_entmin.errors import Refusal

WRAPPERS = re.compile(r'^(module\.)+')  # of a distributed model, and of test-time augmentation


class UnfitWeights(Refusal, ValueError):
    """A checkpoint whose weights are not those of a model, or are broken."""


def check_weights(model: nn.Module, checkpoint: dict, path: str, config: str | None) -> None:
    """Refuses weights that would leave a part of the model untrained, that it has no place for, or that are broken.

    Args:
        model: of the config.
        checkpoint: the content of the file.
        path: of the file, to be named.
        config: path of the config, to be named.

    Raises:
        UnfitWeights: the first weight of each kind that does not fit, or one that is not finite.
    """
    mine, state = by_name(model.state_dict()), weights_of(checkpoint)
    reasons = dict(
        lacks=sorted(mine.keys() - state.keys()), adds=sorted(state.keys() - mine.keys()),
        reshapes=sorted(key for key in mine.keys() & state.keys() if not fits(mine[key], state[key])))
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
    """Refuses weights to start from of which the model takes none; of what is pretrained, a part may be of use.

    Raises:
        UnfitWeights: none fits.
    """
    mine, state = by_name(model.state_dict()), weights_of(checkpoint)
    if not any(fits(mine[key], state[key]) for key in mine.keys() & state.keys()):
        raise UnfitWeights(
            f"load_from='{path}': none of its {len(state)} weights fits the model of config '{config}', which has "
            f"{next(iter(mine), 'none')}; give a checkpoint of this network, or of its backbone by "
            "model.backbone.init_cfg=dict(type='Pretrained', checkpoint=...)")


def weights_of(checkpoint: dict) -> dict[str, Tensor]:
    """The weights in a checkpoint, which may be nothing but them."""
    return by_name(checkpoint.get('state_dict', checkpoint))


def by_name(state: dict) -> dict[str, Tensor]:
    """The tensors among the entries: a module may keep an extra state of any kind."""
    return {WRAPPERS.sub('', str(key)): value for key, value in state.items() if isinstance(value, Tensor)}


def fits(mine: Tensor, weight: Tensor) -> bool:
    return weight.shape == mine.shape
