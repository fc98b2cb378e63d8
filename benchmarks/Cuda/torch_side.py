# torch's side of the table: for each problem on standard input, one line of JSON with milliseconds.
# Same tokens per expert as ours; the grouped path is a gather, two grouped products, SwiGLU and a weighted sum of each token's rows.
import json
import sys

import torch
import torch.nn.functional as F


def median_ms(work, rounds=9):
    for _ in range(2):
        work()
    times = []
    for _ in range(rounds):
        start, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
        start.record()
        work()
        end.record()
        end.synchronize()
        times.append(start.elapsed_time(end))
    return sorted(times)[len(times) // 2]


def both(forward, leaves, grad):
    def work():
        for leaf in leaves:
            leaf.grad = None
        forward().backward(grad)
    with torch.no_grad():
        alone = median_ms(forward)
    return alone, median_ms(work)


def leaf(*shape):
    return (torch.randn(*shape, device="cuda", dtype=torch.bfloat16) * 0.1).requires_grad_()


def grouped(p):
    t, d, f, e, k = p["T"], p["D"], p["F"], p["E"], p["K"]
    x, w13, w2 = leaf(t, d), leaf(e, 2 * f, d), leaf(e, d, f)
    gates = torch.rand(t * k, device="cuda", requires_grad=True)
    order = torch.sort(torch.repeat_interleave(torch.arange(e), torch.tensor(p["counts"])).cuda(), stable=True)[1]
    ends = torch.tensor(p["counts"]).cumsum(0).to(torch.int32).cuda()
    # Any assignment with these counts: choices are dealt to rows at random.
    choice = torch.randperm(t * k, device="cuda")[order]
    token, row = choice // k, torch.argsort(choice)

    def forward():
        h = torch._grouped_mm(x.index_select(0, token), w13.transpose(1, 2), offs=ends)
        gate, up = h.chunk(2, 1)
        y = torch._grouped_mm(F.silu(gate) * up, w2.transpose(1, 2), offs=ends)
        return (y.index_select(0, row).float() * gates.unsqueeze(1)).view(t, k, d).sum(1).to(torch.bfloat16)

    return both(forward, [x, w13, w2, gates], torch.randn(t, d, device="cuda", dtype=torch.bfloat16))


def dense(p):
    t, d, f, k = p["T"], p["D"], p["F"], p["K"]
    x, w13, w2 = leaf(t, d), leaf(2 * f * k, d), leaf(d, f * k)

    def forward():
        gate, up = F.linear(x, w13).chunk(2, 1)
        return F.linear(F.silu(gate) * up, w2)

    return both(forward, [x, w13, w2], torch.randn(t, d, device="cuda", dtype=torch.bfloat16))


def copy_rate():
    source = torch.empty(1 << 30, device="cuda", dtype=torch.uint8)
    target = torch.empty_like(source)
    return 2 * source.numel() / median_ms(lambda: target.copy_(source)) / 1e6


for line in sys.stdin:
    problem = json.loads(line)
    result = {"torch": torch.__version__}
    for name, work in (("grouped", lambda: grouped(problem)), ("dense", lambda: dense(problem))):
        try:
            result[name], result[name + "_both"] = work()
        except Exception as error:
            result["error"] = f"{name}: {str(error).splitlines()[0]}"
        torch.cuda.empty_cache()
    try:
        result["copy"] = copy_rate()
    except Exception as error:
        result["error"] = f"copy: {str(error).splitlines()[0]}"
    torch.cuda.empty_cache()
    print(json.dumps(result), flush=True)
