namespace MoELab.Recipes.Costs;

/// <summary>
/// What a recipe costs, from its numbers alone. The balancer's bias is no parameter. FLOPs are counted as
/// <see cref="Convention"/> says; Newton-Schulz and recomputation are separate, as in every utilisation figure of MoELab.
/// </summary>
public sealed record RecipeCost
{
    /// <summary>The convention of <see cref="FlopsPerToken"/>, for whoever prints it.</summary>
    public const string Convention =
        "forward and backward, 6 x active matrix parameters (LM head, router, shared and chosen experts; no embedding lookup) "
        + "+ 12 x heads x head_dim x mean keys per attention layer (causal, windowed, whole sequences); Newton-Schulz and recomputation apart";

    /// <summary>Rows of embedding and head.</summary>
    public required int Vocabulary { get; init; }

    /// <summary>All parameters.</summary>
    public required long TotalParameters { get; init; }

    /// <summary>Parameters that a token uses, embedding and head counted whole.</summary>
    public required long ActiveParameters { get; init; }

    /// <summary>Parameters that a token uses, with the head and without the embedding.</summary>
    public required long ActiveParametersWithHead { get; init; }

    /// <summary>Parameters that a token uses, without embedding and head.</summary>
    public required long ActiveParametersWithoutEmbeddings { get; init; }

    /// <summary>Parameters in matrix products of one token: with the head, without the embedding and without vectors.</summary>
    public required long ActiveMatrixParameters { get; init; }

    /// <summary>FLOPs of one training token in the products of queries with keys and of weights with values.</summary>
    public required double AttentionFlopsPerToken { get; init; }

    /// <summary>FLOPs of one training token; see <see cref="Convention"/>.</summary>
    public double FlopsPerToken => 6.0 * ActiveMatrixParameters + AttentionFlopsPerToken;

    /// <summary>Tokens that an expert sees in one optimizer step, on average; 0 without MoE layers.</summary>
    public required double TokensPerExpert { get; init; }

    /// <summary>FLOPs of Newton-Schulz in one optimizer step, over the matrices whose optimizer orthogonalises.</summary>
    public required double NewtonSchulzFlopsPerStep { get; init; }

    /// <summary>Newton-Schulz as a share of the step's other FLOPs.</summary>
    public required double NewtonSchulzShare { get; init; }

    /// <summary>Bytes of float32 weights, gradients and optimizer state (one momentum per orthogonalised matrix, else two moments).</summary>
    public required long StateBytes { get; init; }

    /// <summary>Bytes of activations that backward needs for one micro-batch: an estimate, within about a factor of two.</summary>
    public required long ActivationBytes { get; init; }

    /// <summary><see cref="StateBytes"/> and <see cref="ActivationBytes"/>.</summary>
    public long MemoryBytes => StateBytes + ActivationBytes;

    /// <summary>The matrices, kind by kind.</summary>
    public required IReadOnlyList<RecipeMatrix> Matrices { get; init; }

    /// <summary>Counts a recipe's parameters and FLOPs.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="vocabulary">The tokenizer's vocabulary; <c>model.vocabulary</c> overrides it.</param>
    /// <param name="extraRouterMatrices">
    /// Matrices [E, D] that each router has besides its own (<c>IRouter.ExtraMatrices</c>); null: 1 for <c>noisy-top-k</c>, else 0.
    /// </param>
    /// <param name="orthogonalises">Which optimizers, by name, orthogonalise matrices; null for none.</param>
    public static RecipeCost Of(Recipe recipe, int vocabulary, int? extraRouterMatrices = null, Func<string, bool>? orthogonalises = null)
    {
        var (m, t) = (recipe.Model, recipe.Training);
        var rows = m.Vocabulary > 0 ? m.Vocabulary : vocabulary;
        var matrices = RecipeMatrices.Of(m, rows, extraRouterMatrices ?? (recipe.Router.Name == "noisy-top-k" ? 1 : 0));
        var vectors = RecipeMatrices.VectorParameters(m);
        var embedding = (long)rows * m.DModel;
        var active = matrices.Sum(x => x.ActiveParameters) + vectors;
        var attention = AttentionFlops(m, t.SequenceLength);
        var activeMatrix = active - vectors - embedding;
        var flopsPerStep = t.TokensPerStep * (6.0 * activeMatrix + attention);
        var orthogonalised = matrices
            .Where(x => recipe.Optimizer.Groups.TryGetValue(x.Role, out var name) && orthogonalises?.Invoke(name) == true).ToArray();
        var newtonSchulz = orthogonalised.Sum(x => x.NewtonSchulzFlops);
        var total = matrices.Sum(x => x.Parameters) + vectors;
        return new RecipeCost
        {
            Vocabulary = rows,
            TotalParameters = total,
            ActiveParameters = active,
            ActiveParametersWithHead = active - embedding,
            ActiveParametersWithoutEmbeddings = active - 2 * embedding,
            ActiveMatrixParameters = activeMatrix,
            AttentionFlopsPerToken = attention,
            TokensPerExpert = m.MoELayers == 0 ? 0 : (double)t.TokensPerStep * m.ActiveExperts / m.RouterColumns,
            NewtonSchulzFlopsPerStep = newtonSchulz,
            NewtonSchulzShare = newtonSchulz / flopsPerStep,
            StateBytes = 16 * total - 4 * orthogonalised.Sum(x => x.Parameters),
            ActivationBytes = RecipeMatrices.ActivationValues(m, t, rows) * (t.Precision == Precision.Bfloat16 ? 2 : 4),
            Matrices = matrices,
        };
    }

    // 2 products, 2 FLOPs per multiply-add, three times for forward and backward.
    private static double AttentionFlops(ModelRecipe m, int sequence)
    {
        var all = MeanKeys(sequence, sequence);
        var near = MeanKeys(sequence, m.Window);
        return Enumerable.Range(0, m.Layers).Sum(l => 12.0 * m.Heads * m.HeadDim * (m.IsGlobal(l) ? all : near));
    }

    // Position t, from 1, sees min(t, window) keys.
    private static double MeanKeys(double sequence, double window)
    {
        var w = Math.Min(sequence, window);
        return (w * (w + 1) / 2 + (sequence - w) * w) / sequence;
    }
}
