# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Components (dicts with a ``type``) that do not exist, and options that they do not take."""
from collections.abc import Iterator
from dataclasses import replace
from importlib.util import find_spec
from typing import Any

from mmengine import registry as registries
from mmengine.config import Config
from mmengine.registry import DefaultScope, Registry

from .signature import Signature, signature_of, wrong_type
from .spelling import near_miss, suggestion

SECTIONS: dict[str, Registry] = dict(
    model=registries.MODELS, optim_wrapper=registries.OPTIM_WRAPPERS, param_scheduler=registries.PARAM_SCHEDULERS,
    train_dataloader=registries.DATASETS, val_dataloader=registries.DATASETS, test_dataloader=registries.DATASETS,
    train_cfg=registries.LOOPS, val_cfg=registries.LOOPS, test_cfg=registries.LOOPS,
    val_evaluator=registries.METRICS, test_evaluator=registries.METRICS, default_hooks=registries.HOOKS,
    custom_hooks=registries.HOOKS, visualizer=registries.VISUALIZERS, log_processor=registries.LOG_PROCESSORS)
# Keys whose content is looked up in another registry.
PARTS: dict[str, Registry] = dict(
    optimizer=registries.OPTIMIZERS, pipeline=registries.TRANSFORMS, transforms=registries.TRANSFORMS,
    sampler=registries.DATA_SAMPLERS, batch_sampler=registries.DATA_SAMPLERS, vis_backends=registries.VISBACKENDS,
    init_cfg=registries.WEIGHT_INITIALIZERS, collate_fn=registries.FUNCTIONS, worker_init_fn=registries.FUNCTIONS)
REGISTRIES = (*{id(registry): registry for registry in (*SECTIONS.values(), *PARTS.values(), registries.TASK_UTILS,
                                                        registries.EVALUATOR)}.values(), )
# Options that the builder of a component removes first.
TAKEN = {
    registries.HOOKS.name: {'priority'}, registries.PARAM_SCHEDULERS.name: {'convert_to_iter_based'},
    registries.LOOPS.name: {'by_epoch'}, registries.OPTIM_WRAPPERS.name: {'constructor', 'paramwise_cfg', 'optimizer'}}
FOREIGN = ('Albu', 'mmpretrain.Albumentations')  # they hold components of another library
LOOP_TYPES = dict(val_cfg='ValLoop', test_cfg='TestLoop')


def check_components(cfg: Config) -> Iterator[str]:
    """One line for each component that does not exist, unknown option and value of a wrong type."""
    with DefaultScope.overwrite_default_scope(cfg.get('default_scope', 'mmseg')):
        for section, registry in SECTIONS.items():
            for key, kind, node in components(cfg.get(section), section, registry):
                yield from check_component(key, kind, node)


def components(node: Any, key: str, registry: Registry) -> Iterator[tuple[str, Registry, dict]]:
    """Key, registry and dict of each component below a node, outermost first."""
    if isinstance(node, (list, tuple)):
        for index, part in enumerate(node):
            yield from components(part, f'{key}[{index}]', registry)
    elif isinstance(node, dict):
        if 'type' in node or key in LOOP_TYPES:
            yield key, registry, node
        for name, part in node.items() if node.get('type') not in FOREIGN else ():
            yield from components(part, f'{key}.{name}', PARTS.get(name, registry))


def check_component(key: str, registry: Registry, node: dict) -> Iterator[str]:
    """One line for each mistake in one component itself."""
    name = node.get('type', LOOP_TYPES.get(key))
    component = find(name, registry, node.get('_scope_'))
    last = key.split('.')[-1]
    if component is None:
        if isinstance(name, str) and not last.endswith('_cfg'):
            yield f"{key}.type='{name}': there is no such component; {advice(name, registry)}"
        elif name is None:
            yield f'{key}.type=None: name the component'
        return
    # a norm_cfg or the like is taken apart by its builder
    signature = None if last.endswith('_cfg') and key not in SECTIONS else signature_of(component)
    if signature is not None:
        if 'constructor' in node:  # it may take any option
            signature = replace(signature, closed=False)
        yield from check_options(key, getattr(component, '__name__', name), signature,
                                 {k: v for k, v in node.items()
                                  if k not in TAKEN.get(registry.name, ()) or (k, v) == ('optimizer', None)})


def check_options(key: str, name: str, signature: Signature, node: dict) -> Iterator[str]:
    """One line for each option that a component does not take or whose value is of a wrong type."""
    for option, value in node.items():
        if option in ('type', '_scope_', '_delete_'):
            continue
        if value is None and option in signature.needed:
            yield f'{key}.{option}=None: {name} needs a value here'
        elif option in signature.options:
            expected = wrong_type(signature.options[option], value, strict=signature.own)
            if expected:
                yield f'{key}.{option}={value!r}: {name} takes {expected} here, not {type(value).__name__}'
        elif signature.closed:
            yield f'{key}.{option}: {name} has no such option; {suggestion(option, signature.options)}'
        elif meant := near_miss(option, signature.options, shortest=4):
            yield f'{key}.{option}: {name} has no such option; did you mean {meant}?'


def advice(name: str, registry: Registry) -> str:
    """The remedy for a component that does not exist."""
    library = name.split('.')[0] if '.' in name else None
    if library and find_spec(library) is None:
        return f"the library '{library}' is not installed"
    with registry.switch_scope_and_registry(None) as current:
        names = set(current.module_dict)
        while current := current.parent:
            names.update(current.module_dict)
    return suggestion(name, names)


def find(name: Any, registry: Registry, scope: str | None = None) -> Any:
    """The component of a name, from this registry or else from any other."""
    if not isinstance(name, str):
        return name
    for candidate in [registry, *(other for other in REGISTRIES if other is not registry)]:
        with candidate.switch_scope_and_registry(scope) as current:
            try:
                found = current.get(name)
            except ImportError:  # of a missing library, which building names
                return object
        if found is not None:
            return found
    return None
