"""Trains what MoELab trains, in eager PyTorch: the other side of `benchmarks -- pytorch`.

    python3 train_side.py FOLDER

FOLDER holds recipe.json, model.safetensors in the AFMoE layout and batches.bin (int32: tokens, targets and documents of each step).
Prints a JSON line once it is ready; then reads a line per step, the factor on all learning rates, and answers with a JSON line: the step's
loss before the update and the seconds of forward, backward and optimizer.

Shapes: B sequences, S positions, T = B S tokens, D model width, H heads, C head width, E experts, K choices of a token, N = T K, F inner width.
"""
import json
import math
import struct
import sys
import time

import torch
import torch.nn.functional as F


def read_safetensors(path):
    """Every tensor of a file: eight bytes of length, a JSON header, then the bytes."""
    with open(path, "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
        data = bytearray(file.read())
    tensors = {}
    for name, entry in header.items():
        if name != "__metadata__":
            assert entry["dtype"] == "F32", name
            start, end = entry["data_offsets"]
            tensors[name] = torch.frombuffer(data, dtype=torch.float32, offset=start, count=(end - start) // 4).view(entry["shape"]).clone()
    return tensors


class Model:
    def __init__(self, recipe, weights):
        self.r, self.vectors, self.plain, self.matrices = recipe, [], [], []
        # (parameter, matrices in it, rows, columns) of what Muon moves.
        self.embedding = self.own(weights.pop("model.embed_tokens.weight"), self.plain)
        self.head = self.own(weights.pop("lm_head.weight"), self.plain)
        self.norm = self.own(weights.pop("model.norm.weight"), self.vectors)
        self.layers = [self.layer(layer, weights) for layer in range(recipe["layers"])]
        assert not weights, sorted(weights)
        moe = recipe["layers"] - recipe["dense_layers"]
        self.bias_LE, self.momentum_LE = torch.zeros(moe, recipe["experts"]), torch.zeros(moe, recipe["experts"])
        self.counts_LE = torch.zeros(moe, recipe["experts"])
        angles_SR = torch.arange(recipe["sequence_length"], dtype=torch.float64)[:, None] * recipe["rope_theta"] ** (-torch.arange(0, recipe["head_dim"], 2, dtype=torch.float64) / recipe["head_dim"])
        angles_SC = torch.cat([angles_SR, angles_SR], 1)
        self.cos_SC, self.sin_SC = angles_SC.cos().float(), angles_SC.sin().float()

    @staticmethod
    def own(tensor, kind):
        tensor = tensor.contiguous().requires_grad_()
        kind.append(tensor)
        return tensor

    def matrix(self, tensor, count=1):
        tensor = self.own(tensor, [])
        self.matrices.append((tensor, tensor.numel() // (tensor.shape[-1] * (tensor.shape[-2] // count)), tensor.shape[-2] // count, tensor.shape[-1]))
        return tensor

    def layer(self, layer, weights):
        r, name, parts = self.r, f"model.layers.{layer}", {}
        for norm in ("input_layernorm", "post_attention_layernorm", "pre_mlp_layernorm", "post_mlp_layernorm", "self_attn.q_norm", "self_attn.k_norm"):
            parts[norm.split(".")[-1]] = self.own(weights.pop(f"{name}.{norm}.weight"), self.vectors)
        for projection in ("q", "k", "v", "o", "gate"):
            parts[projection] = self.matrix(weights.pop(f"{name}.self_attn.{projection}_proj.weight"))

        def pair(stem):
            return torch.cat([weights.pop(f"{stem}.gate_proj.weight"), weights.pop(f"{stem}.up_proj.weight")]), weights.pop(f"{stem}.down_proj.weight")

        if layer < r["dense_layers"]:
            w13, w2 = pair(f"{name}.mlp")
            parts["dense"] = (self.matrix(w13, 2), self.matrix(w2))
            return parts
        weights.pop(f"{name}.mlp.expert_bias")
        parts["router"] = self.matrix(weights.pop(f"{name}.mlp.router.gate.weight"))
        pairs = [pair(f"{name}.mlp.experts.{e}") for e in range(r["experts"])]
        parts["experts"] = (self.matrix(torch.stack([p[0] for p in pairs]), 2), self.matrix(torch.stack([p[1] for p in pairs])))
        w13, w2 = pair(f"{name}.mlp.shared_experts")
        parts["shared"] = (self.matrix(w13, 2), self.matrix(w2))
        return parts

    def forward(self, tokens_BS, documents_BS):
        r = self.r
        b, s = tokens_BS.shape
        position_S = torch.arange(s)
        distance_SS = position_S[:, None] - position_S
        seen_B1SS = ((documents_BS[:, :, None] == documents_BS[:, None, :]) & (distance_SS >= 0))[:, None]
        # A float mask: the fused kernel would make one of a boolean mask in every layer.
        everything = torch.zeros(seen_B1SS.shape).masked_fill_(~seen_B1SS, -math.inf)
        window = torch.zeros(seen_B1SS.shape).masked_fill_(~(seen_B1SS & (distance_SS < r["window"])), -math.inf)
        x_TD = F.embedding(tokens_BS.reshape(-1), self.embedding) * math.sqrt(r["d_model"])
        for layer, p in enumerate(self.layers):
            is_global = (layer + 1) % r["global_every"] == 0
            h_TD = self.rms(x_TD, p["input_layernorm"])
            x_TD = x_TD + self.rms(self.attention(h_TD, p, b, s, everything if is_global else window, not is_global), p["post_attention_layernorm"])
            h_TD = self.rms(x_TD, p["pre_mlp_layernorm"])
            y_TD = self.swiglu(h_TD, *p["dense"]) if "dense" in p else self.moe(h_TD, p, layer - r["dense_layers"])
            x_TD = x_TD + self.rms(y_TD, p["post_mlp_layernorm"])
        return F.linear(self.rms(x_TD, self.norm), self.head)

    def rms(self, x, gain):
        return F.rms_norm(x, (x.shape[-1],), gain, self.r["rms_eps"])

    @staticmethod
    def swiglu(x_TD, w13_GD, w2_DF):
        gate_TF, up_TF = F.linear(x_TD, w13_GD).chunk(2, -1)
        return F.linear(F.silu(gate_TF) * up_TF, w2_DF)

    def rotate(self, x_BHSC):
        a, b = x_BHSC.chunk(2, -1)
        return x_BHSC * self.cos_SC + torch.cat([-b, a], -1) * self.sin_SC

    def attention(self, x_TD, p, b, s, mask, rotated):
        r, c = self.r, self.r["head_dim"]
        q_BHSC = self.rms(F.linear(x_TD, p["q"]).view(b, s, r["heads"], c), p["q_norm"]).transpose(1, 2)
        k_BKSC = self.rms(F.linear(x_TD, p["k"]).view(b, s, r["kv_heads"], c), p["k_norm"]).transpose(1, 2)
        v_BKSC = F.linear(x_TD, p["v"]).view(b, s, r["kv_heads"], c).transpose(1, 2)
        if rotated:
            q_BHSC, k_BKSC = self.rotate(q_BHSC), self.rotate(k_BKSC)
        copies = r["heads"] // r["kv_heads"]
        k_BHSC, v_BHSC = (t[:, :, None].expand(b, r["kv_heads"], copies, s, c).reshape(b, r["heads"], s, c) for t in (k_BKSC, v_BKSC))
        o_TA = F.scaled_dot_product_attention(q_BHSC, k_BHSC, v_BHSC, attn_mask=mask).transpose(1, 2).reshape(b * s, -1)
        return F.linear(o_TA * torch.sigmoid(F.linear(x_TD, p["gate"])), p["o"])

    def moe(self, x_TD, p, layer):
        r, k = self.r, self.r["active_experts"]
        scores_TE = torch.sigmoid(F.linear(x_TD, p["router"]))
        chosen_TK = torch.topk(scores_TE.detach() + self.bias_LE[layer], k, sorted=False).indices
        gates_TK = scores_TE.gather(1, chosen_TK)
        gates_TK = gates_TK / (gates_TK.sum(1, keepdim=True) + 1e-20) * r["route_scale"]
        order_N = torch.argsort(chosen_TK.reshape(-1))
        counts_E = torch.bincount(chosen_TK.reshape(-1), minlength=r["experts"])
        self.counts_LE[layer] += counts_E
        token_N = order_N // k
        rows_ND = x_TD.index_select(0, token_N)
        w13_EGD, w2_EDF = p["experts"]
        pieces = [self.swiglu(rows, w13, w2) for rows, w13, w2 in zip(rows_ND.split(counts_E.tolist()), w13_EGD.unbind(), w2_EDF.unbind())]
        weighted_ND = torch.cat(pieces) * gates_TK.reshape(-1).index_select(0, order_N)[:, None]
        return torch.zeros_like(x_TD).index_add(0, token_N, weighted_ND) + self.swiglu(x_TD, *p["shared"])


class Muon:
    """All matrices of one shape are one batch of Newton-Schulz."""

    def __init__(self, matrices, options):
        self.o, self.parameters = options, [m[0] for m in matrices]
        self.momenta = [torch.zeros_like(p) for p in self.parameters]
        self.groups = {}
        for i, (_, count, rows, columns) in enumerate(matrices):
            self.groups.setdefault((min(rows, columns), max(rows, columns)), []).append((i, count, rows, columns))

    def step(self, factor):
        o, gradients = self.o, [p.grad for p in self.parameters]
        torch._foreach_mul_(self.momenta, o["momentum"])
        torch._foreach_add_(self.momenta, gradients)
        inputs = torch._foreach_add(gradients, self.momenta, alpha=o["momentum"]) if o["nesterov"] else self.momenta
        for (_, _), members in self.groups.items():
            stacks = [inputs[i].reshape(count, rows, columns) for i, count, rows, columns in members]
            x_BNM = torch.cat([t if t.shape[1] <= t.shape[2] else t.transpose(1, 2) for t in stacks])
            x_BNM = x_BNM / (x_BNM.norm(dim=(1, 2), keepdim=True) + 1e-7)
            for _ in range(o["steps"]):
                gram_BNN = torch.bmm(x_BNM, x_BNM.transpose(1, 2))
                polynomial_BNN = torch.baddbmm(gram_BNN, gram_BNN, gram_BNN, beta=-4.7750, alpha=2.0315)
                x_BNM = torch.baddbmm(x_BNM, polynomial_BNN, x_BNM, beta=3.4445)
            for (i, _, rows, columns), piece in zip(members, x_BNM.split([m[1] for m in members])):
                if rows > columns:
                    piece = piece.transpose(1, 2)
                parameter = self.parameters[i]
                if o["weight_decay"]:
                    parameter.mul_(1 - o["lr"] * factor * o["weight_decay"])
                parameter.add_(piece.reshape(parameter.shape), alpha=-o["lr"] * factor * math.sqrt(max(1, rows / columns)))


def main(folder):
    with open(f"{folder}/recipe.json", encoding="utf-8") as file:
        recipe = json.load(file)
    torch.set_num_threads(recipe["threads"])
    model = Model(recipe, read_safetensors(f"{folder}/model.safetensors"))
    with open(f"{folder}/batches.bin", "rb") as file:
        batches = torch.frombuffer(bytearray(file.read()), dtype=torch.int32).view(-1, 3, recipe["tokens"]).long()
    adam = recipe["adamw"]
    adamw = torch.optim.AdamW([{"params": model.plain, "weight_decay": adam["weight_decay"]}, {"params": model.vectors, "weight_decay": 0.0}],
                              lr=adam["lr"], betas=(adam["beta1"], adam["beta2"]), eps=adam["eps"], fused=True)
    muon = Muon(model.matrices, recipe["muon"])
    parameters = model.plain + model.vectors + muon.parameters
    print(json.dumps({"version": torch.__version__, "threads": torch.get_num_threads(), "parameters": sum(p.numel() for p in parameters)}), flush=True)
    for step, line in enumerate(sys.stdin):
        print(json.dumps(run(model, adamw, muon, parameters, batches[step % len(batches)], float(line))), flush=True)


def run(model, adamw, muon, parameters, batch, factor):
    r = model.r
    micros, forward, backward, loss_sum = r["tokens"] // r["micro_tokens"], 0.0, 0.0, 0.0
    model.counts_LE.zero_()
    for parameter in parameters:
        parameter.grad = None
    begun = time.perf_counter()
    for micro in range(micros):
        start = time.perf_counter()
        tokens_T, targets_T, documents_T = batch[:, micro * r["micro_tokens"]:(micro + 1) * r["micro_tokens"]]
        logits_TV = model.forward(tokens_T.view(-1, r["sequence_length"]), documents_T.view(-1, r["sequence_length"]))
        loss = F.cross_entropy(logits_TV, targets_T, ignore_index=-1) / micros
        middle = time.perf_counter()
        loss.backward()
        forward, backward, loss_sum = forward + middle - start, backward + time.perf_counter() - middle, loss_sum + loss.item()
    start = time.perf_counter()
    with torch.no_grad():
        o, loads = r["smebu"], model.counts_LE
        mean = loads.mean(1, keepdim=True)
        delta_LE = o["lambda"] * torch.tanh(o["kappa"] * (mean - loads) / mean)
        delta_LE -= delta_LE.mean(1, keepdim=True)
        model.momentum_LE.mul_(o["beta"]).add_(delta_LE, alpha=1 - o["beta"])
        model.bias_LE.add_(model.momentum_LE)
        if r["clip_norm"]:
            torch.nn.utils.clip_grad_norm_(parameters, r["clip_norm"], foreach=True)
        for group in adamw.param_groups:
            group["lr"] = r["adamw"]["lr"] * factor
        adamw.step()
        muon.step(factor)
    end = time.perf_counter()
    return {"loss": loss_sum, "forward": forward, "backward": backward, "optimizer": end - start, "step": end - begun}


main(sys.argv[1])
