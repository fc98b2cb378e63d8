using MoELab.Routing.Metrics;
using MoELab.Runs.Log;
using MoELab.Training.Steps;

namespace MoELab.Training.Metrics;

/// <summary>One metric's definition: what docs and views show beside its curve.</summary>
/// <param name="Id">Key in the log; <c>*</c> stands for a layer, domain, role or term.</param>
/// <param name="Unit">Its unit, empty for a pure number.</param>
/// <param name="Definition">Scope, window and reduction in one sentence.</param>
public sealed record MetricDefinition(string Id, string Unit, string Definition);

/// <summary>Turns a step into a row of metrics, and knows each metric's definition.</summary>
public static class MetricCatalog
{
    /// <summary>Every metric that a step can write.</summary>
    public static IReadOnlyList<MetricDefinition> Definitions { get; } =
    [
        new("loss", "nats/token", "Cross-entropy, mean over the step's training tokens; no auxiliary term is in it."),
        new("loss/total", "nats/token", "What is differentiated: cross-entropy plus each weighted auxiliary term and the router's own penalty."),
        new("loss/domain/*", "nats/token", "Cross-entropy over the step's tokens of one domain."),
        new("loss/aux/*", "", "One auxiliary term before its weight: summed over MoE layers, mean over micro-batches."),
        new("tokens", "tokens", "Training tokens of the step."),
        new("tokens_total", "tokens", "Training tokens so far."),
        new("learning_rate_factor", "", "Factor of the schedule on every optimizer's peak learning rate."),
        new("max_vio/mean", "", "MaxVio = (max load - mean load) / mean load per layer over the step's training tokens on all ranks (Trinity eq. "
            + "42); mean over MoE layers."),
        new("max_vio/max", "", "The same, the largest over MoE layers."),
        new("max_vio/layer/*", "", "The same, of one MoE layer (from 0)."),
        new("load/p10", "", "10th percentile over a layer's experts of load / mean load, mean over MoE layers."),
        new("load/p50", "", "Median of the same."),
        new("load/p90", "", "90th percentile of the same."),
        new("experts/dead", "experts", "Experts of all layers without a token in this step."),
        new("experts/null_share", "", "Share of the step's choices, over all MoE layers, that fell on null experts; with model.null_experts only."),
        new("router/entropy", "", "Mean over tokens with a score above 0 of the entropy of the token's score shares, "
            + "divided by ln E: 1 is indifference; first micro-batch, mean over layers; not where scores play no part."),
        new("router/margin", "", "What the router compares, bias included, of the K-th choice less that of the next: how firm a choice is, "
            + "in that number's unit; first micro-batch, mean over tokens and layers; for routers that choose a token's K largest."),
        new("router/saturated", "", "Share of sigmoid scores above 0.99 or below 0.01; first micro-batch, mean over layers; "
            + "for routers whose scores are sigmoids."),
        new("router/flipped", "", "Share of (token, expert) choices on a fixed held-out batch that the evaluation before did not make; "
            + "mean over layers."),
        new("bias/norm/*", "", "Euclidean norm of a layer's expert bias after the step."),
        new("bias_step/norm/*", "", "Euclidean norm of the change of a layer's expert bias in this step."),
        new("logit/max", "", "Largest LM-head logit of the first micro-batch."),
        new("logit/mean", "", "Mean LM-head logit of the first micro-batch."),
        new("update_ratio/*", "", "Norm of the weight change over the norm of the weights, by role; every tenth step."),
        new("batch_het", "nats/token", "BatchHet: largest less mean micro-batch cross-entropy of the step (Trinity eq. 40); "
            + "with two micro-batches or more."),
        new("grad_norm", "", "Euclidean norm of all gradients before clipping."),
        new("grad_norm/kurtosis", "", "Kurtosis (m4 / m2^2, 3 for a normal distribution) of the gradient norm over the last 128 steps; "
            + "from the 8th on."),
        new("skipped", "", "1 when a loss or gradient was not finite and weights and balancer were not changed."),
        new("time", "s", "Seconds since training started, restarts excluded."),
        new("seconds/step", "s", "Seconds of the step, evaluation and checkpoint excluded."),
        new("tokens_per_second", "tokens/s", "Training tokens over the seconds of the step."),
        new("newton_schulz/share", "", "Share of the step's seconds in Newton-Schulz iterations."),
        new("routing/share", "", "Share of the step's seconds in balancer and metrics."),
        new("utilisation", "", "(6 x matrix parameters that the step's tokens used, experts by the choices really made, "
            + "+ causal windowed attention) / seconds of forward and backward / best float32 matrix product rate at 1024^3 on the same cores."),
        new("eval/loss", "nats/token", "Held-out cross-entropy over all domains' evaluation tokens; "
            + "the same training.eval_tokens of each domain at every evaluation, the last included."),
        new("eval/loss/*", "nats/token", "Held-out cross-entropy of one domain."),
        new("eval/bits_per_byte", "bits/byte", "Held-out nats / ln 2 / bytes of the predicted tokens, all domains."),
        new("eval/bits_per_byte/*", "bits/byte", "The same of one domain."),
        new("eval/max_vio_global/mean", "", "MaxVio over the counts of the whole evaluation, padding left out, "
            + "mean over MoE layers (MaxVio_global of arXiv 2408.15664)."),
        new("eval/max_vio_global/max", "", "The same, the largest over MoE layers."),
        new("eval/experts/dead", "experts", "Experts of all layers without a token over the whole evaluation, padding left out."),
        new("eval/purity/mean", "", "Share of the evaluation's choices that are of the domain that chooses their expert most "
            + "(sum over experts of the largest domain's choices / choices), padding left out; mean over MoE layers; with two domains or more."),
        new("eval/purity/layer/*", "", "The same, of one MoE layer (from 0)."),
        new("eval/purity_control/mean", "", "eval/purity/mean with the domains of the choices permuted, mean of 32 permutations: what chance gives."),
        new("eval/purity_control/layer/*", "", "The same, of one MoE layer (from 0)."),
        new("eval/nmi/mean", "", "Normalised mutual information of domain and expert over the evaluation's choices, I(d; e) / sqrt(H(d) H(e)), "
            + "padding left out; mean over MoE layers; with two domains or more."),
        new("eval/nmi/layer/*", "", "The same, of one MoE layer (from 0)."),
        new("eval/nmi_control/mean", "", "eval/nmi/mean with the domains of the choices permuted, mean of 32 permutations: what chance gives."),
        new("eval/nmi_control/layer/*", "", "The same, of one MoE layer (from 0)."),
        new("eval/needle/bits", "bits", "Cross-entropy of a value of three digits that the text held, given its key at the text's end, among training.needle_keys "
            + "keys with values; mean over 64 sequences of held-out text, the same for every run."),
        new("eval/needle/gain", "bits", "What the text's holding the value is worth: the same with another key and value in their place, less eval/needle/bits; "
            + "0 where nothing is recalled."),
        new("eval/needle/accuracy", "", "Share of the same values of which every token is the likeliest, given those before it."),
        new("eval_final/loss", "nats/token", "Cross-entropy over training.eval_final_tokens of each domain, after the last step; "
            + "domains weigh as in eval/loss."),
        new("eval_final/loss/*", "nats/token", "The same of one domain."),
        new("eval_final/bits_per_byte", "bits/byte", "Bits per byte over training.eval_final_tokens of each domain, after the last step; "
            + "domains weigh as in eval/bits_per_byte."),
        new("eval_final/bits_per_byte/*", "bits/byte", "The same of one domain."),
        new("eval_final/max_vio_global/mean", "", "eval/max_vio_global/mean over the longer evaluation: more tokens, less noise, a smaller figure."),
        new("eval_final/max_vio_global/max", "", "The same, the largest over MoE layers."),
        new("eval_final/experts/dead", "experts", "Experts of all layers without a token over the longer evaluation."),
        .. from key in new[] { "purity", "purity_control", "nmi", "nmi_control" }
           from of in new[] { "mean", "layer/*" }
           select new MetricDefinition($"eval_final/{key}/{of}", "", $"eval/{key}/{of} over the longer evaluation."),
    ];

