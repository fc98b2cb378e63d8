// Shapes: L MoE layers, E experts, T tokens, N choices.
using MoELab.Model;
using MoELab.Recipes;
using MoELab.Routing;
using MoELab.Runs;

namespace MoELab.Training;

/// <summary>Held-out loss per domain, with routing counters of its own that no balancer sees.</summary>
internal sealed class Evaluator(TrainingParts parts)
{
    private const int BatchTokens = 2048;

    /// <summary>Choices on the probe batch at the last evaluation, [layers][choices]; empty before the first.</summary>
    public long[][] LastChoices { get; set; } = [];

    /// <summary>Evaluates after a step where the recipe wants it, and adds the figures to the step's row.</summary>
    public void After(int step, MetricRow row, EventLog events)
    {
        var training = parts.Recipe.Training;
        var last = step == training.Steps;
        if (!last && (training.EvalEvery == 0 || step % training.EvalEvery != 0))
            return;
        // Whoever trains was told when the run began, or when the router was changed.
        if (!parts.Model.Router.IsCausalInEvaluation)
            return;
        foreach (var (key, value) in Run(step, last ? LastTokens(training) : training.EvalTokens))
            row[key] = value;
    }

    /// <summary>Evaluates and returns metric keys and values.</summary>
    /// <param name="step">The step after which this happens.</param>
    /// <param name="tokensPerDomain">Held-out tokens to read in each domain.</param>
    public IReadOnlyDictionary<string, double> Run(int step, long tokensPerDomain)
    {
        using var noGrad = torch.no_grad();
        var found = new SortedDictionary<string, double>(StringComparer.Ordinal);
        using var counter = new ChoiceCounter(parts.Layers, parts.Experts, parts.Device);
        double allNats = 0;
        long allBytes = 0, allTokens = 0;
        foreach (var (domain, index) in parts.Corpus.Domains.Select((d, i) => (d, i)))
        {
            var (nats, tokens, bytes) = Domain(index, tokensPerDomain, step, counter);
            found[$"eval/loss/{domain.Name}"] = nats / Math.Max(1, tokens);
            found[$"eval/bits_per_byte/{domain.Name}"] = nats / Math.Log(2) / Math.Max(1, bytes);
            (allNats, allBytes, allTokens) = (allNats + nats, allBytes + bytes, allTokens + tokens);
        }
        found["eval/loss"] = allNats / Math.Max(1, allTokens);
        found["eval/bits_per_byte"] = allNats / Math.Log(2) / Math.Max(1, allBytes);
        if (parts.Layers > 0)
        {
            var counts = HostArrays.ToLongs(counter.Counts_LE);
            var violations = BalanceMetrics.MaxVio(counts);
            found["eval/max_vio_global/mean"] = violations.Average();
            found["eval/max_vio_global/max"] = violations.Max();
            found["eval/experts/dead"] = BalanceMetrics.DeadExperts(counts).Sum();
            found["router/flipped"] = Flipped(step);
        }
        return found;
    }

    // Up to eight times as many tokens as in between, for a figure to quote, but no more than a fraction of what the run trained on:
    // a run of a few steps should not spend its time on being measured.
    private long LastTokens(TrainingRecipe training) =>
        Math.Clamp(training.Steps * training.TokensPerStep / (4 * parts.Corpus.Domains.Count), training.EvalTokens, training.EvalTokens * 8);

    private (double Nats, long Tokens, long Bytes) Domain(int domain, long maxTokens, int step, ChoiceCounter counter)
    {
        var length = parts.Recipe.Training.SequenceLength;
        double nats = 0;
        long tokens = 0, bytes = 0;
        foreach (var (batch, batchBytes) in parts.Corpus.EvaluationBatches(domain, length, Math.Max(1, BatchTokens / length), maxTokens))
        {
            using var scope = torch.NewDisposeScope();
            using var tensors = BatchTensors.From(batch, parts.Device);
            var output = parts.Model.Forward(tensors.Ids_BS, tensors.Documents_BS, Context(step, counter));
            nats += torch.nn.functional.cross_entropy(output.Logits_TV, tensors.Targets_T, ignore_index: -1, reduction: torch.nn.Reduction.Sum).item<float>();
            tokens += batch.Targets.Count(t => t >= 0);
            bytes += batchBytes;
        }
        return (nats, tokens, bytes);
    }

    /// <summary>Share of the probe batch's choices that are not among those of the last evaluation; NaN the first time.</summary>
    private double Flipped(int step)
    {
        var length = parts.Recipe.Training.SequenceLength;
        var (batch, _) = parts.Corpus.EvaluationBatches(0, length, Math.Max(1, BatchTokens / length), BatchTokens).First();
        using var scope = torch.NewDisposeScope();
        using var tensors = BatchTensors.From(batch, parts.Device);
        var probe = new ChoiceRecorder(parts.Layers, parts.Experts);
        parts.Model.Forward(tensors.Ids_BS, tensors.Documents_BS, Context(step, probe));
        var last = LastChoices;
        LastChoices = probe.Choices;
        if (last.Length != probe.Choices.Length)
            return double.NaN;
        long changed = 0, all = 0;
        for (var layer = 0; layer < last.Length; layer++)
        {
            var known = last[layer].ToHashSet();
            changed += probe.Choices[layer].LongCount(c => !known.Contains(c));
            all += probe.Choices[layer].Length;
        }
        return changed / (double)Math.Max(1, all);
    }

    private ForwardContext Context(int step, IRoutingObserver observer) => new()
    {
        Training = false,
        Step = new StepInfo(step, parts.Recipe.Training.Steps, parts.Recipe.Training.Seed),
        Bias_LE = parts.BalancerState.Bias_LE,
        RouterState = parts.RouterState,
        Observer = observer,
    };

    private sealed class ChoiceCounter(int layers, int experts, torch.Device device) : IRoutingObserver, IDisposable
    {
        public Tensor Counts_LE { get; } = torch.zeros(layers, experts, dtype: torch.ScalarType.Int64, device: device).DetachFromDisposeScope();

        public void Routed(int layer, Tensor logits_TE, RouterOutput output)
        {
            using var counts_E = Gates.Count(output.Choice, (int)Counts_LE.shape[1]);
            using var row_E = Counts_LE[layer];
            row_E.add_(counts_E);
        }

        public void Dispose() => Counts_LE.Dispose();
    }

    // A choice is one number, token x experts + expert, so that the order of a token's experts does not matter.
    private sealed class ChoiceRecorder(int layers, int experts) : IRoutingObserver
    {
        public long[][] Choices { get; } = new long[layers][];

        public void Routed(int layer, Tensor logits_TE, RouterOutput output)
        {
            using var choice_N = (output.Choice.Token_N * experts) + output.Choice.Expert_N;
            using var host_N = choice_N.cpu();
            Choices[layer] = host_N.data<long>().ToArray();
        }
    }
}
