namespace MoELab.Recipes;

/// <summary>Rules between fields; ranges of single fields are attributes of the fields.</summary>
internal static class RecipeRules
{
    public static void Check(Recipe recipe)
    {
        var m = recipe.Model;
        var t = recipe.Training;
        Require(m.DenseLayers <= m.Layers, $"model.dense_layers: {m.DenseLayers} is more than the {m.Layers} layers");
        Require(m.ActiveExperts <= m.Experts, $"model.active_experts: {m.ActiveExperts} is more than the {m.Experts} experts");
        Require(m.Heads % m.KvHeads == 0, $"model.heads: {m.Heads} does not divide by the {m.KvHeads} kv_heads");
        Require(m.HeadDim % 2 == 0, $"model.head_dim: {m.HeadDim} is odd; RoPE needs an even number");
        Require(t.TokensPerStep % t.SequenceLength == 0,
            $"training.tokens_per_step: {t.TokensPerStep} is not a multiple of sequence_length {t.SequenceLength}");
        Require(t.MicroBatchTokens % t.SequenceLength == 0,
            $"training.micro_batch_tokens: {t.MicroBatchTokens} is not a multiple of sequence_length {t.SequenceLength}");
        CheckStep("training.tokens_per_step", t.TokensPerStep, t);
        foreach (var (step, tokens) in t.BatchSteps)
        {
            Require(Extent.TryParse(step, out var at) && at.Value > 0 && Whole(at),
                $"training.batch_steps: '{step}' is not a step; expected a number from 1 up, tokens such as 4.9T or a share such as 50%");
            CheckStep($"training.batch_steps.{step}", tokens, t);
        }
        Require(t.Precision == Precision.Float32 || t.Device == ComputeDevice.Cuda,
            $"training.precision: {t.Precision.ToString().ToLowerInvariant()} needs device cuda; the CPU's type is float32");
        foreach (var (name, every) in new[] { ("eval_every", t.EvalEvery), ("checkpoint_every", t.CheckpointEvery) })
            Require(Whole(every),
                $"training.{name}: {every} is not a number of steps; expected a whole number, tokens such as 100M or a share such as 10%");
        foreach (var (i, change) in recipe.Schedule.Index())
            Require(Whole(change.Step) && (change.Step.Unit != ExtentUnit.Number || change.Step.Value > 0),
                $"schedule[{i}].step: {change.Step} is out of range; expected 1 to 100000000, tokens such as 2B or a share such as 50%");
        CheckData(recipe.Data);
    }

    private static bool Whole(Extent extent) => !extent.IsSteps() || extent.Value == Math.Floor(extent.Value);

    private static void CheckData(DataRecipe data)
    {
        Require(data.Corpus is "default" or "files", $"data.corpus: '{data.Corpus}' is unknown; expected default or files");
        Require(data.Corpus == "default" || data.Sources.Count > 0,
            "data.corpus: 'files' reads data.sources, which is empty; expected at least one source");
        Require(!data.Tokenizer.StartsWith("bpe-", StringComparison.Ordinal)
            || (int.TryParse(data.Tokenizer[4..], out var size) && size is >= 258 and <= 1_000_000),
            $"data.tokenizer: '{data.Tokenizer}' has no size; expected bpe-N with N from 258 to 1000000");
        foreach (var (i, phase) in data.Phases.Index())
        {
            foreach (var (domain, weight) in phase.Weights)
                Require(weight >= 0 && double.IsFinite(weight), $"data.phases[{i}].weights.{domain}: {weight} is out of range; expected 0 or more");
            Require(phase.Weights.Count == 0 || phase.Weights.Values.Any(w => w > 0), $"data.phases[{i}].weights: all are 0; expected one above");
        }
    }

    private static void CheckStep(string where, long tokens, TrainingRecipe t) =>
        Require(tokens % Math.Min(tokens, t.MicroBatchTokens) == 0 && tokens % t.SequenceLength == 0,
            $"{where}: {tokens} is not a multiple of micro_batch_tokens {t.MicroBatchTokens}");

    private static void Require(bool holds, string otherwise)
    {
        if (!holds)
            throw new InputException(otherwise);
    }
}
