using MoELab.Interop.Torch;
using MoELab.Model;
using MoELab.Optimization;
using MoELab.Runs.Log;

namespace MoELab.Training.Steps;

/// <summary>
/// Before the first step, proves that every coefficient of the loss matters: each term's value and gradient norm on two sequences is logged, and a
/// term with a weight but no gradient stops the run. (A z-loss that was silently inert cost Trinity Large days; report section 6.)
/// </summary>
internal static class TermProbe
{
    private const int Sequences = 2;

    /// <exception cref="InputException">A term with a non-zero weight reaches no parameter.</exception>
    public static void Run(TrainingParts parts, EventLog events)
    {
        using var pause = FinalizerPause.Begin();
        var stood = parts.Stream.SaveState();
        var batch = parts.Stream.Next(Sequences, 0);
        parts.Stream.LoadState(stood);
        var names = new[] { "cross-entropy" }.Concat(parts.Losses.Select(l => l.Name)).ToList();
        for (var term = 0; term < names.Count; term++)
        {
            var weight = term == 0 ? 1 : parts.Losses[term - 1].Loss.Weight;
            var (value, norm) = Measure(parts, batch, term);
            var sentence = FormattableString.Invariant($"{names[term]}: weight {weight:g4}, value {value:g6}, gradient norm {norm:g6}");
            events.Write(0, EventKind.Term, sentence,
                new JsonObject { ["term"] = names[term], ["weight"] = weight, ["value"] = Finite(value), ["gradient_norm"] = Finite(norm) });
            if (weight != 0 && norm == 0)
                throw new InputException($"losses.{names[term]}: weight {weight} but no parameter receives a gradient from it; "
                    + "expected a term that the model can lower");
            if (term == 0 && !RouterLearns(parts))
                events.Write(0, EventKind.Note, "the cross-entropy gives the router's gate no gradient, "
                    + "so what it learns comes from other terms or from nothing (with one active expert and normalised gates every gate is 1)");
        }
        parts.ZeroGradients();
    }

    // A gate of 1 / 1 leaves rounding, not a slope.
    private static bool RouterLearns(TrainingParts parts)
    {
        var gates = parts.Model.Parameters.Where(p => p.Role == ParameterRole.Router).ToList();
        return gates.Count == 0 || Gradients.GlobalNorm(gates) > 1e-9 * Gradients.GlobalNorm(parts.Model.Parameters);
    }

    private static JsonNode? Finite(double value) => double.IsFinite(value) ? JsonValue.Create(value) : null;

    private static (double Value, double Norm) Measure(TrainingParts parts, Data.TokenBatch batch, int term)
    {
        using var scope = torch.NewDisposeScope();
        parts.ZeroGradients();
        using var tensors = BatchTensors.From(batch, parts.Device);
        using var counts_LE = torch.zeros(parts.Layers, parts.Experts, dtype: torch.ScalarType.Int64, device: parts.Device);
        var output = parts.Model.Forward(tensors.Ids_BS, tensors.Documents_BS, new ForwardContext
        {
            Training = true,
            Step = new StepInfo(0, parts.Recipe.Training.Steps, parts.Recipe.Training.Seed),
            Bias_LE = parts.BalancerState.Bias_LE,
            Domain_T = tensors.Domain_T,
            Domains = parts.Corpus.Domains.Count,
            RouterState = parts.RouterState,
            RouterLosses = parts.RouterLosses,
            StepCounts_LE = counts_LE,
        });
        parts.Model.RequireFiniteScores();
        var value = term == 0
            ? torch.nn.functional.cross_entropy(output.Logits_TV, tensors.Targets_T, ignore_index: -1)
            : parts.Terms(output, batch.Sequences).ElementAt(term - 1).Value;
        if (!value.requires_grad)
            return (value.item<float>(), 0);
        BackwardGuard.Run(() => value.backward());
        return (value.item<float>(), Gradients.GlobalNorm(parts.Model.Parameters));
    }
}