    internal static MetricRow Row(int step, StepOutcome outcome, IReadOnlyList<string> domains, GradientHistory history, long tokensTotal)
    {
        var losses = outcome.Losses;
        var row = new MetricRow(step) { ["loss"] = losses.CrossEntropy };
        row["loss/total"] = losses.Total;
        for (var d = 0; d < domains.Count; d++)
        {
            if (losses.Domains[d].Count > 0)
                row[$"loss/domain/{domains[d]}"] = losses.Domains[d].Sum / losses.Domains[d].Count;
        }
        foreach (var (name, value) in losses.Auxiliary)
            row[$"loss/aux/{name}"] = value;
        row["tokens"] = outcome.Tokens;
        row["tokens_total"] = tokensTotal;
        row["learning_rate_factor"] = outcome.LearningRateFactor;
        AddBalance(row, outcome);
        row["logit/max"] = losses.Logits.Largest;
        row["logit/mean"] = losses.Logits.Mean;
        foreach (var (role, ratio) in outcome.UpdateRatios)
            row[$"update_ratio/{role}"] = ratio;
        if (losses.MicroLosses.Count > 1)
            row["batch_het"] = losses.MicroLosses.Max() - losses.MicroLosses.Average();
        row["grad_norm"] = outcome.GradientNorm;
        row["grad_norm/kurtosis"] = history.Add(outcome.GradientNorm);
        if (outcome.Skipped is not null)
            row["skipped"] = 1;
        return row;
    }

    private static void AddBalance(MetricRow row, StepOutcome outcome)
    {
        if (outcome.Counts.GetLength(0) == 0)
            return;
        var violations = BalanceMetrics.MaxVio(outcome.Counts);
        row["max_vio/mean"] = violations.Average();
        row["max_vio/max"] = violations.Max();
        for (var layer = 0; layer < violations.Length; layer++)
            row[$"max_vio/layer/{layer}"] = violations[layer];
        foreach (var percent in new[] { 10, 50, 90 })
            row[$"load/p{percent}"] = BalanceMetrics.LoadPercentile(outcome.Counts, percent).Average();
        row["experts/dead"] = BalanceMetrics.DeadExperts(outcome.Counts).Sum();
        if (outcome.NullExperts > 0)
            row["experts/null_share"] = (double)outcome.NullChoices / (outcome.Choices + outcome.NullChoices);
        for (var d = 0; d < RoutingCollector.DetailNames.Count && outcome.Details.Length > 0; d++)
        {
            // A figure that does not apply to the router is not logged.
            if (outcome.Details.Select(layer => layer[d]).Where(v => !double.IsNaN(v)).ToArray() is { Length: > 0 } values)
                row[RoutingCollector.DetailNames[d]] = values.Average();
        }
        var norms = HostArrays.RowNorms(outcome.Bias);
        for (var layer = 0; layer < violations.Length; layer++)
        {
            row[$"bias/norm/{layer}"] = norms[layer];
            row[$"bias_step/norm/{layer}"] = outcome.BiasStepNorms[layer];
        }
    }
}
