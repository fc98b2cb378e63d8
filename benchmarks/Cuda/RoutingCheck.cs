using MoELab.Kernels.Cuda.Host.Compilation;
using MoELab.Kernels.Cuda.Host.Driver;
using MoELab.Kernels.Cuda.Host.Layers;

namespace MoELab.CudaCheck;

/// <summary>Score, bias, top-k, gates and counts, their gradient, and the two bias updates, against float64.</summary>
internal static class RoutingCheck
{
    private const int BiasThreads = 256;
    private const double Float = 1e-5;

    internal static IEnumerable<CheckResult> Route(IKernelLauncher launcher, IDeviceMemory memory, int T, int E, int K, bool softmax)
    {
        var random = new Random(5);
        const float scale = 2.5f;
        var name = $"T={T} E={E} K={K} {(softmax ? "softmax" : "sigmoid")}";
        float[] logits = [.. Enumerable.Range(0, T * E).Select(_ => (float)((random.NextDouble() * 8) - 4))], bias = [.. Enumerable.Range(0, E).Select(_ => (float)random.NextDouble() * 0.2f)];
        nint chosen = memory.Room<long>(T * K), token = memory.Room<long>(T * K), gate = memory.Room<float>(T * K), counts = memory.Put(new long[E]), scores = memory.Room<float>(T * E);
        var (layer, rule) = (new RoutingLayer(launcher, new RoutingSizes(T, E, K), 0), new RoutingRule(softmax, true, scale));
        layer.Route(rule, memory.Put(logits), memory.Put(bias), chosen, token, gate, counts, scores, 0);

        double[] expectedScore = new double[T * E], expectedGate = new double[T * K], expectedChoice = new double[T * K], expectedCount = new double[E];
        var score = memory.Get<float>(scores);
        for (var t = 0; t < T; t++)
        {
            var row = logits.AsSpan(t * E, E).ToArray();
            var sum = row.Sum(z => Math.Exp(z));
            for (var e = 0; e < E; e++)
                expectedScore[(t * E) + e] = softmax ? Math.Exp(row[e]) / sum : 1 / (1 + Math.Exp(-row[e]));
            // The kernel's own scores decide: an oracle's last digit must not.
            var best = Enumerable.Range(0, E).OrderByDescending(e => score[(t * E) + e] + bias[e]).ThenBy(e => e).Take(K).ToArray();
            var total = best.Sum(e => expectedScore[(t * E) + e]);
            for (var k = 0; k < K; k++)
            {
                expectedChoice[(t * K) + k] = best[k];
                expectedGate[(t * K) + k] = scale * expectedScore[(t * E) + best[k]] / total;
                expectedCount[best[k]]++;
            }
        }
        yield return CheckResult.Of("route_topk", "scores_TE", name, expectedScore, Wide(score), Float);
        yield return CheckResult.Of("route_topk", "expert_TK", name, expectedChoice, Array.ConvertAll(memory.Get<long>(chosen), v => (double)v), 0);
        yield return CheckResult.Of("route_topk", "gate_TK", name, expectedGate, Wide(memory.Get<float>(gate)), Float);
        yield return CheckResult.Of("route_topk", "token_TK", name, [.. Enumerable.Range(0, T * K).Select(i => (double)(i / K))], Array.ConvertAll(memory.Get<long>(token), v => (double)v), 0);
        yield return CheckResult.Of("route_topk", "counts_E", name, expectedCount, Array.ConvertAll(memory.Get<long>(counts), v => (double)v), 0);

        float[] dScore = [.. Enumerable.Range(0, T * E).Select(_ => (float)random.NextDouble() - 0.5f)], dGate = [.. Enumerable.Range(0, T * K).Select(_ => (float)random.NextDouble() - 0.5f)];
        var dLogits = memory.Room<float>(T * E);
        layer.Gradient(rule, scores, chosen, memory.Put(dScore), memory.Put(dGate), dLogits);
        yield return CheckResult.Of("route_grad", "dLogits_TE", name, Gradient(expectedScore, expectedChoice, dScore, dGate, T, E, K, softmax, scale), Wide(memory.Get<float>(dLogits)), Float);
    }

