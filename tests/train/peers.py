"""Generators as other projects build and save them, in plain PyTorch; and pickles put together from opcodes."""

import io
import pickle
import struct

import torch
from torch import nn


def norm(kind, channels):
    return {
        "instance": lambda: nn.InstanceNorm2d(channels),
        "instance-2017": lambda: nn.InstanceNorm2d(channels, track_running_stats=True),
        "batch": lambda: nn.BatchNorm2d(channels),
    }[kind]()


class Block(nn.Module):
    def __init__(self, channels, kind, dropout):
        super().__init__()
        bias = kind != "batch"
        layers = [nn.ReflectionPad2d(1), nn.Conv2d(channels, channels, 3, bias=bias), norm(kind, channels), nn.ReLU()]
        layers += [nn.Dropout(0.5)] * dropout
        layers += [nn.ReflectionPad2d(1), nn.Conv2d(channels, channels, 3, bias=bias), norm(kind, channels)]
        self.conv_block = nn.Sequential(*layers)

    def forward(self, x):
        return x + self.conv_block(x)


class Resnet(nn.Module):
    """The residual generator of pytorch-CycleGAN-and-pix2pix."""

    def __init__(self, kind="instance", blocks=2, dropout=False, resize=False, channels=3, width=4):
        super().__init__()
        bias = kind != "batch"
        layers = [nn.ReflectionPad2d(3), nn.Conv2d(channels, width, 7, bias=bias), norm(kind, width), nn.ReLU()]
        for wide in (width, 2 * width):
            layers += [nn.Conv2d(wide, 2 * wide, 3, 2, 1, bias=bias), norm(kind, 2 * wide), nn.ReLU()]
        layers += [Block(4 * width, kind, dropout) for _ in range(blocks)]
        for wide in (4 * width, 2 * width):
            up = nn.ConvTranspose2d(wide, wide // 2, 3, 2, 1, output_padding=1, bias=bias)
            resized = [nn.Upsample(scale_factor=2, mode="bilinear"), nn.ReflectionPad2d(1)]
            resized.append(nn.Conv2d(wide, wide // 2, 3, bias=bias))
            layers += [*(resized if resize else [up]), norm(kind, wide // 2), nn.ReLU()]
        self.model = nn.Sequential(*layers, nn.ReflectionPad2d(3), nn.Conv2d(width, channels, 7), nn.Tanh())

    def forward(self, x):
        return self.model(x)


class Level(nn.Module):
    def __init__(self, outer, inner, inside=None, kind="batch", outermost=False, dropout=False):
        super().__init__()
        bias = kind != "batch"
        down = nn.Conv2d(outer, inner, 4, 2, 1, bias=bias)
        up = nn.ConvTranspose2d(inner if inside is None else 2 * inner, outer, 4, 2, 1, bias=bias or outermost)
        self.outermost = outermost
        if outermost:
            self.model = nn.Sequential(down, inside, nn.ReLU(), up, nn.Tanh())
        elif inside is None:
            self.model = nn.Sequential(nn.LeakyReLU(0.2), down, nn.ReLU(), up, norm(kind, outer))
        else:
            layers = [nn.LeakyReLU(0.2), down, norm(kind, inner), inside, nn.ReLU(), up, norm(kind, outer)]
            self.model = nn.Sequential(*layers, *[nn.Dropout(0.5)] * dropout)

    def forward(self, x):
        return self.model(x) if self.outermost else torch.cat([x, self.model(x)], 1)


class Unet(nn.Module):
    """The U-Net of pytorch-CycleGAN-and-pix2pix with fewer levels: 5, where it has 7 or 8."""

    def __init__(self, kind="batch", width=4, levels=5):
        super().__init__()
        level = Level(4 * width, 4 * width, kind=kind)
        for _ in range(levels - 4):
            level = Level(4 * width, 4 * width, level, kind, dropout=True)
        level = Level(2 * width, 4 * width, level, kind)
        level = Level(width, 2 * width, level, kind)
        self.model = Level(3, width, level, kind, outermost=True)

    def forward(self, x):
        return self.model(x)


class ExampleDCGAN(nn.Module):
    """The generator of the DCGAN in pytorch/examples."""

    def __init__(self, latent_size=6, width=2, channels=3):
        super().__init__()
        widths = [8 * width, 4 * width, 2 * width, width]
        layers = [nn.ConvTranspose2d(latent_size, widths[0], 4, 1, 0, bias=False), nn.BatchNorm2d(widths[0]), nn.ReLU()]
        for wide in widths[:-1]:
            layers += [nn.ConvTranspose2d(wide, wide // 2, 4, 2, 1, bias=False), nn.BatchNorm2d(wide // 2), nn.ReLU()]
        self.main = nn.Sequential(*layers, nn.ConvTranspose2d(width, channels, 4, 2, 1, bias=False), nn.Tanh())

    def forward(self, z):
        return self.main(z)


def trained(network):
    """`network` with random weights, scales and averages, such that all of them matter."""
    torch.manual_seed(0)
    for layer in network.modules():
        if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d):
            nn.init.normal_(layer.weight, 0, 0.2)
        if isinstance(layer, nn.BatchNorm2d):
            nn.init.normal_(layer.weight, 1, 0.2)
            nn.init.normal_(layer.bias, 0, 0.2)
        if getattr(layer, "running_mean", None) is not None:
            layer.running_mean.normal_(0, 0.2)
            layer.running_var.uniform_(0.5, 1.5)
    return network


# ---- pickles ------------------------------------------------------------------------------------

PERSISTENT = "torch_utils.persistence", "_reconstruct_persistent_obj"


def text(words):
    data = words.encode()
    return b"X" + struct.pack("<I", len(data)) + data


def whole(number):
    return b"J" + struct.pack("<i", number)


def numbers(values):
    return b"(" + b"".join(map(whole, values)) + b"t"


def mapping(items):
    return b"}(" + b"".join(text(key) + value for key, value in items.items()) + b"u"


def called(module, name, *arguments):
    return f"c{module}\n{name}\n".encode() + b"(" + b"".join(arguments) + b"tR"


def storage(numbers_in_it):
    buffer = io.BytesIO()
    torch.save(numbers_in_it, buffer, _use_new_zipfile_serialization=False)
    data = buffer.getvalue()
    return called("torch.storage", "_load_from_bytes", b"B" + struct.pack("<I", len(data)) + data)


def tensor(value):
    value = value.clone(memory_format=torch.contiguous_format)
    numbers_in_it = torch.storage.TypedStorage(wrap_storage=value.untyped_storage(), dtype=value.dtype, _internal=True)
    parts = [storage(numbers_in_it), whole(0), numbers(value.shape), numbers(value.stride()), b"\x89"]
    made = called("torch._utils", "_rebuild_tensor_v2", *parts, called("collections", "OrderedDict"))
    return called("torch._utils", "_rebuild_parameter", made, b"\x88", called("collections", "OrderedDict"))


def network(kind, state, **more):
    """An object of stylegan2-ada-pytorch with the weights `state`, by the names of its `state_dict`."""
    inside = {}
    for name, value in state.items():
        child, _, rest = name.partition(".")
        inside.setdefault(child, {})[rest] = value
    own = {name: tensor(rest[""]) for name, rest in inside.items() if "" in rest}
    children = {name: network("Layer", rest) for name, rest in inside.items() if "" not in rest}
    attributes = {"_parameters": mapping(own), "_buffers": mapping({}), "_modules": mapping(children), **more}
    meta = {
        "type": text("class"),
        "version": whole(6),
        "module_src": text("raise SystemExit"),
        "class_name": text(kind),
    }
    return called(*PERSISTENT, mapping(meta | {"state": mapping(attributes)}))


def pickled(body):
    return b"\x80\x03" + body + b"."


def snapshot(state, averaged):
    """What a network-snapshot.pkl holds: two generators, of which the second is the average."""
    return pickled(mapping({"G": network("Generator", state), "D": b"N", "G_ema": network("Generator", averaged)}))


assert pickle.loads(pickled(mapping({"a": numbers([1, 2])}))) == {"a": (1, 2)}