    private static double[] Gradient(double[] score, double[] choice, float[] dScore, float[] dGate, int T, int E, int K, bool softmax, double scale)
    {
        var result = new double[T * E];
        for (var t = 0; t < T; t++)
        {
            var s = score.AsSpan(t * E, E).ToArray();
            double[] d = Wide(dScore[(t * E)..((t + 1) * E)]), g = Wide(dGate[(t * K)..((t + 1) * K)]);
            int[] chosen = [.. choice[(t * K)..((t + 1) * K)].Select(e => (int)e)];
            var sum = chosen.Sum(e => s[e]);
            // The quotient rule, term by term: gate j rises by scale / sum with its own score, and falls with every chosen one.
            for (var j = 0; j < K; j++)
            {
                d[chosen[j]] += scale * g[j] / sum;
                for (var k = 0; k < K; k++)
                    d[chosen[k]] -= scale * g[j] * s[chosen[j]] / (sum * sum);
            }
            var along = softmax ? d.Zip(s, (a, b) => a * b).Sum() : 0;
            for (var e = 0; e < E; e++)
                result[(t * E) + e] = softmax ? s[e] * (d[e] - along) : d[e] * s[e] * (1 - s[e]);
        }
        return result;
    }

    internal static IEnumerable<CheckResult> Bias(IKernelLauncher launcher, IDeviceMemory memory, int L, int E)
    {
        const double lambda = 5e-4, kappa = 2, beta = 0.5, gamma = 1e-3;
        var random = new Random(6);
        var name = $"L={L} E={E}";
        long[] counts = [.. Enumerable.Range(0, L * E).Select(_ => (long)random.Next(1000))];
        float[] momentum = [.. Enumerable.Range(0, L * E).Select(_ => (float)random.NextDouble() * 1e-3f)], bias = [.. Enumerable.Range(0, L * E).Select(_ => (float)random.NextDouble() * 0.1f)];
        double[] smebu = Wide(bias), moved = Wide(momentum), sign = Wide(bias);
        for (var l = 0; l < L; l++)
        {
            var n = counts[(l * E)..((l + 1) * E)];
            var mean = n.Average();
            double[] step = [.. n.Select(c => lambda * Math.Tanh(kappa * (mean - c) / mean))], signs = [.. n.Select(c => gamma * Math.Sign(mean - c))];
            for (var e = 0; e < E; e++)
            {
                moved[(l * E) + e] = (beta * moved[(l * E) + e]) + ((1 - beta) * (step[e] - step.Average()));
                smebu[(l * E) + e] += moved[(l * E) + e];
                sign[(l * E) + e] += signs[e] - signs.Average();
            }
        }
        nint counts_LE = memory.Put(counts), momentum_LE = memory.Put(momentum), smebu_LE = memory.Put(bias), sign_LE = memory.Put(bias);
        const int CentredUpdate = 1;
        launcher.Launch(CudaProgram.BiasUpdate, "bias_update_smebu", new LaunchShape(L, BiasThreads), 0, counts_LE, L, E, lambda, kappa, beta, momentum_LE, smebu_LE);
        launcher.Launch(CudaProgram.BiasUpdate, "bias_update_sign", new LaunchShape(L, BiasThreads), 0, counts_LE, L, E, gamma, CentredUpdate, sign_LE);
        yield return CheckResult.Of("bias_update_smebu", "momentum_LE", name, moved, Wide(memory.Get<float>(momentum_LE)), Float);
        yield return CheckResult.Of("bias_update_smebu", "bias_LE", name, smebu, Wide(memory.Get<float>(smebu_LE)), Float);
        yield return CheckResult.Of("bias_update_sign", "bias_LE", name, sign, Wide(memory.Get<float>(sign_LE)), Float);
    }

    private static double[] Wide(float[] values) => Array.ConvertAll(values, v => (double)v);
}
